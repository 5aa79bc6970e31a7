//! Which steps lack a scope: what a step is said to need is held against what its connection was granted, and a run that
//! was refused for want of a scope says it of the step at which it failed [D1, C4].

use jiff::Timestamp;

use super::impact::{Picture, stops};
use super::{Run, RunOutcome, Uses, Workflow};
use crate::WorkflowId;
use crate::diagnosis::{CauseLabel, Evidence, FailedEndpoint, classify};

/// A step that cannot do its work, though its connection lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The step's name; empty where the run does not say at which it failed.
    pub step: String,
    /// Whose grant is too narrow, where the step is known.
    pub uses: Option<Uses>,
    pub seen: LackSeen,
}

/// How it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LackSeen {
    /// The step is said to need these, and the connection was not granted them.
    Listed { scopes: Vec<String> },
    /// Its last run was refused with such words.
    ByRun { at: Timestamp },
}

impl Picture {
    /// What the steps of a workflow lack. Of a platform's own connection nobody says what it was granted: there only a
    /// run shows it, until a later one is through.
    pub fn lacks_of(&self, id: &WorkflowId) -> Vec<Lack> {
        let Some(number) = self.wiring().workflow_number(id) else { return vec![] };
        let steps = self.steps_of(id);
        let mut lacks = vec![];
        for step in steps.iter().filter(|it| stops(it) && !it.scopes.is_empty()) {
            let scopes = self.missing_of(&step.uses, &step.scopes);
            if !scopes.is_empty() {
                let seen = LackSeen::Listed { scopes };
                lacks.push(Lack { step: step.name.clone(), uses: Some(step.uses.clone()), seen });
            }
        }
        if let Some(run) = self.wiring().refused_for_scope(number) {
            let failed = run.failed_step.as_deref();
            let step = steps.iter().find(|it| failed.is_some_and(|id| it.external_id == id || it.name == id));
            let is_told = step.is_some_and(|step| lacks.iter().any(|it| it.step == step.name));
            if !is_told {
                let name = step.map(|it| it.name.clone()).or_else(|| run.failed_step.clone());
                lacks.push(Lack {
                    step: name.unwrap_or_default(),
                    uses: step.map(|it| it.uses.clone()),
                    seen: LackSeen::ByRun { at: run.at },
                });
            }
        }
        lacks
    }

    /// Those of them that are known not to be granted.
    pub(super) fn missing_of(&self, uses: &Uses, scopes: &[String]) -> Vec<String> {
        let Uses::Connection(id) = uses else { return vec![] };
        let granted = self.own_connection(id).and_then(|it| it.granted.as_deref());
        granted.map_or_else(Vec::new, |granted| scopes.iter().filter(|it| !granted.contains(it)).cloned().collect())
    }
}

/// The last run of a workflow, where it was refused for want of a scope.
pub(super) fn is_refused_for_scope(workflow: &Workflow) -> bool {
    workflow.last_run.as_ref().is_some_and(|run| match run.outcome {
        RunOutcome::Failed | RunOutcome::FailedInside | RunOutcome::Incomplete => says_so(run),
        RunOutcome::Succeeded | RunOutcome::Running => false,
    })
}

fn says_so(run: &Run) -> bool {
    let Some(words) = run.words.as_deref() else { return false };
    // What is forbidden without a word of scopes may be a role, a plan or a folder.
    // A program's own scopes, where its names live, are none of these.
    let small = words.to_lowercase().replace("out of scope", "");
    if !small.contains("scope") {
        return false;
    }
    let evidence = Evidence { endpoint: FailedEndpoint::Api, body: words.as_bytes().to_vec(), ..Evidence::default() };
    classify(&evidence, &[]).cause == CauseLabel::InsufficientScope
}

#[cfg(test)]
mod tests {
    use super::super::impact::OwnConnection;
    use super::super::test_values::{known, ours, own, picture, step, their};
    use super::super::{Known, Step, StepVersion};
    use super::*;
    use crate::test_values::at_minute;

    fn needing(scopes: &[&str]) -> Step {
        Step { scopes: scopes.iter().map(|it| (*it).to_owned()).collect(), ..step(1, ours(1)) }
    }

    fn with(steps: Vec<Step>) -> Known {
        Known { steps, ..known(&[(1, &[])]) }
    }

    fn granted(scopes: &[&str]) -> OwnConnection {
        OwnConnection { granted: Some(scopes.iter().map(|it| (*it).to_owned()).collect()), ..own(1) }
    }

    fn refused(words: &str, outcome: RunOutcome) -> Run {
        Run {
            external_id: "r".to_owned(),
            at: at_minute(5),
            outcome,
            failed_step: Some("s".to_owned()),
            failed_connection: None,
            words: Some(words.to_owned()),
        }
    }

    /// D1, C4: only what is known not to be granted is lacking, and only where it runs.
    #[test]
    fn a_step_lacks_what_it_is_said_to_need_and_its_connection_was_not_granted() {
        let lacks = |steps, own| picture(with(steps), vec![own]).lacks_of(&WorkflowId::from_random(1));

        let found = lacks(vec![needing(&["files.read", "files.write"])], granted(&["files.read"]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].seen, LackSeen::Listed { scopes: vec!["files.write".to_owned()] });
        assert_eq!(lacks(vec![needing(&["files.read"])], granted(&["files.read"])), []);
        assert_eq!(lacks(vec![needing(&["files.write"])], own(1)), [], "what was granted is not known");
        let off = Step { is_enabled: false, ..needing(&["files.write"]) };
        let draft = Step { version: StepVersion::Draft, ..needing(&["files.write"]) };
        assert_eq!(lacks(vec![off, draft], granted(&[])), [], "neither runs");
    }

    /// D1: of a platform's grant nobody knows the scopes; its run does.
    #[test]
    fn a_run_that_was_refused_for_a_scope_says_so_of_its_step() {
        let theirs = Uses::PlatformConnection(their(1).id);
        let mut known = with(vec![Step { scopes: vec!["x".to_owned()], ..step(1, theirs.clone()) }]);
        known.platform_connections.push(their(1));
        assert_eq!(picture(known.clone(), vec![]).lacks_of(&WorkflowId::from_random(1)), []);

        known.workflows[0].last_run =
            Some(refused("Request had insufficient authentication scopes.", RunOutcome::Failed));
        let found = picture(known.clone(), vec![]).lacks_of(&WorkflowId::from_random(1));
        let seen = LackSeen::ByRun { at: at_minute(5) };
        assert_eq!(found, [Lack { step: "Step".to_owned(), uses: Some(theirs), seen }]);

        known.workflows[0].last_run = Some(refused("insufficient_scope", RunOutcome::Succeeded));
        assert_eq!(picture(known, vec![]).lacks_of(&WorkflowId::from_random(1)), [], "it is through again");
    }

    /// D1, C1: other refusals are something else.
    #[test]
    fn only_words_of_scopes_are_taken_for_a_lack_of_scopes() {
        for words in [
            "Request had insufficient authentication scopes.",
            "403 - {\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"Request had insufficient authentication scopes.\"}}",
            "missing_scope",
            "insufficient_scope: The request requires higher privileges than provided by the access token",
            "This app hasn't been granted all required scopes to make this call.",
        ] {
            assert!(says_so(&refused(words, RunOutcome::Failed)), "{words}");
        }
        for words in [
            "Forbidden - perhaps check your credentials?",
            "The caller does not have permission",
            "needs to be reconnected",
            "The value is out of scope of the loop",
            "",
        ] {
            assert!(!says_so(&refused(words, RunOutcome::Failed)), "{words}");
        }
    }
}
