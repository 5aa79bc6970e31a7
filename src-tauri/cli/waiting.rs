//! Says what is waited for, once it takes long [A2].

use std::time::Duration;

use crate::terminal::{FAINT, Terminal, Text};

/// As long as nobody wonders.
const QUIET_FOR: Duration = Duration::from_secs(2);

/// Waits for what an address says of itself. Names of the catalogue are known without asking anybody.
pub(crate) async fn for_server<T>(terminal: &Terminal, typed: &str, asked: impl Future<Output = T>) -> T {
    let mut asked = std::pin::pin!(asked);
    let host = url::Url::parse(typed.trim()).ok().and_then(|url| {
        let host = url.host_str()?.to_owned();
        Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
    });
    if let Some(host) = host {
        if let Ok(answer) = tokio::time::timeout(QUIET_FOR, &mut asked).await {
            return answer;
        }
        let said = format!("Waiting for {host} to say what it is; Ctrl-C ends the waiting.");
        terminal.warn([Text::styled(FAINT, said)]);
    }
    asked.await
}
