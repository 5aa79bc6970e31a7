//! What may be typed about a diagnosis, by experiment or of what was recorded [C1, C3].

use std::path::PathBuf;

use clap::Args;

pub(super) const DIAGNOSE_EXAMPLES: &str = "\
Examples:
  patchbay diagnose Gmail
  patchbay diagnose Gmail --refresh
  patchbay diagnose Notion --resource https://api.notion.com/v1/pages/ID --json
  patchbay diagnose Gmail --bundle ~/Downloads
  patchbay diagnose Gmail --vendor-report
  tail -f failures.jsonl | patchbay diagnose --from -

Each line for --from is one object with what is known of: id, provider, endpoint, http_status, headers, body,
network_error, context. The endpoint is authorize, token_exchange, token_refresh, device, revoke, introspect, api, or an
address; without one the answer tells, and the line that comes back says which it was taken for.

With --json there is a line {\"event\":\"rung\",…} for each layer as it ends, and at last {\"event\":\"verdict\",…}.
A bundle and a report tell of the last diagnosis; where there is none yet, it is run first.";

#[derive(Debug, Args)]
pub(crate) struct DiagnoseArguments {
    /// Its id (con_…), or a name that only one has.
    #[arg(value_name = "C", required_unless_present = "from")]
    pub(crate) connection: Option<String>,
    /// A file of recorded failures, a JSON object a line; - reads standard input.
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["connection", "refresh", "write", "resource", "bundle", "vendor_report", "with_account"])]
    pub(crate) from: Option<String>,
    /// Refreshes the token even if it still holds.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Also makes harmless calls that write, where the provider's file has some.
    #[arg(long)]
    pub(crate) write: bool,
    /// Also reads this address of the provider's API. The token goes to no other host.
    #[arg(long, value_name = "URL")]
    pub(crate) resource: Option<url::Url>,
    /// Writes what support needs into this folder, without secrets: as Markdown for people and as JSON for programs.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) bundle: Option<PathBuf>,
    /// Prints a text for the provider's support, and says whether it is time to send it.
    #[arg(long)]
    pub(crate) vendor_report: bool,
    /// Names the account in the bundle and the report; otherwise it is masked.
    #[arg(long)]
    pub(crate) with_account: bool,
}
