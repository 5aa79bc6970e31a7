//! The last ladder of probes on each connection, as it was shown [C3].

use std::time::Duration;

use domain::diagnosis::probe_plan::{
    LadderReport, LadderVerdict, NextStep, ProofLine, RuledOut, Rung, RungResult, RungState, SeenAt, StepPage,
};
use domain::diagnosis::{Alternative, CauseLabel, Confidence};
use domain::{ClientId, ConnectionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::columns::{DiagnosisColumn, read_json, read_moment, written_json, written_moment, written_span};
use super::{Store, StoreError};

#[derive(Serialize, Deserialize)]
struct ReportColumn {
    rungs: Vec<RungColumn>,
    diagnosis: DiagnosisColumn,
    /// In percent.
    #[serde(default)]
    confidence: Option<u8>,
    #[serde(default)]
    alternatives: Vec<(String, u8)>,
    #[serde(default)]
    meaning: Option<Box<str>>,
    ruled_out: Vec<(String, String)>,
    still_open: Option<String>,
    last_good: Option<(i64, String)>,
    first_bad: Option<(i64, String)>,
    next: NextColumn,
}

#[derive(Serialize, Deserialize)]
struct RungColumn {
    rung: String,
    state: String,
    took_ms: Option<i64>,
    says: String,
    proof: Vec<ProofColumn>,
}

#[derive(Serialize, Deserialize)]
struct ProofColumn {
    request: String,
    sent: Vec<(String, String)>,
    status: Option<u16>,
    code: Option<String>,
    words: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum NextColumn {
    Reconnect,
    ReconnectWithScopes(Vec<String>),
    ReconnectOtherAccount,
    RefreshNow,
    RunTestCall,
    OpenProviderPage(String),
    OpenMendingPage,
    CheckClient(String),
    OpenClock,
    WaitUntil(Option<i64>),
    AskAdmin(String),
    ShareResource(Vec<String>),
    ReportToVendor,
    Nothing,
}

impl Store {
    /// Keeps it in place of the one before.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such connection.
    pub fn save_diagnosis(&self, connection: &ConnectionId, report: &LadderReport) -> Result<(), StoreError> {
        let written = written_json(&ReportColumn::from(report), "report")?;
        self.write(|writing| {
            writing.execute(
                "INSERT OR REPLACE INTO diagnoses (connection, at, report) VALUES (?1, ?2, ?3)",
                (connection.as_str(), written_moment(report.at), written),
            )?;
            Ok(())
        })
    }

    /// The last one; `None` too for one of a later version, which holds what this one does not know.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn find_diagnosis(&self, connection: &ConnectionId) -> Result<Option<LadderReport>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached("SELECT * FROM diagnoses WHERE connection = ?1")?;
            let mut rows = statement.query([connection.as_str()])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let column: ReportColumn = read_json(row, "report")?;
            Ok(column.into_report(read_moment(row, "at")?))
        })
    }
}

impl From<&LadderReport> for ReportColumn {
    fn from(report: &LadderReport) -> Self {
        let seen = |it: &SeenAt| (written_moment(it.at), it.what.clone());
        let verdict = &report.verdict;
        Self {
            rungs: report.rungs.iter().map(RungColumn::from).collect(),
            diagnosis: (&verdict.diagnosis).into(),
            confidence: Some(verdict.diagnosis.confidence.percent()),
            alternatives: verdict
                .diagnosis
                .alternatives
                .iter()
                .map(|it| (it.cause.as_str().to_owned(), it.confidence.percent()))
                .collect(),
            meaning: verdict.diagnosis.meaning.clone(),
            ruled_out: verdict.ruled_out.iter().map(|it| (it.cause.as_str().to_owned(), it.by.clone())).collect(),
            still_open: verdict.still_open.clone(),
            last_good: verdict.last_good.as_ref().map(seen),
            first_bad: verdict.first_bad.as_ref().map(seen),
            next: (&verdict.next).into(),
        }
    }
}

