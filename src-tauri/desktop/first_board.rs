//! The first board is read while the web view is still coming up, and what nobody looks at yet waits until it was taken
//! [E1].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::{Engine, Notice};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::commands::connections::read_board;
use crate::views::PackedBoardView;

/// A window that is not shown takes no board: what waits for it then begins all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Between the answer and what it was held back for: the page draws what it was given.
const DRAWN: Duration = Duration::from_millis(300);

/// The board that was read ahead, until it is asked for once.
pub(crate) struct FirstBoard {
    reading: Mutex<Option<Reading>>,
    is_taken: watch::Sender<bool>,
}

struct Reading {
    task: JoinHandle<Option<PackedBoardView>>,
    /// Whatever changed since.
    notices: Receiver<Notice>,
}

impl FirstBoard {
    /// Nothing is read ahead.
    pub(crate) fn none() -> Self {
        Self { reading: Mutex::default(), is_taken: watch::Sender::new(false) }
    }

    /// Begins to read. Called inside a runtime.
    pub(crate) fn begin(engine: &Engine) -> Self {
        let notices = engine.notices();
        let engine = engine.clone();
        let task = tokio::spawn(async move { read_board(&engine).await.ok().map(PackedBoardView::from) });
        Self { reading: Mutex::new(Some(Reading { task, notices })), is_taken: watch::Sender::new(false) }
    }

    /// The board that was read ahead; `None` where it was taken already, could not be read, or is not what it was.
    pub(crate) async fn take(&self) -> Option<PackedBoardView> {
        let reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner).take();
        let board = match reading {
            Some(Reading { task, mut notices }) => {
                let board = task.await.ok().flatten();
                // Behind the reading: what came during it may be in the board or not.
                board.filter(|_| notices.try_recv().is_err_and(|error| error == TryRecvError::Empty))
            }
            None => None,
        };
        self.is_taken.send_replace(true);
        board
    }

    /// Until the page has been given a board and has had time to draw it; not for ever.
    pub(crate) async fn shown(&self) {
        let mut is_taken = self.is_taken.subscribe();
        let taken = async {
            if is_taken.wait_for(|it| *it).await.is_ok() {
                tokio::time::sleep(DRAWN).await;
            }
        };
        drop(tokio::time::timeout(LONGEST_WAIT, taken).await);
    }
}
