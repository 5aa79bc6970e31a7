//! What became of a workflow that was paused or resumed, in words [D6].

use engine::flows::pause_and_resume::SwitchOutcome;
use jiff::Timestamp;

use super::times::Now;
use crate::exit::Exit;
use crate::failure::Failure;

/// Of a platform that starts nothing but what is saved.
const EDITED_SINCE: &str = "stays paused: it was edited at its platform meanwhile, and the platform can start nothing but \
                            the edit. Finish and activate it there, or resume it as it is saved with --anyway";
const RUNS_ALREADY: &str = "runs already: somebody switched it on at its platform, and it is left so";
const AS_SAVED: &str = "runs again, with what is saved at its platform now and not with the version that was paused";

pub(crate) struct SwitchedWords {
    /// For programs.
    pub(crate) code: &'static str,
    /// Behind the workflow's name, without a full stop.
    pub(crate) sentence: String,
    /// Where it is another than done.
    pub(crate) exit: Option<Exit>,
    /// Of a newer version that is at the platform and does not run.
    pub(crate) newer_saved_at: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

impl SwitchedWords {
    pub(crate) fn of(outcome: &SwitchOutcome, now: &Now) -> Self {
        match outcome {
            SwitchOutcome::Paused => done("paused", "is paused"),
            SwitchOutcome::Resumed => done("resumed", "runs again"),
            SwitchOutcome::ResumedBeforeNewer { newer_saved_at } => {
                let sentence = runs_before_newer(*newer_saved_at, now);
                Self { newer_saved_at: *newer_saved_at, ..done("resumed_before_newer", sentence) }
            }
            SwitchOutcome::ResumedAsSaved => done("resumed_as_saved", AS_SAVED),
            SwitchOutcome::RunsAlready => done("runs_already", RUNS_ALREADY),
            SwitchOutcome::EditedSince => Self { exit: Some(Exit::Failed), ..done("edited_since", EDITED_SINCE) },
            SwitchOutcome::AsItWas => done("as_it_was", "stays as it is"),
            SwitchOutcome::NotOffered => done("not_offered", "cannot be switched from here"),
            SwitchOutcome::ProbablyPaused(error) => failed("probably_paused", error, |said| {
                format!("is probably paused: {said}. The next sync shows it, and resume works on it")
            }),
            SwitchOutcome::ProbablyResumed(error) => {
                failed("probably_resumed", error, |said| format!("probably runs again: {said}. The next sync shows it"))
            }
            SwitchOutcome::Failed(error) => failed("failed", error, |said| format!("was not switched: {said}")),
        }
    }
}

fn done(code: &'static str, sentence: impl Into<String>) -> SwitchedWords {
    SwitchedWords { code, sentence: sentence.into(), exit: None, newer_saved_at: None, error: None }
}

fn failed(code: &'static str, error: &engine::Error, sentence: impl Fn(&str) -> String) -> SwitchedWords {
    let failure = Failure::from(error);
    let said = failure.sentence();
    let sentence = sentence(said.strip_suffix('.').unwrap_or(&said));
    SwitchedWords { exit: Some(failure.exit), error: Some(said), ..done(code, sentence) }
}

/// Not that it was published: no platform tells that of what does not run.
fn runs_before_newer(saved_at: Option<Timestamp>, now: &Now) -> String {
    let saved = saved_at.map(|at| format!(", saved {},", now.moment_in_sentence(at))).unwrap_or_default();
    format!(
        "runs again as it was when it was paused; a newer version{saved} is at its platform and does not run: publish it \
         there to run it instead"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D6: a newer version that somebody published while it was paused is not overtaken without a word.
    #[test]
    fn a_newer_version_that_does_not_run_is_told_with_its_time() {
        let now = Now::here();
        let saved_at = now.at();
        let dated = SwitchedWords::of(&SwitchOutcome::ResumedBeforeNewer { newer_saved_at: Some(saved_at) }, &now);
        let undated = SwitchedWords::of(&SwitchOutcome::ResumedBeforeNewer { newer_saved_at: None }, &now);

        let version = format!("a newer version, saved {}, is at its platform", now.moment_in_sentence(saved_at));
        assert!(dated.sentence.contains(&version), "{}", dated.sentence);
        assert_eq!((dated.code, dated.newer_saved_at, dated.exit), ("resumed_before_newer", Some(saved_at), None));
        assert!(
            undated.sentence.contains("a newer version is at its platform and does not run"),
            "{}",
            undated.sentence
        );
    }

    /// D6: what was not resumed is no success.
    #[test]
    fn what_was_not_switched_ends_as_a_failure() {
        let now = Now::here();
        let edited = SwitchedWords::of(&SwitchOutcome::EditedSince, &now);
        assert_eq!((edited.exit, edited.error), (Some(Exit::Failed), None));
        let failed = SwitchedWords::of(&SwitchOutcome::Failed(engine::Error::TaskEnded), &now);
        assert!(failed.exit.is_some() && failed.error.is_some());
        assert!(failed.sentence.starts_with("was not switched: ") && !failed.sentence.ends_with('.'));
    }
}
