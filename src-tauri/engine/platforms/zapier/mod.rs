//! Zapier: Zaps and the connections their steps use, out of an account's export file or over the Workflow API
//! [D1, D2].

mod api;
mod export;
mod schedule;

pub use api::Zapier;
pub(super) use export::{read_file, recognises};

use super::step_access::words_of;

/// As a person knows it.
const NAME: &str = "Zapier";

/// The page where all connections of an account are authorised anew: Zapier has none of one connection.
const CONNECTIONS_PAGE: &str = "https://zapier.com/app/assets/connections";

/// Zapier's own apps: no connection is behind them.
const OWN_APPS: [&str; 22] = [
    "BranchingAPI",
    "CodeCLIAPI",
    "CodeAPI",
    "DelayCLIAPI",
    "DelayAPI",
    "DigestCLIAPI",
    "EngineAPI",
    "FilterAPI",
    "FilterCLIAPI",
    "FormatterCLIAPI",
    "InterfacesCLIAPI",
    "LoopingCLIAPI",
    "ScheduleAPI",
    "ScheduleCLIAPI",
    "StorageCLIAPI",
    "SubZapCLIAPI",
    "TablesCLIAPI",
    "WebHookAPI",
    "WebHookCLIAPI",
    "ZapierFormatterCLIAPI",
    "ZapierManagerCLIAPI",
    "ZapierTablesCLIAPI",
];

/// The app without its version: `ShopifyCLIAPI` of `ShopifyCLIAPI@6.1.1`.
fn app_of(selected: &str) -> &str {
    selected.split('@').next().unwrap_or(selected)
}

/// The app as a person knows it: "Google Sheets" of `GoogleSheetsV2CLIAPI`.
fn title_of_app(app: &str) -> String {
    let short = app.strip_suffix("CLIAPI").or_else(|| app.strip_suffix("API")).unwrap_or(app);
    let words = words_of(short).into_iter().filter(|it| it != "v" && it != "dev" && it != "app");
    let titles = words.map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    let title = titles.collect::<Vec<_>>().join(" ");
    if title.is_empty() { app.to_owned() } else { title }
}

#[cfg(test)]
mod tests;
