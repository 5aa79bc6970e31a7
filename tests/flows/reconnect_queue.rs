//! The reconnect queue: an administrator after a password reset, at a provider that asks for each consent [E3, D4, A7].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::reconnect_queue::{Sum, TurnFailure, TurnState};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::connect::{ConnectRequest, SignInProgress};
use engine::flows::labels::NewDependant;
use engine::flows::reconnect_queue::{Course, PassManner, PauseReason, QueueNow};
use engine::{Engine, EngineParts, Error};
use fakes::Person;
use fakes::keychain::Mood;
use practice::Settings;
use url::Url;

use super::support::{HOUR, World, timeouts, within};

const WINDOW: PassManner = PassManner { opens_browser: true, has_decider: true };

/// What the administrator does on a consent page.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    Allow,
    AllowAs(&'static str),
    Deny,
    /// The tab is closed, or nobody is there.
    Leave,
}

/// An administrator at the browser: every tab that is opened, and what is done there.
#[derive(Clone, Default)]
struct Administrator {
    person: Person,
    /// Whose sign-in each tab asked for, in order.
    tabs: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<(String, Answer)>>>,
    /// What each tab shows in the end.
    pages: Arc<Mutex<Vec<(String, String)>>>,
}

impl Administrator {
    /// From now on this is the answer for that account; the others are allowed.
    fn answers(&self, account: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.retain(|(other, _)| other != account);
        answers.push((account.to_owned(), answer));
    }

