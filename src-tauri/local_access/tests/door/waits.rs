//! Programs that wait: for a person's word, for a sign-in, seen by whoever looks at the board [D1, F2, F3, S147].

use domain::connection::Connection;
use domain::program::Permission;
use engine::flows::refresh::RefreshWhy;
use engine::{Engine, Notice};
use local_access::protocol::{Read, RefusalCode, Request};

use crate::support::{Board, handed_out, refused, token_of, within};

fn wait_for(connection: &Connection, timeout: Option<u64>) -> Request {
    Request::Wait { connections: vec![connection.id.to_string()], scopes: vec![], timeout }
}

/// Comes back once the engine is as it should be; looks again whenever something about programs changed.
async fn until(engine: &Engine, is_so: impl Fn(&Engine) -> bool) {
    let mut notices = engine.notices();
    within(async {
        while !is_so(engine) {
            while notices.recv().await.unwrap() != Notice::ProgramsChanged {}
        }
    })
    .await;
}

/// F2, F3: who waits for a person's word goes on when it is said, and asks once more for its token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_to_be_allowed_goes_on_when_a_person_says_so() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let (mut client, asked) = (board.client().await, wait_for(&connection, None));
    let waiting = tokio::spawn(async move { client.wait(&asked).await.unwrap() });
    until(&board.engine, |it| !it.open_questions().unwrap().is_empty()).await;
    assert!(!waiting.is_finished());
    assert_eq!(board.engine.learned_programs().unwrap(), [], "who was not let in hangs on nothing");

    let question = board.engine.open_questions().unwrap().remove(0);
    board.engine.say_of_program(&question.id, &connection.id, Permission::Always { until: None }).unwrap();

    let told = within(waiting).await.unwrap();
    assert!(matches!(&told, Read::Preflight { verdict, .. } if verdict == "ready"), "{told:?}");
    handed_out(board.ask(&token_of(&connection)).await);
    let listed = board.engine.program_permissions().unwrap().remove(0);
    assert_eq!(listed.token_at, Some(board.engine.now()), "the list says when it got one");
    let learned = board.engine.learned_programs().unwrap();
    assert_eq!((learned.len(), &learned[0].path), (1, &listed.program.path().to_owned()));
}

/// F2: one that nobody answers is told so when its time is up, and one that is refused at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_to_be_allowed_in_vain_is_told_so() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();

    let up = board.client().await.wait(&wait_for(&connection, Some(0))).await.unwrap();
    assert_eq!(refused(up).code, RefusalCode::PermissionNeeded);

    let question = board.engine.open_questions().unwrap().remove(0);
    board.engine.say_of_program(&question.id, &connection.id, Permission::Never).unwrap();
    let no = board.client().await.wait(&wait_for(&connection, None)).await.unwrap();
    assert_eq!(refused(no).code, RefusalCode::PermissionRefused);
}

/// F3: a program that waits for a sign-in is listed as long as it is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_waits_is_listed_until_it_leaves() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    refused(board.ask(&token_of(&connection)).await);
    let question = board.engine.open_questions().unwrap().remove(0);
    board.engine.say_of_program(&question.id, &connection.id, Permission::Always { until: None }).unwrap();
    assert_eq!(board.practice.revoke_all(), 1);
    board.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();

    let (mut client, asked) = (board.client().await, wait_for(&connection, None));
    let waiting = tokio::spawn(async move { client.wait(&asked).await.unwrap() });
    until(&board.engine, |it| !it.blocked_runs().unwrap().is_empty()).await;
    let run = board.engine.blocked_runs().unwrap().remove(0);
    assert_eq!((run.name.as_str(), &run.needs[..]), (question.program.name(), std::slice::from_ref(&connection.id)));
    waiting.abort();

    until(&board.engine, |it| it.blocked_runs().unwrap().is_empty()).await;
}

