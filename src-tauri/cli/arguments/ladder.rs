//! What may be typed about a guided diagnosis [C3].

use clap::Args;

use super::Which;

pub(super) const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  patchbay diagnose Gmail
  patchbay diagnose Gmail --refresh
  patchbay diagnose Notion --resource https://api.notion.com/v1/pages/ID --json

With --json there is a line {\"event\":\"rung\",…} for each layer as it ends, and at last {\"event\":\"verdict\",…}.";

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArguments {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Refreshes the token even if it still holds.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Also makes harmless calls that write, where the provider's file has some.
    #[arg(long)]
    pub(crate) write: bool,
    /// Also reads this address of the provider's API. The token goes to no other host.
    #[arg(long, value_name = "URL")]
    pub(crate) resource: Option<url::Url>,
}
