//! A board for the window's benchmark: connections that rest, in a data folder that the window opens then [B2, E1].

use std::path::PathBuf;
use std::time::Duration;

use engine::clock::Clock;
use fakes::Keychain;
use tokio::runtime::Runtime;

use super::boards::{self, Secrets};

/// What `board FOLDER COUNT` asks for.
pub(crate) struct Board {
    folder: PathBuf,
    count: u64,
}

pub(crate) fn asked_for(arguments: &[String]) -> Option<Board> {
    let [what, folder, count, ..] = arguments else { return None };
    (what == "board").then(|| Board { folder: folder.into(), count: count.parse().unwrap() })
}

/// Their tokens are due in hours, so nothing listens at their server; and as no secret was ever stored, no keychain is missed.
pub(crate) fn write(board: &Board) {
    let parts = boards::parts(&board.folder, &Secrets::InMemory(Keychain::default()), &Clock::system());
    let tokens = (Clock::system().now(), Duration::from_secs(8 * 3600));
    let runtime = Runtime::new().unwrap();
    runtime.block_on(boards::fill(&parts, "http://127.0.0.1:9", board.count, tokens, false));
    println!("{} connections in {}", board.count, board.folder.display());
}
