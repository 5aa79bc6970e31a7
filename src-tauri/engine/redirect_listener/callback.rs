//! A browser that came back and is kept waiting, and what the flow may say to it [S029, S031, S039, S040].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::{oneshot, watch};

use super::SignInEnd;

/// A request that passed the checks of host, method, path, origin and size. Its parameters come from
/// anyone. Dropped undecided, it is refused.
pub struct CallbackRequest {
    /// Decoded, in order, repeated ones repeated.
    pub parameters: Vec<(String, String)>,
    browser: WaitingBrowser,
}

/// The one callback that belongs to this sign-in. Dropped unfinished, it tells the person that it failed.
#[derive(Debug)]
pub struct AcceptedCallback {
    browser: WaitingBrowser,
}

/// What the waiting browser is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Refused,
    GoToLastPage,
}

/// What a listener and its server know together about one sign-in.
#[derive(Debug, Default)]
pub(super) struct Flow {
    phase: watch::Sender<Phase>,
    strange_request_count: AtomicU32,
    last_callback: AtomicU64,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Phase {
    /// Which callback was accepted; every other one comes too late.
    pub(super) accepted: Option<u64>,
    pub(super) end: Option<SignInEnd>,
    pub(super) is_last_page_owed: bool,
    pub(super) is_over: bool,
}

impl CallbackRequest {
    pub(super) fn new(parameters: Vec<(String, String)>, flow: &Arc<Flow>) -> (Self, u64, oneshot::Receiver<Verdict>) {
        let (answer, verdict) = oneshot::channel();
        let id = flow.last_callback.fetch_add(1, Ordering::Relaxed);
        let browser = WaitingBrowser { id, answer: Some(answer), flow: Arc::clone(flow) };
        (Self { parameters, browser }, id, verdict)
    }

    /// Whether the browser has gone meanwhile; what it brought is good all the same.
    #[cfg(test)]
    pub(super) fn is_abandoned(&self) -> bool {
        self.browser.answer.as_ref().is_none_or(oneshot::Sender::is_closed)
    }

    /// Answers with a page that says nothing, and counts it; the wait goes on [S029].
    pub fn refuse(self) {
        drop(self);
    }

    /// From here on every other callback reads that the sign-in was answered [S031].
    pub fn accept(self) -> AcceptedCallback {
        let id = self.browser.id;
        self.browser.flow.change_phase(|phase| {
            phase.accepted.get_or_insert(id);
        });
        AcceptedCallback { browser: self.browser }
    }
}

impl AcceptedCallback {
    /// Lets the browser go on to the page for this end, at an address without the code [S039].
    pub fn finish(self, end: SignInEnd) {
        self.browser.finish(end);
    }
}

#[derive(Debug)]
struct WaitingBrowser {
    id: u64,
    answer: Option<oneshot::Sender<Verdict>>,
    flow: Arc<Flow>,
}

impl WaitingBrowser {
    fn finish(mut self, end: SignInEnd) {
        self.settle(end);
    }

    fn settle(&mut self, end: SignInEnd) {
        let Some(answer) = self.answer.take() else { return };
        let phase = self.flow.phase();
        if phase.accepted != Some(self.id) {
            // A reload of an answered page is late, not strange.
            if !phase.shuts_out(self.id) {
                self.flow.count_strange_request();
            }
            // Gone, or told already that it comes too late.
            answer.send(Verdict::Refused).ok();
            return;
        }
        // The page is owed only to a browser that still waits.
        self.flow.change_phase(|phase| {
            phase.end = Some(end);
            phase.is_last_page_owed = !answer.is_closed();
        });
        if answer.send(Verdict::GoToLastPage).is_err() {
            self.flow.change_phase(|phase| phase.is_last_page_owed = false);
        }
    }
}

impl Drop for WaitingBrowser {
    fn drop(&mut self) {
        self.settle(SignInEnd::Failed);
    }
}

impl Flow {
    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(super) fn change_phase(&self, change: impl FnOnce(&mut Phase)) {
        self.phase.send_modify(change);
    }

    pub(super) async fn until(&self, holds: impl FnMut(&Phase) -> bool) -> Phase {
        let mut changes = self.phase.subscribe();
        // The sender is `self`, so waiting cannot fail.
        changes.wait_for(holds).await.map_or_else(|_| Phase::default(), |phase| *phase)
    }

    pub(super) fn count_strange_request(&self) {
        let add = |count: u32| Some(count.saturating_add(1));
        self.strange_request_count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok();
    }

    pub(super) fn strange_request_count(&self) -> u32 {
        self.strange_request_count.load(Ordering::Relaxed)
    }
}

impl Phase {
    pub(super) fn owes_nothing(&self) -> bool {
        // An accepted callback whose flow is still at work will be finished, or dropped, any moment.
        !self.is_last_page_owed && (self.accepted.is_none() || self.end.is_some())
    }

    /// Whether the callback of that number comes too late.
    pub(super) fn shuts_out(&self, id: u64) -> bool {
        match self.accepted {
            Some(accepted) => accepted != id,
            None => self.is_over,
        }
    }
}

impl fmt::Debug for CallbackRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRequest").field("parameter_count", &self.parameters.len()).finish_non_exhaustive()
    }
}
