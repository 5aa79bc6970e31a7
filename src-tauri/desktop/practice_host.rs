//! The practice provider inside the app: started on request, and again at start once it was used, on the
//! same port, so that a practice connection outlives a restart.

use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use practice::{ApiRejection, ErrorShape, Faults, PracticeProvider, Settings, StagedCause};
use tokio::sync::Mutex;

use crate::command_error::{CommandError, ErrorCode};
use crate::views::{CauseLabel, PracticeDeed, PracticeSwitches, PracticeView};

/// A lifetime one can watch end.
const SHORT_LIFETIME: Duration = Duration::from_secs(60);
/// A grant one can watch end, and be kept alive.
const SHORT_GRANT: Duration = Duration::from_mins(10);
/// Slow enough to see, quicker than any deadline of ours.
const SLOW_ANSWER: Duration = Duration::from_secs(8);
/// Behind enough to be told apart from drift.
const SKEW: SignedDuration = SignedDuration::from_mins(-10);

/// Holds the server, where it runs.
pub struct PracticeHost {
    state_file: PathBuf,
    running: Mutex<Option<Running>>,
}

struct Running {
    provider: PracticeProvider,
    switches: PracticeSwitches,
    staged: Option<CauseLabel>,
}

impl PracticeHost {
    pub(crate) fn new(data_folder: PathBuf) -> Self {
        Self { state_file: data_folder.join("practice.json"), running: Mutex::new(None) }
    }

    /// Starts it again, if it was ever used here.
    pub(crate) async fn resume(&self) {
        if self.state_file.exists()
            && let Err(error) = self.start().await
        {
            tracing::warn!(error = error.message, "the practice provider did not start again");
        }
    }

    /// Starts it, or finds it running; answers with its issuer.
    pub(crate) async fn start(&self) -> Result<String, CommandError> {
        let mut running = self.running.lock().await;
        if let Some(running) = running.as_ref() {
            return Ok(running.provider.issuer().to_owned());
        }
        let settings = Settings { state_file: Some(self.state_file.clone()), ..Settings::default() };
        let provider = PracticeProvider::start(settings)
            .await
            .map_err(|error| CommandError { code: ErrorCode::PracticeUnavailable, message: error.to_string() })?;
        let issuer = provider.issuer().to_owned();
        *running = Some(Running { provider, switches: PracticeSwitches::default(), staged: None });
        Ok(issuer)
    }

    pub(crate) async fn view(&self) -> PracticeView {
        view_of(self.running.lock().await.as_ref())
    }

    pub(crate) async fn set_switches(&self, switches: PracticeSwitches) -> Result<PracticeView, CommandError> {
        let mut running = self.running.lock().await;
        let server = running.as_mut().ok_or_else(not_running)?;
        server.switches = switches;
        server.take_up();
        Ok(view_of(Some(server)))
    }

    /// Brings a cause about, and nothing else; `None` ends that.
    pub(crate) async fn stage(&self, cause: Option<CauseLabel>) -> Result<PracticeView, CommandError> {
        let mut running = self.running.lock().await;
        let server = running.as_mut().ok_or_else(not_running)?;
        server.switches = PracticeSwitches::default();
        server.staged = cause;
        server.take_up();
        Ok(view_of(Some(server)))
    }

    pub(crate) async fn perform(&self, deed: PracticeDeed) -> Result<PracticeView, CommandError> {
        let running = self.running.lock().await;
        let server = running.as_ref().ok_or_else(not_running)?;
        match deed {
            PracticeDeed::RevokeGrants => server.provider.revoke_all(),
            PracticeDeed::ExpireAccessTokens => server.provider.expire_access_tokens(),
        };
        Ok(view_of(Some(server)))
    }

    pub(crate) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.provider.stop().await;
        }
    }
}

impl Running {
    fn take_up(&self) {
        let faults = faults_of(&self.switches);
        let staged = self.staged.and_then(|it| StagedCause::of(domain::diagnosis::CauseLabel::from(it).as_str()));
        self.provider.set_faults(match staged {
            Some(cause) => faults.stages(cause),
            None => faults,
        });
    }
}

fn view_of(running: Option<&Running>) -> PracticeView {
    let live = |running: &Running| running.provider.grants().iter().filter(|grant| grant.is_alive()).count();
    PracticeView {
        is_running: running.is_some(),
        issuer: running.map(|it| it.provider.issuer().to_owned()),
        switches: running.map(|it| it.switches.clone()).unwrap_or_default(),
        staged: running.and_then(|it| it.staged),
        live_grant_count: running.map_or(0, |it| u32::try_from(live(it)).unwrap_or(u32::MAX)),
    }
}

fn not_running() -> CommandError {
    CommandError { code: ErrorCode::PracticeUnavailable, message: "the practice provider is not running".to_owned() }
}

fn faults_of(switches: &PracticeSwitches) -> Faults {
    let mut faults = Faults::default();
    if switches.refuses_refresh {
        faults = faults.refuses_refresh();
    }
    if switches.short_access_tokens {
        faults = faults.access_token_lifetime(SHORT_LIFETIME);
    }
    if switches.short_grant {
        faults = faults.refresh_token_lifetime(SHORT_GRANT);
    }
    if switches.lost_answer {
        faults = faults.drops_answer_after_rotating();
    }
    if switches.no_refresh_token {
        faults = faults.no_refresh_token();
    }
    if switches.answers_slowly {
        faults = faults.answers_slowly(SLOW_ANSWER);
    }
    if switches.outage {
        faults = faults.answers_status(503);
    }
    if switches.rate_limited {
        faults = faults.answers_status(429).retry_after("30");
    }
    if switches.ok_with_error {
        faults = faults.answers_200_with_an_error(ErrorShape::OAuth("invalid_grant".to_owned()));
    }
    if switches.expires_in_milliseconds {
        faults = faults.expires_in("3600000");
    }
    if switches.partial_grant {
        faults = faults.grants_fewer_scopes(["openid"]);
    }
    if switches.clock_skew {
        faults = faults.clock_is_off_by(SKEW);
    }
    if switches.api_forbids {
        faults = faults.api_rejects(ApiRejection::InsufficientScope);
    }
    faults
}
