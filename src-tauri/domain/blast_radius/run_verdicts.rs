//! What runs say of the connections they use: a run that failed at one is proof against it, and a success is proof for it
//! only where its own data show that a step called with it and was answered well: others may never have come to the
//! step, may have it switched off, or may use another connection by now [D2, A8].

use jiff::Timestamp;

use super::reading::FoundRun;
use super::{PlatformConnectionState, RunOutcome};

/// What is said of one connection, by its external id; `None`: nothing new.
pub fn state_by_runs(
    connection: &str,
    known: &PlatformConnectionState,
    runs: &[FoundRun],
) -> Option<PlatformConnectionState> {
    let failed_at_it = |it: &&FoundRun| it.run.failed_connection.as_deref() == Some(connection);
    let bad: Vec<&FoundRun> = runs.iter().filter(failed_at_it).collect();
    let newest_good = runs.iter().filter(|it| proves(it, connection)).map(|it| it.run.at).max();
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
    newest_good
        .filter(|at| dead_since.is_none_or(|dead| *at > dead) && known_good.is_none_or(|good| *at > good))
        .map(|at| PlatformConnectionState::Works { at })
}

fn proves(found: &FoundRun, connection: &str) -> bool {
    found.run.outcome == RunOutcome::Succeeded
        && !found.may_hide_failure
        && found.proves.iter().flatten().any(|it| it == connection)
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
            proves: None,
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

    fn proving(workflow: &str, minute: u32, connection: &str) -> FoundRun {
        FoundRun { proves: Some(vec![connection.to_owned()]), ..run(workflow, minute, None) }
    }

    /// D2: what failed at it is against it, until a run shows that it was called with and answered.
    #[test]
    fn a_run_that_failed_at_it_is_proof_and_so_is_one_that_worked_with_it() {
        let unknown = PlatformConnectionState::Unknown;
        let say = |known: &PlatformConnectionState, runs: &[FoundRun]| state_by_runs("c", known, runs);

        assert_eq!(say(&unknown, &[run("a", 5, Some("c")), run("a", 3, Some("c"))]), Some(dead(3)), "since the first");
        assert_eq!(say(&unknown, &[proving("a", 7, "c"), run("a", 5, Some("c"))]), Some(works(7)));
        assert_eq!(say(&unknown, &[run("a", 5, Some("other"))]), None, "another connection's failure");
        assert_eq!(say(&works(9), &[run("a", 5, Some("c"))]), None, "it was mended since");
        assert_eq!(say(&works(4), &[run("a", 5, Some("c"))]), Some(dead(5)), "and it has died since");
        assert_eq!(say(&works(9), &[proving("a", 7, "c")]), None, "known already");
        assert_eq!(say(&works(4), &[proving("a", 7, "c")]), Some(works(7)));
        assert_eq!(say(&dead(2), &[run("a", 5, Some("c"))]), Some(dead(2)), "dead since before");
        assert_eq!(say(&dead(2), &[proving("a", 5, "c")]), Some(works(5)));
        assert_eq!(say(&dead(6), &[proving("a", 5, "c")]), None, "it died after that");
        assert_eq!(say(&unknown, &[proving("b", 7, "c")]), Some(works(7)), "whichever workflow it was");
    }

    /// D2, A8: that a run ended well says nothing of a connection that it may not have used.
    #[test]
    fn a_success_that_does_not_show_that_it_used_it_is_no_proof() {
        let say = |known: &PlatformConnectionState, runs: &[FoundRun]| state_by_runs("c", known, runs);
        let looked_at = FoundRun { proves: Some(vec![]), ..run("a", 7, None) };
        let hiding = FoundRun { may_hide_failure: true, ..proving("a", 7, "c") };
        let mut failed = proving("a", 7, "c");
        failed.run.outcome = RunOutcome::FailedInside;

        for unshown in [run("a", 7, None), looked_at, proving("a", 7, "other"), hiding, failed] {
            assert_eq!(say(&dead(2), std::slice::from_ref(&unshown)), None, "{unshown:?}");
            assert_eq!(say(&PlatformConnectionState::Unknown, std::slice::from_ref(&unshown)), None, "{unshown:?}");
            assert_eq!(
                say(&PlatformConnectionState::Unknown, &[unshown, run("a", 5, Some("c"))]),
                Some(dead(5)),
                "also of the workflow that had failed"
            );
        }
    }
}
