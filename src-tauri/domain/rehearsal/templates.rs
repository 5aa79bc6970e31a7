//! Checklists to begin with: which steps suit which providers [E4].

use super::Step;
use crate::ProviderId;

/// A checklist without its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// One word, for the command line.
    pub id: String,
    pub name: String,
    /// Empty: connections of every provider.
    pub providers: Vec<ProviderId>,
    pub steps: Vec<Step>,
    pub signs_out_first: bool,
    /// Connections that platforms own are put on it too.
    pub has_theirs: bool,
}

impl Template {
    /// Whether a connection of this provider belongs on it; `None`: nobody knows its provider.
    pub fn fits(&self, provider: Option<&ProviderId>) -> bool {
        self.providers.is_empty() || provider.is_some_and(|it| self.providers.contains(it))
    }
}