    async fn last_page(&self, account: &str) -> String {
        within(async {
            loop {
                let found = self.pages.lock().unwrap().iter().find(|(it, _)| it == account).cloned();
                if let Some((_, page)) = found {
                    return page;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }

    fn tabs(&self) -> Vec<String> {
        self.tabs.lock().unwrap().clone()
    }

    fn browser(&self) -> Browser {
        let administrator = self.clone();
        Browser::scripted(Arc::new(move |url: &Url| {
            let hint = url.query_pairs().find(|(name, _)| name == "login_hint").map(|(_, hint)| hint.into_owned());
            let account = hint.unwrap_or_default().split('@').next().unwrap_or_default().to_owned();
            administrator.tabs.lock().unwrap().push(account.clone());
            let known = administrator.answers.lock().unwrap().iter().find(|(it, _)| *it == account).cloned();
            let answer = known.map_or(Answer::Allow, |(_, answer)| answer);
            let (person, url) = (administrator.person.clone(), url.clone());
            let pages = Arc::clone(&administrator.pages);
            tokio::spawn(async move {
                if let Some(page) = consent(&person, &url, &account, &answer).await {
                    pages.lock().unwrap().push((account, page));
                }
            });
        }))
    }
}

/// Presses a button of the consent page, and goes where that leads. The last page.
async fn consent(person: &Person, url: &Url, account: &str, answer: &Answer) -> Option<String> {
    let (account, decision) = match answer {
        Answer::Allow => (account, "allow"),
        Answer::AllowAs(other) => (*other, "allow"),
        Answer::Deny => (account, "deny"),
        Answer::Leave => return None,
    };
    let page = person.visit(url).await.unwrap();
    let values = |name: &str| -> Vec<String> {
        let parts = page.body.split("<input").filter(|it| it.contains(&format!("name=\"{name}\"")));
        parts.filter_map(|it| Some(it.split_once("value=\"")?.1.split_once('"')?.0.to_owned())).collect()
    };
    let fields = [("request", values("request").remove(0)), ("account", account.to_owned())].into_iter();
    let fields = fields.chain(values("scope").into_iter().map(|scope| ("scope", scope)));
    let fields = fields.chain([("decision", decision.to_owned())]);
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let decided = person.post(&url.join("/authorize/decision").unwrap(), &form).await.unwrap();
    person.follow(&decided.redirect().unwrap()).await.ok().map(|page| page.body)
}

/// A board whose accounts were all revoked, the first with the most workflows.
struct Desk {
    world: World,
    administrator: Administrator,
    connections: Vec<Connection>,
}

impl Desk {
    async fn with_revoked(count: u16) -> Self {
        let settings = Settings { staff: count, ..Settings::default() };
        let mut world = World::start_with(settings, timeouts(Duration::from_secs(10))).await;
        let mut connections = vec![];
        for number in 1..=count {
            world.signs_in_as(&format!("staff-{number}"));
            let name = Some(format!("Mailbox {number}"));
            connections.push(world.connect_with(ConnectRequest { name, ..world.request() }).await);
        }
        world.practice.consent_automatically(None);
        let administrator = Administrator::default();
        world.engine = engine(&world, &administrator);
        world.practice.revoke_all();
        for connection in &connections {
            world.refresh(&connection.id).await;
        }
        Self { world, administrator, connections }
    }

    fn engine(&self) -> &Engine {
        &self.world.engine
    }

    fn id(&self, number: usize) -> ConnectionId {
        self.connections[number - 1].id.clone()
    }

    /// So many workflows lean on it.
    fn lean(&self, number: usize, workflows: usize) {
        for workflow in 0..workflows {
            let dependant = NewDependant {
                workflow: format!("Workflow {workflow} of {number}"),
                place: Some("n8n".into()),
                step: None,
                owner: None,
            };
            self.engine().add_dependant(&self.id(number), dependant).unwrap();
        }
    }

    fn status(&self, number: usize) -> &'static str {
        self.world.status(&self.id(number)).0
    }
}

fn engine(world: &World, administrator: &Administrator) -> Engine {
    let (keychain, clock): (_, Clock) = (world.keychain.store(), world.clock.clone());
    let parts =
        EngineParts::open_with(world.folder.path(), keychain, clock, administrator.browser(), world.timeouts).unwrap();
    Engine::new(parts)
}

async fn until(engine: &Engine, wanted: impl Fn(&QueueNow) -> bool) -> QueueNow {
    let mut notices = engine.notices();
    within(async {
        loop {
            let now = engine.reconnect_queue().unwrap();
            let open = engine.list_sign_ins().into_iter().filter(|it| !it.progress.is_over()).count();
            assert!(open <= 1, "one browser tab at a time, and {open} are open");
            if wanted(&now) {
                return now;
            }
            drop(notices.recv().await);
        }
    })
    .await
}

async fn ended(engine: &Engine) -> QueueNow {
    until(engine, |now| matches!(now.course, Course::Ended)).await
}

fn state_of(now: &QueueNow, id: &ConnectionId) -> TurnState {
    now.queue.as_ref().unwrap().turn(id).unwrap().state.clone()
}

fn sum(now: &QueueNow) -> Sum {
    now.queue.as_ref().unwrap().sum()
}

/// E3: an administrator brings thirty revoked accounts back with thirty consents and no other click.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_revoked_accounts_come_back_with_thirty_consents_and_no_other_click() {
    let desk = Desk::with_revoked(30).await;
    desk.lean(17, 3);
    desk.lean(4, 1);
    let order: Vec<_> = desk.engine().reconnect_queue().unwrap().needing.into_iter().map(|it| it.name).collect();
    assert_eq!(order.len(), 30);
    assert_eq!(order[..2], ["Mailbox 17", "Mailbox 4"], "what stops most comes first");

    desk.engine().start_queue(None, WINDOW).unwrap();
    let now = ended(desk.engine()).await;

    assert_eq!(sum(&now), Sum { mended: 30, ..Sum::default() });
    assert_eq!(desk.administrator.tabs().len(), 30, "one tab each");
    assert_eq!(desk.administrator.tabs()[..2], ["staff-17", "staff-4"], "each as the account it had");
    assert!((1..=30).all(|number| desk.status(number) == "active"));
    for (number, connection) in (1..).zip(&desk.connections) {
        let after = desk.engine().connection(&connection.id).unwrap();
        assert_eq!(after.identity.subject, Some(format!("staff-{number}")), "the right account each time");
    }
    let queue = now.queue.unwrap();
    let page = desk.engine().pass_record(&queue.id).unwrap();
    assert!(page.contains("Every connection was brought back."), "{page}");
    assert_eq!(page.matches("| brought back |").count(), 30, "{page}");
    let table = desk.engine().pass_record_csv(&queue.id).unwrap();
    assert_eq!(table.lines().count(), 31, "a line for each");
    assert!(table.contains("staff-30@brightwater.example"), "{table}");
    assert!(desk.engine().reconnect_queue().unwrap().needing.is_empty(), "nothing is left");
}

/// E3, A7: skipped, handed over, refused, denied: each is told, the queue goes on, and what failed can be opened again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_to_nothing_is_told_with_its_cause_and_can_be_opened_again() {
    let desk = Desk::with_revoked(6).await;
    for number in 1..=6 {
        desk.lean(number, 7 - number);
    }
    let (wrong, denied, skipped, handed) = (desk.id(1), desk.id(2), desk.id(3), desk.id(5));
    desk.administrator.answers("staff-1", Answer::AllowAs("staff-6"));
    desk.administrator.answers("staff-2", Answer::Deny);
    desk.administrator.answers("staff-3", Answer::Leave);
    let note = desk.engine().handing_over_note(&handed).unwrap();
    assert!(note.contains("staff-5@brightwater.example") && note.contains("2 workflows"), "{note}");

    desk.engine().start_queue(None, WINDOW).unwrap();
    desk.engine().hand_over_turn(&handed).unwrap();
    until(desk.engine(), |now| matches!(state_of(now, &skipped), TurnState::Open { .. }) && now.sign_in.is_some())
        .await;
    desk.engine().skip_turn(&skipped).unwrap();
    let now = ended(desk.engine()).await;

    let page = desk.administrator.last_page("staff-1").await;
    assert!(page.contains("another account") && page.contains("refused it"), "nobody is asked: {page}");
    let of_wrong = now.queue.as_ref().unwrap().turn(&wrong).unwrap();
    assert_eq!(of_wrong.other_account.as_deref(), Some("staff-6@brightwater.example"));
    let failed = |cause| TurnState::Failed { why: TurnFailure::Cause(cause) };
    assert_eq!(state_of(&now, &wrong), failed(CauseLabel::WrongTenantOrAccount), "another account is refused");
    assert_eq!(state_of(&now, &denied), failed(CauseLabel::UserDeniedConsent));
    assert_eq!(sum(&now), Sum { mended: 2, skipped: 1, handed_over: 1, failed: 2, ..Sum::default() });
    assert_eq!(desk.status(1), "reauth_required", "nothing was replaced");
    let of_six = desk.world.practice.grants().into_iter().filter(|it| it.account == "staff-6" && it.is_alive());
    assert_eq!(of_six.count(), 1, "the refused grant was taken back");
    assert!(!desk.administrator.tabs().contains(&"staff-5".to_owned()), "what is somebody else's is not opened");
    assert_eq!(now.needing.len(), 4, "they still need a sign-in");

    desk.administrator.answers("staff-2", Answer::Allow);
    desk.engine().open_turn(&denied).unwrap();
    let now = ended(desk.engine()).await;
    assert_eq!(sum(&now).mended, 3, "a no was taken back");

    desk.administrator.answers("staff-3", Answer::Allow);
    desk.engine().put_turn_back(&skipped).unwrap();
    let now = ended(desk.engine()).await;
    assert!(matches!(state_of(&now, &skipped), TurnState::Reconnected { .. }), "a skip can be undone");
    assert!(desk.engine().put_turn_back(&skipped).is_err(), "what is back is not put back");
    let page = desk.engine().pass_record(&now.queue.unwrap().id).unwrap();
    assert!(
        page.contains("handed to somebody else") && page.contains("staff-6@brightwater.example, another account"),
        "{page}"
    );
}

/// E3: a tab that was skipped and is answered late is met by a page that says so, and changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_skipped_tab_that_is_answered_late_is_told_that_it_is_over() {
    let desk = Desk::with_revoked(2).await;
    desk.lean(1, 1);
    for account in ["staff-1", "staff-2"] {
        desk.administrator.answers(account, Answer::Leave);
    }
    desk.engine().start_queue(None, WINDOW).unwrap();
    let now = until(desk.engine(), |now| now.sign_in.is_some()).await;
    let tab = desk.engine().sign_in(&now.sign_in.unwrap()).unwrap().authorize_url;
    desk.engine().skip_turn(&desk.id(1)).unwrap();
    let opened = |now: &QueueNow| matches!(state_of(now, &desk.id(2)), TurnState::Open { .. }) && now.sign_in.is_some();
    until(desk.engine(), opened).await;

