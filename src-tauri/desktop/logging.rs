//! Logs go to standard error: our own words only, never a library's, which may hold requests and bodies [S137].

use tracing_subscriber::EnvFilter;

/// Starts logging. `PATCHBAY_LOG` takes `warn`, `info` or `debug`, for our own floors alone.
pub(crate) fn start() {
    let level = match std::env::var("PATCHBAY_LOG").as_deref() {
        Ok("debug") => "debug",
        Ok("info") => "info",
        Ok(_) | Err(_) => "warn",
    };
    let filter = EnvFilter::new(format!("off,desktop={level},engine={level}"));
    let started = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
    // A second start, as in tests, keeps the first one's settings.
    drop(started);
}