impl ReportColumn {
    fn into_report(self, at: Timestamp) -> Option<LadderReport> {
        let seen = |(at, what)| Some(SeenAt { at: Timestamp::from_millisecond(at).ok()?, what });
        let ruled_out = self.ruled_out.into_iter();
        let mut diagnosis = self.diagnosis.into_diagnosis()?;
        diagnosis.confidence = self.confidence.map_or(diagnosis.confidence, Confidence::from_percent);
        diagnosis.meaning = self.meaning;
        // A cause of a later version is left out: the others still stand.
        let others = self.alternatives.into_iter().filter_map(|(cause, percent)| {
            let confidence = Confidence::from_percent(percent);
            Some(Alternative { cause: CauseLabel::from_text(&cause)?, confidence })
        });
        diagnosis.alternatives = others.collect();
        Some(LadderReport {
            at,
            rungs: self.rungs.into_iter().map(RungColumn::into_result).collect::<Option<_>>()?,
            verdict: LadderVerdict {
                diagnosis,
                ruled_out: ruled_out
                    .map(|(cause, by)| Some(RuledOut { cause: CauseLabel::from_text(&cause)?, by }))
                    .collect::<Option<_>>()?,
                still_open: self.still_open,
                last_good: self.last_good.and_then(seen),
                first_bad: self.first_bad.and_then(seen),
                next: self.next.into_step()?,
            },
        })
    }
}

impl From<&RungResult> for RungColumn {
    fn from(result: &RungResult) -> Self {
        Self {
            rung: result.rung.as_str().to_owned(),
            state: result.state.as_str().to_owned(),
            took_ms: result.took.map(written_span),
            says: result.says.clone(),
            proof: result.proof.iter().map(ProofColumn::from).collect(),
        }
    }
}

impl RungColumn {
    fn into_result(self) -> Option<RungResult> {
        Some(RungResult {
            rung: Rung::from_text(&self.rung)?,
            state: RungState::from_text(&self.state)?,
            took: self.took_ms.and_then(|it| u64::try_from(it).ok()).map(Duration::from_millis),
            says: self.says,
            proof: self.proof.into_iter().map(ProofLine::from).collect(),
        })
    }
}

impl From<&ProofLine> for ProofColumn {
    fn from(line: &ProofLine) -> Self {
        let ProofLine { request, sent, status, code, words } = line.clone();
        Self { request, sent, status, code, words }
    }
}

impl From<ProofColumn> for ProofLine {
    fn from(column: ProofColumn) -> Self {
        let ProofColumn { request, sent, status, code, words } = column;
        Self { request, sent, status, code, words }
    }
}

impl From<&NextStep> for NextColumn {
    fn from(step: &NextStep) -> Self {
        match step {
            NextStep::Reconnect => Self::Reconnect,
            NextStep::ReconnectWithScopes { missing } => Self::ReconnectWithScopes(missing.clone()),
            NextStep::ReconnectOtherAccount => Self::ReconnectOtherAccount,
            NextStep::RefreshNow => Self::RefreshNow,
            NextStep::RunTestCall => Self::RunTestCall,
            NextStep::OpenProviderPage(page) => Self::OpenProviderPage(page.as_str().to_owned()),
            NextStep::OpenMendingPage => Self::OpenMendingPage,
            NextStep::CheckClient(id) => Self::CheckClient(id.to_string()),
            NextStep::OpenClock => Self::OpenClock,
            NextStep::WaitUntil(at) => Self::WaitUntil(at.map(written_moment)),
            NextStep::AskAdmin { text } => Self::AskAdmin(text.clone()),
            NextStep::ShareResource { steps } => Self::ShareResource(steps.clone()),
            NextStep::ReportToVendor => Self::ReportToVendor,
            NextStep::Nothing => Self::Nothing,
        }
    }
}