    let page = consent(&desk.administrator.person, &tab, "staff-1", &Answer::Allow).await;

    let page = page.expect("somebody is there");
    assert!(page.contains("This sign-in is over.") && page.contains("skipped"), "{page}");
    assert_eq!(desk.status(1), "reauth_required", "it changed nothing");
    let now = desk.engine().reconnect_queue().unwrap();
    assert_eq!(state_of(&now, &desk.id(1)), TurnState::Skipped);
    assert!(opened(&now), "nor does the next mind");

    desk.engine().stop_queue().unwrap();
    ended(desk.engine()).await;
    desk.world.clock.advance(HOUR);
    within(async {
        while consent(&desk.administrator.person, &tab, "staff-1", &Answer::Allow).await.is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A7: who chose a turn is there to say yes to another account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_is_decided_where_a_person_chose_the_turn() {
    let desk = Desk::with_revoked(2).await;
    desk.administrator.answers("staff-1", Answer::AllowAs("mira"));
    desk.engine().start_queue(Some(&[desk.id(1)]), WINDOW).unwrap();
    ended(desk.engine()).await;

    desk.engine().open_turn(&desk.id(1)).unwrap();
    let asks = |now: &QueueNow| {
        let sign_in = now.sign_in.as_ref().and_then(|id| desk.engine().sign_in(id).ok());
        sign_in.is_some_and(|it| matches!(it.progress, SignInProgress::NeedsDecision { .. }))
    };
    let now = until(desk.engine(), asks).await;
    let decision = domain::connection::reconnect::ReconnectDecision::Replace;
    desk.engine().decide_reconnect(&now.sign_in.unwrap(), decision).unwrap();

    let now = ended(desk.engine()).await;
    assert!(matches!(state_of(&now, &desk.id(1)), TurnState::Reconnected { .. }));
    assert_eq!(now.queue.unwrap().turns.len(), 1, "it was begun for one alone");
}

/// E3: nobody answers, so no tab is opened upon the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_that_nobody_answers_waits_and_goes_on_when_told() {
    let desk = Desk::with_revoked(3).await;
    desk.administrator.answers("staff-1", Answer::Leave);
    desk.lean(1, 1);
    desk.engine().start_queue(None, WINDOW).unwrap();
    until(desk.engine(), |now| now.sign_in.is_some()).await;

    desk.world.clock.advance(HOUR / 4);
    let now = until(desk.engine(), |now| matches!(now.course, Course::Paused(_))).await;

    assert!(matches!(now.course, Course::Paused(PauseReason::NobodySignedIn)));
    assert_eq!(state_of(&now, &desk.id(1)), TurnState::Failed { why: TurnFailure::NobodySignedIn });
    assert_eq!(desk.administrator.tabs(), ["staff-1"], "nobody is there: no further tab opens");

    desk.engine().resume_queue(WINDOW).unwrap();
    assert_eq!(sum(&ended(desk.engine()).await).mended, 2);
}

/// E3: the program ends in the middle; the next start takes the pass up, with what was done in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_that_the_program_left_is_taken_up_at_the_next_start() {
    let desk = Desk::with_revoked(4).await;
    desk.lean(1, 2);
    desk.lean(2, 1);
    desk.administrator.answers("staff-2", Answer::Leave);
    desk.engine().start_queue(None, WINDOW).unwrap();
    until(desk.engine(), |now| matches!(state_of(now, &desk.id(2)), TurnState::Open { .. }) && now.sign_in.is_some())
        .await;

    assert!(desk.engine().end_sign_ins(Duration::from_secs(10)).await, "what was open is over");
    let next = engine(&desk.world, &desk.administrator);

    let left = next.reconnect_queue().unwrap();
    assert!(matches!(left.course, Course::LeftBehind), "{:?}", left.course);
    assert_eq!(sum(&left), Sum { mended: 1, left: 3, ..Sum::default() }, "no sign-in was taken for cancelled by hand");
    assert_eq!(desk.administrator.tabs().len(), 2, "and no tab opened while it ended");

    desk.administrator.answers("staff-2", Answer::Allow);
    next.resume_queue(WINDOW).unwrap();
    assert_eq!(sum(&ended(&next).await), Sum { mended: 4, ..Sum::default() });
    assert_eq!(next.list_passes(9).unwrap().len(), 1, "it is one pass");
}

/// E3, B3: two programs on one board open one tab, and each sees what the other brought back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_program_runs_the_queue_and_sees_what_another_brought_back() {
    let desk = Desk::with_revoked(3).await;
    desk.lean(1, 2);
    desk.administrator.answers("staff-1", Answer::Leave);
    let other = Administrator::default();
    let elsewhere = engine(&desk.world, &other);
    let _watch = desk.engine().watch();
    desk.engine().start_queue(None, WINDOW).unwrap();
    until(desk.engine(), |now| now.sign_in.is_some()).await;

