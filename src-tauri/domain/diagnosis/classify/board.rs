//! Candidates for the cause, each with its strongest reason [C1].

use crate::diagnosis::CauseLabel;
use crate::diagnosis::clue::Fact;

/// Which layer spoke: what it knows is worth differently much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Status,
    Words,
    Standard,
    Context,
    Signature,
}

#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) cause: CauseLabel,
    /// Of a hundred.
    pub(super) score: u8,
    pub(super) layer: Layer,
    /// Another layer says the same.
    pub(super) is_seconded: bool,
    pub(super) fact: Fact,
}

#[derive(Debug, Default)]
pub(super) struct Board {
    candidates: Vec<Candidate>,
}

impl Board {
    pub(super) fn add(&mut self, cause: CauseLabel, score: u8, layer: Layer, fact: impl FnOnce() -> Fact) {
        match self.candidates.iter_mut().find(|it| it.cause == cause) {
            Some(known) => {
                known.is_seconded |= known.layer != layer;
                if score > known.score {
                    known.score = score;
                    known.layer = layer;
                    known.fact = fact();
                }
            }
            None => self.candidates.push(Candidate { cause, score, layer, is_seconded: false, fact: fact() }),
        }
    }

    /// The best one; of equals the one that was named first.
    pub(super) fn best(&self) -> Option<&Candidate> {
        self.candidates.iter().rev().max_by_key(|it| it.score)
    }

    /// What is known to be otherwise is no candidate.
    pub(super) fn rule_out(&mut self, cause: CauseLabel) {
        self.candidates.retain(|it| it.cause != cause);
    }

    /// From the best to the worst.
    pub(super) fn sorted(mut self) -> Vec<Candidate> {
        self.candidates.sort_by_key(|it| std::cmp::Reverse(it.score));
        self.candidates
    }
}
