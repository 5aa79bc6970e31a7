//! What tells a program to end: Ctrl-C, a closed terminal, a session's end, a shutdown [S168].

use std::time::Duration;

/// Signals this close together are one: a closed terminal sends its own and the shell's, a session's end two kinds.
const ONE_CALL: Duration = Duration::from_millis(500);
/// One press of Ctrl-C may come twice, from the terminal and from the program that started this one; no hand is as quick.
const ONE_PRESS: Duration = Duration::from_millis(100);

/// Returns once the program was told to end. From the first call on, a signal alone ends nothing.
#[cfg(unix)]
pub async fn told_to_end() {
    use std::task::Poll;
    use tokio::signal::unix::{SignalKind, signal};

    // An alarm is how some scripts limit a program's time.
    let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate(), SignalKind::quit(), SignalKind::alarm()];
    if !ignores_hang_up() {
        kinds.push(SignalKind::hangup());
    }
    let mut heard: Vec<_> = kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect();
    std::future::poll_fn(|context| {
        // Each is asked, so that each wakes this task.
        let came = heard.iter_mut().map(|it| it.poll_recv(context)).filter(Poll::is_ready).count();
        if came > 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Lets signals that mean nothing here end nothing: left to the system, they would end the program in the middle of a
/// rotation. Not for the window: its web view's threads speak to each other by them. Called inside a runtime.
#[cfg(unix)]
pub fn ignore_users_signals() {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::user_defined1(), SignalKind::user_defined2()] {
        // Heard once, a signal stays with the runtime, whoever listens. Where that is refused, all is as before.
        drop(signal(kind));
    }
}

/// No such signals here.
#[cfg(not(unix))]
pub fn ignore_users_signals() {}

/// Whether the program was started with `nohup`: a closed terminal is to end nothing. False where the system does
/// not say.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    // Read before the first call changes it.
    static IGNORES: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    });
    *IGNORES
}

/// Returns once the program was told to end. From the first call on, a signal alone ends nothing.
#[cfg(not(unix))]
pub async fn told_to_end() {
    interrupted().await;
}

/// Returns once the program was told again, by somebody who insists: with Ctrl-C as soon as a hand can.
pub async fn told_again() {
    tokio::time::sleep(ONE_PRESS).await;
    tokio::select! {
        () = interrupted() => return,
        () = tokio::time::sleep(ONE_CALL.saturating_sub(ONE_PRESS)) => {}
    }
    told_to_end().await;
}

/// Returns at the next Ctrl-C.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
