//! Ladders of probes, as the engine ran them [C3].

use domain::connection::Connection;
use domain::diagnosis::MendingPage;
use domain::diagnosis::probe_plan::{
    LadderReport, LadderVerdict, NextStep, ProofLine, RuledOut, Rung, RungResult, RungState, SeenAt, StepPage,
};
use engine::flows::diagnose::RungEvent;

use crate::views::{
    CauseView, LadderView, Millis, NextStepView, ProofLineView, ProviderPage, RuledOutView, RungNameView,
    RungStateView, RungView, SeenAtView, SentView, count,
};

impl LadderView {
    pub fn new(report: &LadderReport, connection: &Connection) -> Self {
        let verdict = &report.verdict;
        Self {
            connection_id: connection.id.to_string(),
            at: report.at.into(),
            took_ms: count(report.took().as_millis() as usize),
            rungs: report.rungs.iter().map(RungView::from).collect(),
            cause: CauseView::from(&verdict.diagnosis),
            ruled_out: verdict.ruled_out.iter().map(RuledOutView::from).collect(),
            still_open: verdict.still_open.clone(),
            last_good: verdict.last_good.as_ref().map(SeenAtView::from),
            first_bad: verdict.first_bad.as_ref().map(SeenAtView::from),
            next: next_step(verdict, connection),
        }
    }
}

impl From<&RungEvent> for RungView {
    fn from(event: &RungEvent) -> Self {
        match event {
            RungEvent::Began(rung) => Self {
                rung: (*rung).into(),
                state: RungStateView::Running,
                took_ms: None,
                says: String::new(),
                proof: vec![],
            },
            RungEvent::Ended(result) => result.into(),
        }
    }
}

impl From<&RungResult> for RungView {
    fn from(result: &RungResult) -> Self {
        Self {
            rung: result.rung.into(),
            state: match result.state {
                RungState::Passed => RungStateView::Passed,
                RungState::Failed => RungStateView::Failed,
                RungState::NotNeeded => RungStateView::NotNeeded,
                RungState::NotRun => RungStateView::NotRun,
            },
            took_ms: result.took.map(|it| count(it.as_millis() as usize)),
            says: result.says.clone(),
            proof: result.proof.iter().map(ProofLineView::from).collect(),
        }
    }
}

impl From<Rung> for RungNameView {
    fn from(rung: Rung) -> Self {
        match rung {
            Rung::Reach => Self::Reach,
            Rung::Clock => Self::Clock,
            Rung::OurToken => Self::OurToken,
            Rung::TokenEndpoint => Self::TokenEndpoint,
            Rung::Credential => Self::Credential,
            Rung::Identity => Self::Identity,
            Rung::Scopes => Self::Scopes,
            Rung::Resource => Self::Resource,
        }
    }
}

impl From<&ProofLine> for ProofLineView {
    fn from(line: &ProofLine) -> Self {
        let sent = line.sent.iter().map(|(name, shown)| SentView { name: name.clone(), shown: shown.clone() });
        Self {
            request: line.request.clone(),
            sent: sent.collect(),
            status: line.status,
            code: line.code.clone(),
            words: line.words.clone(),
        }
    }
}

impl From<&RuledOut> for RuledOutView {
    fn from(one: &RuledOut) -> Self {
        Self { cause: one.cause.into(), by: one.by.clone() }
    }
}

impl From<&SeenAt> for SeenAtView {
    fn from(seen: &SeenAt) -> Self {
        Self { at: seen.at.into(), what: seen.what.clone() }
    }
}

fn next_step(verdict: &LadderVerdict, connection: &Connection) -> NextStepView {
    match &verdict.next {
        NextStep::Reconnect => NextStepView::Reconnect,
        NextStep::ReconnectWithScopes { missing } => NextStepView::ReconnectWithScopes { missing: missing.clone() },
        NextStep::ReconnectOtherAccount => NextStepView::ReconnectOtherAccount,
        NextStep::RefreshNow => NextStepView::RefreshNow,
        NextStep::RunTestCall => NextStepView::RunTestCall,
        NextStep::OpenProviderPage(page) => NextStepView::OpenProviderPage {
            provider: connection.provider.to_string(),
            page: match page {
                StepPage::Console => ProviderPage::Console,
                StepPage::RevokeAccess => ProviderPage::RevokeAccess,
                StepPage::Status => ProviderPage::Status,
            },
        },
        NextStep::OpenMendingPage => NextStepView::OpenMendingPage {
            shown: verdict.diagnosis.mending_page().map(MendingPage::shown).unwrap_or_default(),
        },
        NextStep::CheckClient(client) => NextStepView::CheckClient { client: client.to_string() },
        NextStep::OpenClock => NextStepView::OpenClock,
        NextStep::WaitUntil(at) => NextStepView::WaitUntil { at: at.map(Millis::from) },
        NextStep::AskAdmin { text } => NextStepView::AskAdmin { text: text.clone() },
        NextStep::ShareResource { steps } => NextStepView::ShareResource { steps: steps.clone() },
        NextStep::ReportToVendor => NextStepView::ReportToVendor,
        NextStep::Nothing => NextStepView::Nothing,
    }
}