    assert!(matches!(elsewhere.start_queue(None, WINDOW), Err(Error::QueueElsewhere)));
    assert!(matches!(elsewhere.reconnect_queue().unwrap().course, Course::Elsewhere));

    for number in [3, 1] {
        let sign_in = elsewhere.begin_reconnect(&desk.id(number), true).await.unwrap();
        super::support::ended(&elsewhere, &sign_in.id).await;
    }
    let now = ended(desk.engine()).await;

    assert_eq!(state_of(&now, &desk.id(1)), TurnState::CameBack, "though its tab was open here");
    assert_eq!(state_of(&now, &desk.id(3)), TurnState::CameBack, "and nobody is sent through it once more");
    assert!(matches!(state_of(&now, &desk.id(2)), TurnState::Reconnected { .. }));
    assert_eq!(desk.administrator.tabs(), ["staff-1", "staff-2"]);
}

/// E3: what breaks while the queue runs joins it; what is disconnected leaves it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_meanwhile_joins_and_what_is_disconnected_leaves() {
    let desk = Desk::with_revoked(3).await;
    desk.lean(1, 2);
    let late = desk.id(3);
    desk.engine().start_queue(Some(std::slice::from_ref(&late)), WINDOW).unwrap();
    ended(desk.engine()).await;
    desk.administrator.answers("staff-1", Answer::Leave);
    desk.engine().start_queue(None, WINDOW).unwrap();
    let now = until(desk.engine(), |now| now.sign_in.is_some()).await;
    assert_eq!(now.queue.unwrap().turns.len(), 2);

    desk.world.practice.revoke_all();
    desk.world.refresh(&late).await;
    until(desk.engine(), |now| now.queue.as_ref().is_some_and(|queue| queue.turn(&late).is_some())).await;
    desk.engine().disconnect(&desk.id(2)).await.unwrap();
    until(desk.engine(), |now| state_of(now, &desk.id(2)) == TurnState::Gone).await;
    desk.engine().skip_turn(&desk.id(1)).unwrap();

    let now = ended(desk.engine()).await;
    assert!(matches!(state_of(&now, &late), TurnState::Reconnected { .. }));
    assert_eq!(sum(&now), Sum { mended: 1, skipped: 1, gone: 1, ..Sum::default() });
    assert_eq!(desk.engine().list_passes(9).unwrap().len(), 2);
}

