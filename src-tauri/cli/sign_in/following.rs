//! Follows a sign-in to its end: the address, what happens meanwhile, a decision, Ctrl-C, the verdict [A2, A7].

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::Connection;
use domain::connection::reconnect::{ReconnectComparison, ReconnectDecision, Refusal};
use domain::connection::status::Lamp;
use domain::diagnosis::{ActionLabel, CauseLabel};
use engine::flows::connect::{HandedOver, LeftBecause, SignIn, SignInFailure, SignInProgress, SignInWay};
use engine::signals::{told_again, told_to_end};
use engine::{Engine, Error};

use crate::connections::arrival;
use crate::device;
use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::terminal::{FAINT, STRONG, Terminal, Text, WARN};
use crate::words::times::Now;
use crate::words::{counted, farewell, named, redirect, refresh_token, sign_in as words};

use super::side_by_side::{side_by_side, who_is_who};
use super::{EventJson, bound_for};

/// So long the provider's word on the grant that was replaced is waited for; without it that is not known.
const OLD_GRANT_TIME: Duration = Duration::from_secs(8);
/// The page in the browser is owed for three seconds at most; then the program ends all the same.
const LAST_PAGE_TIME: Duration = Duration::from_secs(4);
/// How often it is looked whether the page has been served.
const LAST_PAGE_LOOK: Duration = Duration::from_millis(5);

/// One sign-in being followed.
pub(super) struct Following<'a> {
    pub(super) engine: &'a Engine,
    pub(super) terminal: &'a Terminal,
    pub(super) sign_in: SignIn,
    /// The connection that is being brought back.
    pub(super) older: Option<Connection>,
    pub(super) decision: Option<ReconnectDecision>,
    /// The command that starts it anew.
    pub(super) again: String,
    /// What the connection was to be called.
    pub(super) name: Option<String>,
}

