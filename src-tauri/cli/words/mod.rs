//! Every sentence a person reads: what happened, what it means, what to do; no blame, the code last.

pub(crate) mod alerts;
pub(crate) mod budget;
pub(crate) mod causes;
pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod farewell;
pub(crate) mod forward;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod keychain;
pub(crate) mod lineage;
pub(crate) mod mcp;
pub(crate) mod modes;
pub(crate) mod platform_needs;
pub(crate) mod platforms;
pub(crate) mod programs;
pub(crate) mod redirect;
pub(crate) mod refresh_token;
pub(crate) mod registration;
pub(crate) mod scopes;
pub(crate) mod sign_in;
pub(crate) mod status;
pub(crate) mod switched;
pub(crate) mod times;

use crate::table::{LONGEST_NAME, shortened};

/// A name within a sentence: of a very long one its two ends.
pub(crate) fn named(name: &str) -> String {
    shortened(name, LONGEST_NAME)
}

/// "1 workflow", "3 workflows".
pub(crate) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// "A", "A and B", "A, B and C".
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
