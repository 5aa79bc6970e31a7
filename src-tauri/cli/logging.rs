//! What the engine logs, on standard error, when `PATCHBAY_LOG` asks for it; libraries stay silent, since some
//! print request headers [A3].

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts nothing unless a level is set: `error`, `warn`, `info`, `debug` or `trace`.
pub(crate) fn start() {
    let Ok(wanted) = std::env::var("PATCHBAY_LOG") else { return };
    let Ok(level) = wanted.parse::<LevelFilter>() else { return };
    let ours = Targets::new().with_target("engine", level).with_target("patchbay", level);
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(ours)
        .init();
}