impl Following<'_> {
    pub(super) async fn run(mut self, opens_browser: bool) -> Result<Exit, Failure> {
        // Whoever reads the address may press Ctrl-C at once: it is listened for before it is told.
        let mut told_first = Box::pin(told_to_end());
        let is_told = std::future::poll_fn(|context| Poll::Ready(told_first.as_mut().poll(context).is_ready())).await;
        if is_told {
            told_first = Box::pin(told_to_end());
            drop(self.engine.cancel_sign_in(&self.sign_in.id));
        }
        let ended = match self.announce(opens_browser) {
            Ok(()) => {
                if opens_browser {
                    self.open_browser();
                }
                self.follow(told_first.as_mut()).await
            }
            Err(failure) => Err(failure),
        };
        let told = match ended {
            Ok(Ended::Connected(id)) => self.tell_connected(&id).await,
            Ok(Ended::HandedOver(handed)) => self.tell_handed_over(&handed),
            Err(failure) => Err(failure.into_event()),
        };
        serve_last_page().await;
        if told.is_err() {
            self.tell_of_registration();
        }
        told
    }

    /// What became of a client that was registered for a sign-in which came to nothing.
    fn tell_of_registration(&self) {
        let Some(client) = &self.sign_in.registered_client else { return };
        let to = &self.sign_in.provider_name;
        let said = if self.engine.client(client).is_err() {
            format!("The client that was registered at {to} for it has been taken back there.")
        } else {
            format!("The client that was registered at {to} for it is kept, for the next sign-in to use: {client}.")
        };
        self.terminal.note([Text::styled(FAINT, said)]);
    }

    fn announce(&self, opens_browser: bool) -> Result<(), Failure> {
        if self.sign_in.progress.is_over() {
            return Ok(());
        }
        self.terminal.note(words::bound_for(&self.sign_in).into_iter().map(Text::from));
        if let Some(prompt) = &self.sign_in.device {
            return device::announce(self.terminal, &self.sign_in, prompt);
        }
        let url = self.sign_in.authorize_url.as_str();
        if self.terminal.is_json() {
            let certificate_fingerprint = self.sign_in.certificate.as_ref().map(|it| it.fingerprint.as_str());
            let redirect_uri = &self.sign_in.redirect_uri;
            let bound_for = bound_for(&self.sign_in);
            return self.terminal.object(&EventJson::Authorize {
                url,
                redirect_uri,
                certificate_fingerprint,
                bound_for,
            });
        }
        let to = &self.sign_in.provider_name;
        let how =
            if opens_browser { "in your browser. If no page opens, open this address" } else { "at this address" };
        let whose = self.older.as_ref().and_then(|older| older.identity.account());
        let whose = whose.map(|account| format!(" as {account}")).unwrap_or_else(|| self.recipient());
        let until = Now::here().moment(self.sign_in.ends_at);
        let redirect_uri = &self.sign_in.redirect_uri;
        self.terminal
            .say([Text::styled(STRONG, format!("Sign in to {to}{whose} ")).plain(how).plain(":"), Text::from(url)])?;
        if let Some(note) = &self.sign_in.certificate {
            self.terminal.note([Text::styled(FAINT, format!("Redirect URI: {redirect_uri}"))]);
            self.terminal.note(redirect::certificate_note(note).into_iter().map(Text::from));
        }
        if self.sign_in.way == SignInWay::PastedRedirect {
            let there =
                format!("At the end the browser shows an error page at {redirect_uri}?…; bring that address here.");
            self.terminal.note([Text::from(there)]);
        }
        self.terminal.note([Text::styled(FAINT, format!("Waiting until {until}; Ctrl-C cancels."))]);
        Ok(())
    }

    /// " as mira@fjord.example, for Drive in n8n": the account of ours beside a platform's connection is its own.
    fn recipient(&self) -> String {
        let Some(keeper) = &self.sign_in.keeper else { return String::new() };
        let account = || {
            let picture = self.engine.picture().ok()?;
            let joined = picture.platform_connection(&keeper.id)?.joined.as_ref()?.connection.clone()?;
            let account = self.engine.connection(&joined).ok()?.identity.account()?.to_owned();
            Some(format!(" as {account},"))
        };
        format!("{} for {} in {}", account().unwrap_or_default(), named(&keeper.name), named(&keeper.platform_name))
    }

    /// Beside the waiting: a slow launcher delays nothing.
    fn open_browser(&self) {
        let (engine, id, terminal) = (self.engine.clone(), self.sign_in.id.clone(), *self.terminal);
        tokio::spawn(async move {
            if !matches!(engine.open_sign_in_page(&id).await, Ok(true)) {
                terminal.note([Text::from("The browser did not open; open the address yourself.")]);
            }
        });
    }

    /// Waits for the end; Ctrl-C cancels what can still be cancelled.
    async fn follow(&mut self, mut told_first: Pin<&mut impl Future<Output = ()>>) -> Result<Ended, Failure> {
        let mut states = self.engine.follow_sign_in(&self.sign_in.id)?;
        let mut question = None;
        let (mut strange_told, mut interrupts) = (0, 0);
        let (engine, terminal, id) = (self.engine.clone(), *self.terminal, self.sign_in.id.clone());
        let pasting = async move { crate::paste::bring(&engine, terminal, &id).await };
        tokio::pin!(pasting);
        let mut is_pasted = self.sign_in.way != SignInWay::PastedRedirect;
        loop {
            let progress = states.borrow_and_update().progress.clone();
            match progress {
                SignInProgress::WaitingForBrowser { strange_request_count, .. } => {
                    if strange_request_count > strange_told {
                        strange_told = strange_request_count;
                        let requests = counted(strange_told as usize, "request");
                        self.terminal.note([Text::styled(
                            FAINT,
                            format!("{requests} that did not belong here turned away; still waiting."),
                        )]);
                    }
                }
                SignInProgress::ExchangingCode => {
                    self.terminal.note([Text::styled(FAINT, "The browser has answered; trading the code for tokens.")]);
                }
                SignInProgress::Identifying | SignInProgress::Storing => {}
                SignInProgress::NeedsDecision { comparison, dependant_count, refusal } => {
                    if question.is_none() {
                        let decision = self.decide(&comparison, dependant_count, &refusal).await;
                        question = Some(comparison);
                        self.engine.decide_reconnect(&self.sign_in.id, decision)?;
                    }
                }
                SignInProgress::Connected(id) => return Ok(Ended::Connected(id)),
                SignInProgress::HandedOver { handed, .. } => return Ok(Ended::HandedOver(handed)),
                SignInProgress::Refused { left_because, .. } => {
                    return Err(self.refusal(question.as_deref(), left_because.as_ref()));
                }
                SignInProgress::Failed(failure) => return Err(self.failure(&failure)),
                SignInProgress::Cancelled => return Err(cancelled("The sign-in was cancelled.")),
                SignInProgress::TakenBack { left_because } => {
                    let fate = words::taken_back(left_because.as_ref(), &self.sign_in.provider_name);
                    let failure = cancelled("The sign-in was cancelled.");
                    return Err(failure.with_words(|words| words.meaning = fate));
                }
                SignInProgress::TimedOut => return Err(self.timed_out()),
            }
            tokio::select! {
                changed = states.changed() => changed.map_err(|_| Failure::from(Error::TaskEnded))?,
                brought = &mut pasting, if !is_pasted => {
                    is_pasted = true;
                    if let Err(failure) = brought {
                        // Nothing else can answer it.
                        self.engine.cancel_sign_in(&self.sign_in.id).ok();
                        return Err(failure);
                    }
                }
                () = told(told_first.as_mut(), interrupts) => {
                    interrupts += 1;
                    // Already answered: what comes is taken back, unless the person insists.
                    if self.engine.cancel_sign_in(&self.sign_in.id).is_err() && interrupts > 1 {
                        let failure = cancelled("The sign-in was given up.");
                        let fate = words::given_up(&self.sign_in.provider_name);
                        return Err(failure.with_words(|words| words.meaning = fate));
                    }
                    if matches!(
                        states.borrow().progress,
                        SignInProgress::ExchangingCode | SignInProgress::Identifying
                    ) {
                        self.terminal.note([Text::styled(FAINT, words::CANCELLING)]);
                    }
                }
            }
        }
    }

    /// What was said beforehand, what the person says now, or no [A7].
    async fn decide(
        &self,
        comparison: &ReconnectComparison,
        dependant_count: usize,
        refusal: &Refusal,
    ) -> ReconnectDecision {
        if let Some(decision) = self.decision {
            return decision;
        }
        if !self.terminal.is_attended() {
            return ReconnectDecision::Refuse;
        }
        self.terminal.warn(side_by_side(comparison, dependant_count, refusal, &self.sign_in.provider_name));
        loop {
            let answer = tokio::select! {
                answer = self.terminal.ask("Replace, keep both, or refuse? [r/k/N] ") => answer,
                () = told_to_end() => None,
            };
            match answer.as_deref() {
                Some("r" | "replace") => return ReconnectDecision::Replace,
                Some("k" | "keep" | "keep both") => return ReconnectDecision::KeepBoth,
                Some("" | "n" | "no" | "refuse") | None => return ReconnectDecision::Refuse,
                Some(_) => {}
            }
        }
    }

    async fn tell_connected(&self, id: &ConnectionId) -> Result<Exit, Failure> {
        let overview = self.engine.overview(id)?;
        let old_grant = self.engine.old_grant(id, OLD_GRANT_TIME).await;
        let warning = refresh_token::warning_of(self.engine, &overview.connection);
        if self.terminal.is_json() {
            let old_grant = old_grant.map(farewell::old_grant_word);
            self.terminal.object(&EventJson::Connected {
                connection: Box::new((&overview).into()),
                old_grant,
                warning,
            })?;
        } else {
            let mut lines = arrival(&overview);
            let said = old_grant.and_then(|it| farewell::old_grant(it, &self.sign_in.provider_name));
            lines.extend(said.map(|line| Text::from("  ").plain(line)));
            lines.extend(warning.map(|it| Text::styled(WARN, "◔ ").plain(it)));
            self.terminal.say(lines)?;
        }
        self.terminal.warn(self.renewed_instead(&overview.connection).map(Text::from));
        Ok(Exit::Done)
    }

    fn tell_handed_over(&self, handed: &HandedOver) -> Result<Exit, Failure> {
        let Some(keeper) = &self.sign_in.keeper else { return Ok(Exit::Done) };
        if self.terminal.is_json() {
            let (proof, run, workflow, file) = match handed {
                HandedOver::Proved { run, workflow, .. } => ("run", Some(run.as_str()), workflow.as_deref(), None),
                HandedOver::Unproved => ("none", None, None, None),
                HandedOver::File(path) => ("none", None, None, Some(path.display().to_string())),
            };
            self.terminal.object(&EventJson::HandedOver {
                platform_connection: keeper.id.as_str(),
                platform: &keeper.platform_name,
                proof,
                run,
                workflow,
                file,
            })?;
        } else {
            self.terminal.say(words::handed_over(keeper, handed).into_iter().map(Text::from))?;
        }
        Ok(Exit::Done)
    }

    /// The account was connected through this client before: no second connection came of it.
    fn renewed_instead(&self, connection: &Connection) -> Option<String> {
        if self.older.is_some() || connection.created_at >= self.sign_in.started_at {
            return None;
        }
        let unused = self.name.as_deref().filter(|name| *name != connection.name);
        let unused = unused.map(|name| format!(" The name {name} was not used.")).unwrap_or_default();
        Some(format!(
            "It was connected already, as {}: the new sign-in took the place of its grant.{unused}",
            connection.name
        ))
    }

    fn refusal(&self, comparison: Option<&ReconnectComparison>, left_because: Option<&LeftBecause>) -> Failure {
        let is_identity =
            comparison.is_none_or(|it| it.is_another_identity() || it.is_other_domain || it.is_identity_unknown);
        let (exit, cause, code) = if is_identity {
            (Exit::WrongAccount, CauseLabel::WrongTenantOrAccount, "other_account")
        } else {
            (Exit::ScopeMissing, CauseLabel::InsufficientScope, "scopes_lost")
        };
        let advice = match &self.older {
            Some(older) => format!(
                "Reconnect with {}: patchbay reconnect {}. To accept the difference add --replace or --keep-both.",
                if is_identity { older.identity.account().unwrap_or("the right account") } else { "every box ticked" },
                older.id,
            ),
            None => "Sign in again, and leave every box on the consent page ticked.".to_owned(),
        };
        let said = FailureWords {
            code,
            happened: format!("{} Nothing was replaced.", comparison.map(words::difference).unwrap_or_default())
                .trim()
                .to_owned(),
            meaning: words::refused(left_because, &self.sign_in.provider_name),
            advice,
            detail: comparison.map(who_is_who).unwrap_or_default(),
        };
        let failure = Failure::new(exit, cause.usual_action(), said).with_cause(cause);
        match comparison {
            Some(comparison) => failure.with_comparison(comparison.into()),
            None => failure,
        }
    }

    fn failure(&self, failure: &SignInFailure) -> Failure {
        match failure {
            SignInFailure::Cause { diagnosis, detail } => {
                // A refused sign-in says nothing about the older grant.
                let lamp = Some(Lamp::Unproved);
                Failure::of_cause("sign_in_failed", diagnosis, &self.sign_in.provider_name, self.older.as_ref(), lamp)
                    .with_words(|words| {
                        if diagnosis.is_of_no_device_endpoint() {
                            "Nothing is wrong with the client; nothing was changed.".clone_into(&mut words.meaning);
                            words.advice = format!("Sign in with a browser: {}", self.again);
                        }
                        if diagnosis.is_of_other_binding() {
                            "It is refused: it would not work as was agreed on. Nothing was changed."
                                .clone_into(&mut words.meaning);
                        }
                        // There is nothing to reconnect yet.
                        if self.older.is_none() && asks_for_a_sign_in(diagnosis.action) {
                            words.advice = format!("Connect again: {}", self.again);
                        }
                        let detail = detail.iter().map(String::as_str);
                        let known = Some(words.detail.as_str()).filter(|it| !it.is_empty());
                        words.detail = known.into_iter().chain(detail).collect::<Vec<_>>().join(": ");
                    })
            }
            SignInFailure::Ours(error) => Failure::from(error.as_ref()),
            SignInFailure::NotTaken { failure, left_because } => {
                let fate = words::taken_back(left_because.as_ref(), &self.sign_in.provider_name);
                Failure::from(&Error::PlatformFailed(failure.clone())).with_words(|words| words.meaning = fate)
            }
            SignInFailure::NotStored { error, left_because } => {
                let fate = words::taken_back(left_because.as_ref(), &self.sign_in.provider_name);
                Failure::from(error.as_ref()).with_words(|words| {
                    let known = Some(words.meaning.as_str()).filter(|it| !it.is_empty());
                    words.meaning = known.into_iter().chain([fate.as_str()]).collect::<Vec<_>>().join(" ");
                })
            }
        }
    }

    fn timed_out(&self) -> Failure {
        if let Some(prompt) = &self.sign_in.device {
            return device::expired(prompt, &self.again);
        }
        let minutes = (self.sign_in.ends_at.as_second() - self.sign_in.started_at.as_second()) / 60;
        let said = FailureWords {
            code: "sign_in_timed_out",
            happened: format!("Nobody signed in within {minutes} minutes."),
            meaning: "Nothing was changed.".to_owned(),
            advice: "Start again when someone is there.".to_owned(),
            ..FailureWords::default()
        };
        Failure::new(Exit::Failed, ActionLabel::Reconnect, said)
    }
}