/// E3, A3: what would be in the way of each that follows stops the queue, and nothing is told as failed for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_pauses_the_queue_and_spends_no_turn() {
    let desk = Desk::with_revoked(3).await;
    desk.world.keychain.be(Mood::Locked);
    desk.engine().start_queue(None, WINDOW).unwrap();

    let now = until(desk.engine(), |now| matches!(now.course, Course::Paused(_))).await;
    assert!(matches!(now.course, Course::Paused(PauseReason::Ours(_))), "{:?}", now.course);
    assert_eq!(sum(&now), Sum { left: 3, ..Sum::default() });

    desk.world.keychain.be(Mood::Willing);
    desk.engine().resume_queue(WINDOW).unwrap();
    assert_eq!(sum(&ended(desk.engine()).await).mended, 3);
}

/// E3: paused it opens no further tab, stopped it says what is left; asked twice it is one pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_paused_stopped_and_begun_once() {
    let desk = Desk::with_revoked(4).await;
    desk.lean(1, 1);
    desk.administrator.answers("staff-1", Answer::Leave);
    desk.engine().start_queue(None, WINDOW).unwrap();
    desk.engine().start_queue(None, WINDOW).unwrap();
    until(desk.engine(), |now| now.sign_in.is_some()).await;

    desk.engine().pause_queue().unwrap();
    desk.engine().skip_turn(&desk.id(1)).unwrap();
    until(desk.engine(), |now| now.sign_in.is_none()).await;
    assert_eq!(desk.administrator.tabs(), ["staff-1"], "no further tab");

    let now = desk.engine().stop_queue().unwrap();
    assert!(matches!(now.course, Course::Ended));
    assert_eq!(sum(&now), Sum { skipped: 1, left: 3, ..Sum::default() });
    assert!(matches!(desk.engine().dismiss_queue().unwrap().course, Course::Idle));
    assert_eq!(desk.engine().list_passes(9).unwrap().len(), 1, "the record stays");
    assert!(desk.engine().pause_queue().is_err(), "there is none under way");
}

/// E3: where nothing needs a sign-in there is nothing to begin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_of_nothing_is_not_begun() {
    let world = World::start().await;
    world.connect().await;

    assert!(matches!(world.engine.start_queue(None, WINDOW), Err(Error::BadInput(_))));
    assert!(matches!(world.engine.reconnect_queue().unwrap().course, Course::Idle));
}
