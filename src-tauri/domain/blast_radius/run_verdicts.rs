//! What runs say of the connections they use: a run that failed at one is proof against it, and only a later success of
//! a workflow that had failed at it is proof for it: others may never have come to the step [D2, A8].

use std::collections::HashSet;

use jiff::Timestamp;

use super::reading::FoundRun;
use super::{PlatformConnectionState, RunOutcome};

/// What is said of one connection, by its external id; `None`: nothing new. `failed_before` holds the workflows, by their
/// external ids, that are known to have failed at it.
pub fn state_by_runs(
    connection: &str,
    known: &PlatformConnectionState,
    runs: &[FoundRun],
    failed_before: &HashSet<&str>,
) -> Option<PlatformConnectionState> {
    let failed_at_it = |it: &&FoundRun| it.run.failed_connection.as_deref() == Some(connection);
    let bad: Vec<&FoundRun> = runs.iter().filter(failed_at_it).collect();
    let has_failed = |workflow: &str| failed_before.contains(workflow) || bad.iter().any(|it| it.workflow == workflow);
    let is_proof = |it: &&FoundRun| it.run.outcome == RunOutcome::Succeeded && !it.may_hide_failure;
    let good = runs.iter().filter(is_proof).filter(|it| has_failed(&it.workflow));
    let newest_good = good.map(|it| it.run.at).max();
    let (known_good, dead_since) = match known {
        PlatformConnectionState::Works { at } => (Some(*at), None),
        PlatformConnectionState::Dead { since, .. } => (None, Some(*since)),
        PlatformConnectionState::Unknown
        | PlatformConnectionState::NeverConnected
        | PlatformConnectionState::Missing => (None, None),
    };
    let last_good: Option<Timestamp> = newest_good.max(known_good);
    let is_since = |it: &&&FoundRun| last_good.is_none_or(|good| it.run.at > good);
    let since: Vec<&&FoundRun> = bad.iter().filter(is_since).collect();
    if let Some(newest) = since.iter().max_by_key(|it| it.run.at) {
        let first = since.iter().map(|it| it.run.at).min()?;
        let since = dead_since.filter(|it| last_good.is_none_or(|good| good < *it)).map_or(first, |it| it.min(first));
        return Some(PlatformConnectionState::Dead { since, words: newest.run.words.clone().unwrap_or_default() });
    }
    let is_answer = !bad.is_empty() || dead_since.is_some();
    newest_good
        .filter(|at| is_answer && dead_since.is_none_or(|dead| *at > dead) && known_good.is_none_or(|good| *at > good))
        .map(|at| PlatformConnectionState::Works { at })
}

#[cfg(test)]
mod tests {
    use super::super::Run;
    use super::*;
    use crate::test_values::at_minute;

    fn run(workflow: &str, minute: u32, failed_at: Option<&str>) -> FoundRun {
        FoundRun {
            workflow: workflow.to_owned(),
            may_hide_failure: false,
            run: Run {
                external_id: format!("{workflow}{minute}"),
                at: at_minute(i64::from(minute)),
                outcome: if failed_at.is_some() { RunOutcome::Failed } else { RunOutcome::Succeeded },
                failed_step: None,
                failed_connection: failed_at.map(str::to_owned),
                words: failed_at.map(|_| "needs to be reconnected".to_owned()),
            },
        }
    }

    fn dead(minute: u32) -> PlatformConnectionState {
        PlatformConnectionState::Dead {
            since: at_minute(i64::from(minute)),
            words: "needs to be reconnected".to_owned(),
        }
    }

    fn works(minute: u32) -> PlatformConnectionState {
        PlatformConnectionState::Works { at: at_minute(i64::from(minute)) }
    }

    /// D2: what failed at it is against it, until the same workflow is through again.
    #[test]
    fn a_run_that_failed_at_it_is_proof_and_so_is_its_later_success() {
        let unknown = PlatformConnectionState::Unknown;
        let none = HashSet::new();
        let say = |known: &PlatformConnectionState, runs: &[FoundRun]| state_by_runs("c", known, runs, &none);

        assert_eq!(say(&unknown, &[run("a", 5, Some("c")), run("a", 3, Some("c"))]), Some(dead(3)), "since the first");
        assert_eq!(say(&unknown, &[run("a", 7, None), run("a", 5, Some("c"))]), Some(works(7)));
        assert_eq!(say(&unknown, &[run("a", 5, Some("other"))]), None, "another connection's failure");
        assert_eq!(say(&unknown, &[run("b", 7, None)]), None, "it may never have come to the step");
        assert_eq!(say(&unknown, &[run("b", 7, None), run("a", 5, Some("c"))]), Some(dead(5)), "nor here");
        assert_eq!(say(&works(9), &[run("a", 5, Some("c"))]), None, "it was mended since");
        assert_eq!(say(&dead(2), &[run("a", 5, Some("c"))]), Some(dead(2)), "dead since before");
        assert_eq!(say(&dead(2), &[run("a", 5, None)]), None, "nothing says that this one used it");
        let known = HashSet::from(["a"]);
        assert_eq!(
            state_by_runs("c", &dead(2), &[run("a", 5, None)], &known),
            Some(works(5)),
            "the one that had failed"
        );
    }
}
