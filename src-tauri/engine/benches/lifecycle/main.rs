//! What the engine costs beside what any program would pay: one refresh, a storm of them, and ten thousand
//! connections that rest [A4, B2, B3, B13].
//!
//! usage: cargo bench -p engine --bench lifecycle -- [refresh|storm|idle]...
//!        cargo bench -p engine --bench lifecycle -- board FOLDER COUNT
//! Each figure is taken by turns with its limit, in the same run, and printed beside it; nothing is asserted. Beside the
//! bare POST stands a floor: the least program that does what a refresh that loses no token has to.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing to say")
)]
#![cfg_attr(
    target_os = "linux",
    expect(clippy::wildcard_enum_match_arm, reason = "whatever else came is what the failure shows")
)]
#![expect(clippy::print_stdout, reason = "the table is for people; the servers' addresses are for their parent")]

#[cfg(target_os = "linux")]
mod boards;
#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod measuring;
#[cfg(target_os = "linux")]
mod one_refresh;
#[cfg(target_os = "linux")]
mod servers;
#[cfg(target_os = "linux")]
mod storm;
#[cfg(target_os = "linux")]
mod window_board;

/// Also without `cargo bench`, as when all targets are merely built and run by a test run: then nothing is measured.
#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(server) = servers::asked_for() {
        return servers::serve(server);
    }
    if !arguments.iter().any(|it| it == "--bench") {
        println!("measures only under cargo bench");
        return;
    }
    if let Some(board) = window_board::asked_for(&arguments) {
        return window_board::write(&board);
    }
    let is_wanted = |name| arguments.iter().all(|it| it.starts_with("--")) || arguments.iter().any(|it| it == name);

    measuring::heading();
    if is_wanted("refresh") {
        one_refresh::measure();
    }
    if is_wanted("storm") {
        storm::measure();
    }
    if is_wanted("idle") {
        idle::measure();
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("only Linux is measured: CPU time and wake-ups are read from /proc");
}
