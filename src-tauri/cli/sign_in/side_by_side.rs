//! The old grant beside the new one, for a person who decides between them [A7].

use domain::connection::reconnect::{ReconnectComparison, Refusal};

use crate::table::Table;
use crate::terminal::{FAINT, STRONG, Text};
use crate::words::sign_in as words;

/// The old grant and the new one, as a table.
pub(super) fn side_by_side(
    comparison: &ReconnectComparison,
    dependant_count: usize,
    refusal: &Refusal,
    provider: &str,
) -> Vec<Text> {
    let mut table = Table::new(&["", "  old", "new"]);
    let side = |text: Option<&str>| Text::from(text.unwrap_or("not visible"));
    table.row(vec![
        Text::styled(FAINT, "  account"),
        Text::from("  ").followed_by(side(comparison.old.account())),
        side(comparison.new.account()),
    ]);
    if comparison.old.workspace().is_some() || comparison.new.workspace().is_some() {
        table.row(vec![
            Text::styled(FAINT, "  workspace"),
            Text::from("  ").followed_by(side(comparison.old.workspace())),
            side(comparison.new.workspace()),
        ]);
    }
    for (head, old, new) in [
        ("  kind", comparison.old.kind(), comparison.new.kind()),
        ("  domain", comparison.old.domain(), comparison.new.domain()),
    ] {
        if old != new {
            table.row(vec![Text::styled(FAINT, head), Text::from("  ").followed_by(side(old)), side(new)]);
        }
    }
    let mut lines =
        vec![Text::styled(STRONG, words::difference(comparison)).plain(" Nothing is replaced before you say so.")];
    lines.extend(table.lines());
    if !comparison.scopes_lost.is_empty() {
        lines.push(Text::from("  Lost scopes: ").plain(comparison.scopes_lost.join(" ")));
    }
    if !comparison.scopes_gained.is_empty() {
        lines.push(Text::from("  Gained scopes: ").plain(comparison.scopes_gained.join(" ")));
    }
    lines.push(Text::from("  ").plain(words::consequence(dependant_count)));
    lines.push(Text::from("  r  the connection keeps its id, name and dependants, and uses the new sign-in"));
    lines.push(Text::from("  k  the old one stays as it was; the new one becomes a connection of its own"));
    lines.push(Text::from("  n  ").plain(words::refusing(refusal, provider)));
    lines
}

pub(super) fn who_is_who(comparison: &ReconnectComparison) -> String {
    let whose = |identity: &domain::connection::Identity| match (identity.account(), identity.workspace()) {
        (Some(account), Some(workspace)) => format!("{account}, {workspace}"),
        (Some(account), None) => account.to_owned(),
        (None, _) => "not visible".to_owned(),
    };
    let lost = comparison.scopes_lost.join(" ");
    if lost.is_empty() {
        format!("old: {}; new: {}", whose(&comparison.old), whose(&comparison.new))
    } else {
        format!("lost scopes: {lost}")
    }
}