impl NextColumn {
    fn into_step(self) -> Option<NextStep> {
        Some(match self {
            Self::Reconnect => NextStep::Reconnect,
            Self::ReconnectWithScopes(missing) => NextStep::ReconnectWithScopes { missing },
            Self::ReconnectOtherAccount => NextStep::ReconnectOtherAccount,
            Self::RefreshNow => NextStep::RefreshNow,
            Self::RunTestCall => NextStep::RunTestCall,
            Self::OpenProviderPage(page) => NextStep::OpenProviderPage(StepPage::from_text(&page)?),
            Self::OpenMendingPage => NextStep::OpenMendingPage,
            Self::CheckClient(id) => NextStep::CheckClient(ClientId::from_text(id)),
            Self::OpenClock => NextStep::OpenClock,
            Self::WaitUntil(at) => NextStep::WaitUntil(at.and_then(|at| Timestamp::from_millisecond(at).ok())),
            Self::AskAdmin(text) => NextStep::AskAdmin { text },
            Self::ShareResource(steps) => NextStep::ShareResource { steps },
            Self::ReportToVendor => NextStep::ReportToVendor,
            Self::Nothing => NextStep::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::diagnosis::Diagnosis;

    use super::*;
    use crate::store::test_values::{connection, store};

    /// C3: every kind of step, and all that stands beside it, comes back as it was kept.
    #[test]
    fn a_ladder_is_kept_whole_and_the_last_one_counts() {
        let (store, id) = (store(), connection().id);
        assert_eq!(store.find_diagnosis(&id).unwrap(), None);
        let at = Timestamp::from_millisecond(1_763_600_400_000).unwrap();
        let seen = |what: &str| Some(SeenAt { at, what: what.to_owned() });
        for next in [
            NextStep::Reconnect,
            NextStep::ReconnectWithScopes { missing: vec!["mail.send".to_owned()] },
            NextStep::ReconnectOtherAccount,
            NextStep::RefreshNow,
            NextStep::RunTestCall,
            NextStep::OpenProviderPage(StepPage::Status),
            NextStep::OpenMendingPage,
            NextStep::CheckClient(ClientId::from_random(3)),
            NextStep::OpenClock,
            NextStep::WaitUntil(Some(at)),
            NextStep::WaitUntil(None),
            NextStep::AskAdmin { text: "Hello".to_owned() },
            NextStep::ShareResource { steps: vec!["Open it.".to_owned()] },
            NextStep::ReportToVendor,
            NextStep::Nothing,
        ] {
            let proof = ProofLine {
                request: "POST oauth2.example/token".to_owned(),
                sent: vec![("refresh_token".to_owned(), "71d0e5b2c9".to_owned())],
                status: Some(400),
                code: Some("invalid_grant".to_owned()),
                words: None,
            };
            let rung = |rung| RungResult {
                rung,
                state: RungState::Failed,
                took: Some(Duration::from_millis(131)),
                says: "It was refused.".to_owned(),
                proof: vec![proof.clone()],
            };
            let report = LadderReport {
                at,
                rungs: Rung::ALL.into_iter().map(rung).collect(),
                verdict: LadderVerdict {
                    diagnosis: Diagnosis {
                        confidence: Confidence::from_percent(70),
                        alternatives: Box::new([Alternative {
                            cause: CauseLabel::RefreshTokenExpired,
                            confidence: Confidence::from_percent(20),
                        }]),
                        meaning: Some("It was ended.".into()),
                        ..Diagnosis::of(CauseLabel::GrantRevoked)
                    },
                    ruled_out: vec![RuledOut { cause: CauseLabel::ClockSkew, by: "0.4 s".to_owned() }],
                    still_open: Some("Who ended it.".to_owned()),
                    last_good: seen("test call, 200"),
                    first_bad: seen("refresh, 400"),
                    next,
                },
            };

            store.save_diagnosis(&id, &report).unwrap();

            assert_eq!(store.find_diagnosis(&id).unwrap(), Some(report.clone()));
            let nobody = store.save_diagnosis(&ConnectionId::from_random(9), &report);
            assert!(matches!(nobody, Err(StoreError::Gone)), "{nobody:?}");
        }
    }
}