/// D3, F3: that a program waits on for hours is one run of it, whatever changes on the board meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_hours_was_seen_once() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let question = crate::support::program_in(&refused(board.ask(&token_of(&connection)).await));
    board.engine.say_of_program(&question, &connection.id, Permission::Always { until: None }).unwrap();
    assert_eq!(board.practice.revoke_all(), 1);
    board.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
    let began = board.engine.now();
    let (mut client, asked) = (board.client().await, wait_for(&connection, None));
    let waiting = tokio::spawn(async move { client.wait(&asked).await.unwrap() });
    until(&board.engine, |it| !it.blocked_runs().unwrap().is_empty()).await;
    board.pass_time(std::time::Duration::from_secs(3 * 3_600));

    let again = board.engine.begin_reconnect(&connection.id, true).await.unwrap();
    board.settled(again).await;
    let told = within(waiting).await.unwrap();

    assert!(matches!(&told, Read::Preflight { verdict, .. } if verdict == "ready"), "{told:?}");

    let learned = board.engine.learned_programs().unwrap().remove(0);
    assert_eq!((learned.uses[0].count, learned.uses[0].last_at), (1, began));
}

/// F3: a run that is over is listed no more, also where the disk did not take that at once and its process lives on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_ended_on_a_full_disk_is_taken_from_the_list_later() {
    let board = Board::start().await;
    let needs = vec![board.connect().await.id];
    let others = board.opened_again();
    let run = board.engine.list_blocked(None, needs.clone()).unwrap();
    assert_eq!(others.blocked_runs().unwrap().len(), 1);

    board.fill_disk(true);
    drop(run);

    assert_eq!(board.engine.blocked_runs().unwrap(), [], "this process knows that it is over");
    board.fill_disk(false);
    let next = board.engine.list_blocked(None, needs).unwrap();
    assert_eq!(board.engine.blocked_runs().unwrap().len(), 1);
    drop(next);
    assert_eq!(others.blocked_runs().unwrap(), []);
}

/// F3: who watches over the board tries it again by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_takes_what_ended_on_a_full_disk_from_the_list() {
    let board = Board::start().await;
    let needs = vec![board.connect().await.id];
    let others = board.opened_again();
    let _watch = board.engine.watch();
    let run = board.engine.list_blocked(None, needs).unwrap();
    board.fill_disk(true);
    drop(run);
    board.fill_disk(false);

    until(&board.engine, |_| others.blocked_runs().unwrap().is_empty()).await;
}

/// S149: who was allowed nothing takes a few places to wait, and none of those who were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_allowed_nothing_takes_nobodys_place_to_wait() {
    let board = Board::start().await;
    let allowed = board.connect().await;
    assert!(board.practice.consent_automatically(Some("jonas")));
    let other = board.connect().await;
    let _door = board.open();
    let question = crate::support::program_in(&refused(board.ask(&token_of(&allowed)).await));
    board.engine.say_of_program(&question, &allowed.id, Permission::Always { until: None }).unwrap();
    assert_eq!(board.practice.revoke_all(), 2);
    board.engine.refresh(&allowed.id, RefreshWhy::Person).await.unwrap();

    let mut waiting = tokio::task::JoinSet::new();
    let mut refusals = 0;
    // Until each of many has a place, or was told that there is none.
    for _ in 0..70 {
        let (mut client, asked) = (board.client().await, wait_for(&other, None));
        waiting.spawn(async move { client.wait(&asked).await.unwrap() });
    }
    while refusals < 66 {
        let told = within(waiting.join_next()).await.unwrap().unwrap();
        assert_eq!(refused(told).code, RefusalCode::Busy);
        refusals += 1;
    }

    let (mut client, asked) = (board.client().await, wait_for(&allowed, None));
    let blocked = tokio::spawn(async move { client.wait(&asked).await.unwrap() });
    until(&board.engine, |it| !it.blocked_runs().unwrap().is_empty()).await;
    assert_eq!(waiting.len(), 4, "those wait to be allowed");
    assert!(!blocked.is_finished());
    blocked.abort();
}
