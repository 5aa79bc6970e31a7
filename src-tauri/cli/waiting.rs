//! Says what is waited for, once it takes long [A2, B3].

use std::convert::Infallible;
use std::time::Duration;

use engine::Engine;
use engine::flows::waits::Wait;
use tokio::time::timeout;

use crate::terminal::{FAINT, Terminal, Text};
use crate::words::times::Now;

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
        if let Ok(answer) = timeout(QUIET_FOR, &mut asked).await {
            return answer;
        }
        let said = format!("Waiting for {host} to say what it is; Ctrl-C ends the waiting.");
        terminal.warn([Text::styled(FAINT, said)]);
    }
    asked.await
}

/// Says whom a refresh waits for, each time one does; goes on for as long as it is let.
pub(crate) async fn for_another_program(engine: &Engine, terminal: &Terminal) -> Infallible {
    let mut waits = engine.waits();
    loop {
        let Ok(Some(wait)) = waits.wait_for(Option::is_some).await.map(|wait| wait.clone()) else {
            return std::future::pending().await;
        };
        if timeout(QUIET_FOR, waits.changed()).await.is_err() {
            say_whom(engine, terminal, &wait);
            waits.changed().await.ok();
        }
    }
}

fn say_whom(engine: &Engine, terminal: &Terminal, wait: &Wait) {
    // This program's own refresh is no news, and what cannot be read keeps nobody from waiting.
    let Ok(Some(by)) = engine.refreshed_elsewhere(&wait.connection) else { return };
    let name = engine.connection(&wait.connection).map_or_else(|_| "this connection".to_owned(), |it| it.name);
    let until = Now::here().until(wait.until);
    let said =
        format!("Waiting for {by}, which refreshes {name}: until {until} at the latest. Ctrl-C ends the waiting.");
    terminal.warn([Text::styled(FAINT, said)]);
}
