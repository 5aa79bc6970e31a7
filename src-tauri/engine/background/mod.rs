//! What runs by itself while the window is open or a process serves: the refresh loop, an eye on
//! other processes of the same board, what any of them left, and housekeeping [A5, B2, B12, B13, S159].

mod due_index;
mod housekeeping;
mod other_processes;
mod pace;
mod places;
mod refresh_loop;
mod run_outs;
mod taking_up;

use tokio::task::JoinHandle;

use crate::Engine;

/// The running tasks; they end when this is dropped.
pub struct Watch([JoinHandle<()>; 4]);

impl Drop for Watch {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Engine {
    /// Watches over all connections from now on, as long as the answer is kept. Only one process of a
    /// board refreshes by itself at a time; another takes over when it goes.
    pub fn watch(&self) -> Watch {
        let (refreshing, noticing, housekeeping) = (self.clone(), self.clone(), self.clone());
        let taking_up = self.clone();
        Watch([
            tokio::spawn(async move { refreshing.refresh_for_ever().await }),
            tokio::spawn(async move { noticing.notice_other_processes().await }),
            tokio::spawn(async move { housekeeping.keep_house().await }),
            tokio::spawn(async move { taking_up.take_up_for_ever().await }),
        ])
    }
}
