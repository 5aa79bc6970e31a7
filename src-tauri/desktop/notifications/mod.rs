//! Tells a person who looks elsewhere: one message for all that newly needs them, taken back when it is over [F4, E4, S141].

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod freedesktop;

use std::collections::BTreeSet;
use std::time::Duration;

use domain::alert::{About, LeadsTo, NoticeText, Say, SayOfRequests, ToldRequests};
use domain::{ConnectionId, ProgramId};
use engine::flows::overview::Board;
use engine::{Engine, Notice};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tauri::{AppHandle, Manager as _, Wry};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

#[cfg(not(target_os = "linux"))]
use elsewhere::Messages;
#[cfg(target_os = "linux")]
use freedesktop::Messages;

use crate::first_board::FirstBoard;
use crate::tray::{self, Glance};
use crate::{Opened, desk};

/// What changes together is told together: an administrator's reset shows within a breath.
const SETTLE: Duration = Duration::from_secs(2);
/// A look at a large board takes its time; most of the time none is taken.
const REST_FOR_EACH_LOOK: u32 = 10;

/// What a person did with a message.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    /// The button was pressed, or the message itself.
    Chosen(u32),
    /// It is not shown any more, whoever closed it.
    Closed(u32),
}

/// The message that stands.
struct Standing {
    id: u32,
    about: BTreeSet<About>,
    leads_to: LeadsTo,
}

/// The message of reconnects that programs ask for.
#[derive(Default)]
struct Requests {
    told: ToldRequests,
    standing: Option<StandingRequests>,
}

struct StandingRequests {
    id: u32,
    connections: BTreeSet<ConnectionId>,
    leads_to: LeadsTo,
}

/// Follows the board from now on: brings the tray up to date and tells what is worth telling.
pub(crate) fn follow(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let opened = app.state::<Opened>();
        let Ok(engine) = opened.engine().cloned() else { return };
        let following = Following {
            notices: engine.notices(),
            app: app.clone(),
            engine,
            messages: Messages::default(),
            standing: None,
            asking: None,
            asked_of: BTreeSet::new(),
            requests: Requests::default(),
        };
        // A look reads the whole board: behind the one that a person waits for.
        app.state::<FirstBoard>().shown().await;
        following.run().await;
    });
}

struct Following {
    app: AppHandle<Wry>,
    engine: Engine,
    notices: Receiver<Notice>,
    messages: Messages,
    standing: Option<Standing>,
    /// The message about programs that ask.
    asking: Option<u32>,
    /// Of which it has told.
    asked_of: BTreeSet<(ProgramId, ConnectionId)>,
    requests: Requests,
}

/// Why a look is due, or what else happened.
enum Event {
    Changed,
    Withdrawn(NoticeText),
    Answered(Answer),
    /// What was held back may be told.
    Due,
    Over,
}

impl Following {
    async fn run(mut self) {
        let mut again_at = None;
        let mut is_due = true;
        loop {
            if is_due {
                let began = tokio::time::Instant::now();
                again_at = self.look().await;
                tokio::time::sleep(began.elapsed().saturating_mul(REST_FOR_EACH_LOOK)).await;
            }
            is_due = match self.next(again_at).await {
                Event::Changed => {
                    tokio::time::sleep(SETTLE).await;
                    true
                }
                Event::Due => true,
                Event::Withdrawn(text) => {
                    self.tell_alone(&text).await;
                    false
                }
                Event::Answered(answer) => {
                    self.take(&answer);
                    false
                }
                Event::Over => return,
            };
        }
    }