/// What a sign-in came to that went well.
enum Ended {
    Connected(ConnectionId),
    /// A platform keeps the grant.
    HandedOver(HandedOver),
}

/// Whether an action means going through the browser once more.
fn asks_for_a_sign_in(action: ActionLabel) -> bool {
    matches!(action, ActionLabel::Reconnect | ActionLabel::ReconnectWithMoreScopes | ActionLabel::ReconnectOtherAccount)
}

fn cancelled(happened: &str) -> Failure {
    let said = FailureWords {
        code: "sign_in_cancelled",
        happened: happened.to_owned(),
        meaning: "Nothing was changed.".to_owned(),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::None, said)
}

async fn told(first: Pin<&mut impl Future<Output = ()>>, earlier_count: usize) {
    if earlier_count == 0 { first.await } else { told_again().await }
}

/// Lets the browser get the page it waits for before the program, and the listener with it, ends.
async fn serve_last_page() {
    let metrics = tokio::runtime::Handle::current().metrics();
    let served = async {
        while metrics.num_alive_tasks() > 0 {
            tokio::time::sleep(LAST_PAGE_LOOK).await;
        }
    };
    // The browser went elsewhere: nobody waits for the page.
    tokio::time::timeout(LAST_PAGE_TIME, served).await.ok();
}