    async fn next(&mut self, again_at: Option<Timestamp>) -> Event {
        let engine = self.engine.clone();
        let due = async {
            match again_at {
                Some(at) => engine.until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => Event::Due,
            answer = self.messages.answer() => Event::Answered(answer),
            notice = self.notices.recv() => match notice {
                Ok(Notice::CertificateWithdrawn { checklist, connection, until }) => {
                    Event::Withdrawn(withdrawn(&self.engine, &checklist, &connection, until))
                }
                Ok(
                    Notice::ConnectionChanged(_)
                    | Notice::PlatformChanged(_)
                    | Notice::IncidentChanged(_)
                    | Notice::AlertWishesChanged
                    | Notice::SignInChanged(_)
                    | Notice::ReadingChanged(_)
                    | Notice::ChecklistChanged(_)
                    | Notice::QueueChanged
                    | Notice::ProgramsChanged,
                )
                | Err(RecvError::Lagged(_)) => Event::Changed,
                Err(RecvError::Closed) => Event::Over,
            },
        }
    }

    /// One look at the board; when to look again though nothing changes.
    async fn look(&mut self) -> Option<Timestamp> {
        // What came so far is in what is seen now; a certificate's end is not.
        loop {
            match self.notices.try_recv() {
                Ok(Notice::CertificateWithdrawn { checklist, connection, until }) => {
                    self.tell_alone(&withdrawn(&self.engine, &checklist, &connection, until)).await;
                }
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let engine = self.engine.clone();
        let read = tauri::async_runtime::spawn_blocking(move || engine.board()).await;
        let board = match read {
            Ok(Ok(board)) => board,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the board could not be read");
                return None;
            }
            Err(_) => return None,
        };
        self.show_glance(&board);
        let (troubles, requests) = (self.tell(&board).await, self.tell_requests().await);
        let questions = self.tell_of_questions().await;
        let again_at = |looked: Result<Option<Timestamp>, engine::Error>| {
            looked.unwrap_or_else(|error| {
                tracing::warn!(%error, "what needs a person could not be looked up");
                None
            })
        };
        [again_at(troubles), again_at(requests), again_at(questions)].into_iter().flatten().min()
    }

    /// A message that stands beside the other.
    async fn tell_alone(&mut self, text: &NoticeText) {
        if let Err(error) = self.messages.tell(0, text).await {
            tracing::warn!(%error, "a withdrawn certificate could not be told of");
        }
    }

    fn show_glance(&self, board: &Board) {
        let (app, glance) = (self.app.clone(), Glance::of(board));
        let shown = self.app.run_on_main_thread(move || tray::show(&app, glance));
        if let Err(error) = shown {
            tracing::warn!(%error, "the tray could not be reached");
        }
    }

    async fn tell(&mut self, board: &Board) -> Result<Option<Timestamp>, engine::Error> {
        let about = self.standing.as_ref().map(|it| it.about.clone()).unwrap_or_default();
        let look = self.engine.look_for_alerts(board, &about)?;
        match &look.say {
            Say::Nothing => {}
            Say::Withdraw => {
                if let Some(standing) = self.standing.take() {
                    self.messages.withdraw(standing.id).await;
                }
            }
            Say::Tell(troubles) => {
                let (now, face) = (self.engine.now(), self.engine.clock_face());
                if let Some(text) = NoticeText::of(troubles, now, &face) {
                    let replaced = self.standing.as_ref().map_or(0, |it| it.id);
                    match self.messages.tell(replaced, &text).await {
                        Ok(id) => {
                            let about = troubles.iter().map(|it| it.about.clone()).collect();
                            self.standing = id.map(|id| Standing { id, about, leads_to: text.leads_to });
                        }
                        Err(error) => {
                            // Told at the next change: perhaps somebody shows messages by then.
                            tracing::info!(%error, "nobody shows messages here");
                            return Ok(None);
                        }
                    }
                }
            }
        }
        self.engine.remember_alerts(&look)?;
        Ok(look.again_at)
    }

    /// Programs that ask: one message for all of them, told once, and taken back when all are answered. When to look
    /// again: what quiet hours hold back is told after them.
    async fn tell_of_questions(&mut self) -> Result<Option<Timestamp>, engine::Error> {
        let questions = self.engine.open_questions()?;
        let open: BTreeSet<_> = questions.iter().map(|it| (it.id.clone(), it.connection.clone())).collect();
        self.asked_of.retain(|it| open.contains(it));
        if open.is_empty() {
            if let Some(id) = self.asking.take() {
                self.messages.withdraw(id).await;
            }
            return Ok(None);
        }
        let wishes = self.engine.alert_wishes()?;
        if open.is_subset(&self.asked_of) || !wishes.is_on {
            return Ok(None);
        }
        let quiet_until = wishes.quiet.and_then(|quiet| quiet.until(self.engine.now(), &TimeZone::system()));
        if quiet_until.is_some() {
            return Ok(quiet_until);
        }
        let mut names = vec![];
        for one in &questions {
            names.push(self.engine.connection(&one.connection).map(|it| it.name)?);
        }
        let asking: Vec<_> =
            questions.iter().zip(&names).map(|(one, name)| (one.program.name(), name.as_str())).collect();
        let Some(text) = NoticeText::of_questions(&asking) else { return Ok(None) };
        match self.messages.tell(self.asking.unwrap_or_default(), &text).await {
            Ok(id) => (self.asking, self.asked_of) = (id, open),
            // The window shows them all the same.
            Err(error) => tracing::info!(%error, "nobody shows messages here"),
        }
        Ok(None)
    }

    /// What programs ask for stands beside what needs a person: who asks waits now.
    async fn tell_requests(&mut self) -> Result<Option<Timestamp>, engine::Error> {
        let requests = &mut self.requests;
        let standing = requests.standing.as_ref().map(|it| it.connections.clone()).unwrap_or_default();
        let look = self.engine.look_for_requests(requests.told.clone(), &standing)?;
        match &look.say {
            SayOfRequests::Nothing => {}
            SayOfRequests::Withdraw => {
                if let Some(standing) = requests.standing.take() {
                    self.messages.withdraw(standing.id).await;
                }
            }
            SayOfRequests::Tell(asked) => {
                let Some(text) = NoticeText::of_requests(asked) else { return Ok(look.again_at) };
                let replaced = requests.standing.as_ref().map_or(0, |it| it.id);
                match self.messages.tell(replaced, &text).await {
                    Ok(id) => {
                        let connections = asked.iter().map(|it| it.connection.clone()).collect();
                        requests.standing = id.map(|id| StandingRequests { id, connections, leads_to: text.leads_to });
                    }
                    Err(error) => {
                        // Told at the next change: perhaps somebody shows messages by then.
                        tracing::info!(%error, "nobody shows messages here");
                        return Ok(None);
                    }
                }
            }
        }
        self.requests.told = look.told;
        Ok(look.again_at)
    }

    fn take(&mut self, answer: &Answer) {
        let (Answer::Chosen(id) | Answer::Closed(id)) = answer;
        if self.asking.take_if(|it| it == id).is_some() {
            if matches!(answer, Answer::Chosen(_)) {
                desk::show_programs(&self.app);
            }
            return;
        }
        let leads_to = self.standing.take_if(|it| it.id == *id).map(|it| it.leads_to);
        let requested = self.requests.standing.take_if(|it| it.id == *id).map(|it| it.leads_to);
        let leads_to = leads_to.or(requested);
        match (answer, leads_to) {
            (Answer::Closed(_), _) => {}
            (Answer::Chosen(_), Some(LeadsTo::Mending(connection))) => desk::mend(&self.app, &connection),
            (Answer::Chosen(_), Some(LeadsTo::Platforms)) => desk::show_platforms(&self.app),
            (Answer::Chosen(_), Some(LeadsTo::Programs)) => desk::show_programs(&self.app),
            (Answer::Chosen(_), Some(LeadsTo::Board)) => desk::show_board(&self.app),
            (Answer::Chosen(_), Some(LeadsTo::Queue) | None) => desk::show_queue(&self.app),
        }
    }
}

fn withdrawn(engine: &Engine, checklist: &str, connection: &str, until: Timestamp) -> NoticeText {
    NoticeText::of_withdrawn(checklist, connection, until, engine.now(), &engine.clock_face())
}
