//! What is handed out, what is recorded of it, and what is said where there is nothing [F1, F3, S148, S150].

use std::time::Duration;

use domain::Secret;
use domain::program::{Permission, Unasked};
use engine::flows::refresh::RefreshWhy;
use local_access::protocol::{Read, RefusalCode, Request};
use local_access::{Client, Rules};
use practice::{Endpoint, Faults, GrantType};
use tokio::task::JoinSet;

use crate::support::{Board, ask_raw, greeted, handed_out, program_in, refused, rules, token_of, within};

const HOUR: Duration = Duration::from_secs(3_600);

/// S148, S150: each token that goes out is an event with who took it and its fingerprint.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_get_their_token_and_leave_as_many_events() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let door = board.open();
    board.pass_time(HOUR);
    let mut streams = vec![];
    for _ in 0..64 {
        streams.push(greeted(&door).await);
    }

    let mut asking = JoinSet::new();
    for mut stream in streams {
        let asked = token_of(&connection);
        asking.spawn(async move { ask_raw(&mut stream, &asked).await.expect("an answer") });
    }
    let told = within(asking.join_all()).await;

    let tokens: Vec<_> = told.into_iter().map(handed_out).collect();
    assert_eq!(tokens.len(), 64);
    assert!(tokens.iter().all(|it| *it == tokens[0]), "one refresh for all");
    let deliveries = board.deliveries();
    assert_eq!(deliveries.len(), 64);
    let exe = std::env::current_exe().unwrap();
    for event in deliveries {
        assert_eq!(event.connection.as_ref(), Some(&connection.id));
        assert_eq!(event.subject.as_deref(), exe.file_name().unwrap().to_str());
        assert_eq!(event.token_fingerprint, Some(Secret::new(tokens[0].clone()).fingerprint()));
    }
}

/// S147, S150: of many that come with a permission for one token, one gets it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_is_one_token_however_many_ask_at_once() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open();
    let program = program_in(&refused(board.ask(&token_of(&connection)).await));
    board.engine.say_of_program(&program, &connection.id, Permission::Once).unwrap();

    let mut asking = JoinSet::new();
    for _ in 0..20 {
        let (mut stream, asked) = (greeted(&door).await, token_of(&connection));
        asking.spawn(async move { ask_raw(&mut stream, &asked).await.expect("an answer") });
    }
    let told = within(asking.join_all()).await;

    let (tokens, refusals): (Vec<_>, Vec<_>) = told.into_iter().partition(|it| matches!(it, Read::Token { .. }));
    assert_eq!((tokens.len(), board.deliveries().len()), (1, 1));
    assert!(refusals.into_iter().all(|it| refused(it).code == RefusalCode::PermissionNeeded));
}

/// S148: what was asked for stands in the event, and what was not granted is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_was_not_granted_is_no_token() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let _door = board.open();
    let with = |scope: &str| Request::Token {
        connection: connection.name.clone(),
        min_valid: Some(60),
        scopes: vec![scope.to_owned()],
    };
    let granted = connection.scopes.granted.first().expect("a scope was granted").clone();

    let refusal = refused(board.ask(&with("moon.write")).await);
    handed_out(board.ask(&with(&granted)).await);

    assert_eq!((refusal.code, refusal.lacking_scopes), (RefusalCode::ScopeMissing, vec!["moon.write".to_owned()]));
    let subject = board.deliveries()[0].subject.clone().unwrap();
    assert!(subject.ends_with(&format!(" for {granted}")), "{subject}");
    assert_eq!(board.deliveries().len(), 1);
}

/// F1: a grant that is over is said to be, with the way back; nothing is handed out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_grant_is_blocked_and_says_how_it_comes_back() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let _door = board.open();
    assert_eq!(board.practice.revoke_all(), 1);
    board.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();

    let refusal = refused(board.ask(&token_of(&connection)).await);
    let asked = Request::Preflight {
        connections: vec![connection.id.to_string()],
        min_valid: None,
        scopes: vec![],
        known: true,
    };
    let told = board.ask(&asked).await;

    assert_eq!(refusal.code, RefusalCode::BlockedOnAuth);
    assert_eq!(refusal.reconnect, Some(format!("patchbay://reconnect/{}", connection.id)));
    let Read::Preflight { verdict, connections, good_until: None } = told else { panic!("{told:?}") };
    assert_eq!((verdict.as_str(), connections.len()), ("blocked_on_auth", 1));
    assert_eq!(connections[0].reconnect, refusal.reconnect);
    assert_eq!(board.deliveries().len(), 0);
    let nobody = Request::Token { connection: "Nobody".into(), min_valid: None, scopes: vec![] };
    assert_eq!(refused(board.ask(&nobody).await).code, RefusalCode::NoSuchConnection);
}

/// F1: a token that nobody has refreshed yet is too short-lived for a run only where its provider issues no longer ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_known_of_an_old_token_is_judged_by_what_its_provider_issues() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let _door = board.open();
    board.pass_time(HOUR * 2 / 3);
    let ask = async |minutes: u64, known: bool| {
        let connections = vec![connection.id.to_string()];
        let asked = Request::Preflight { connections, min_valid: Some(minutes * 60), scopes: vec![], known };
        match board.ask(&asked).await {
            Read::Preflight { verdict, connections, .. } => (verdict, connections[0].is_too_short),
            told => panic!("{told:?}"),
        }
    };

    assert_eq!(ask(10, true).await, ("ready".to_owned(), false));
    assert_eq!(ask(30, true).await, ("ready".to_owned(), false), "the run refreshes it");
    assert_eq!(ask(61, true).await, ("too_short".to_owned(), true));
    assert_eq!(ask(30, false).await, ("ready".to_owned(), false), "and it did");
    assert_eq!(ask(61, false).await, ("too_short".to_owned(), true));
}

/// F3: who waits is told when a person has reconnected, asks no provider, and takes nobody's place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_goes_on_when_a_person_has_reconnected() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let door = board.open_with(Rules { most_clients: 1, ..rules() });
    assert_eq!(board.practice.revoke_all(), 1);
    board.engine.refresh(&connection.id, RefreshWhy::Person).await.unwrap();
    board.practice.clear_log();
    let wait = || Request::Wait { connections: vec![connection.id.to_string()], scopes: vec![], timeout: None };
    let mut first = greeted(&door).await;
    let asked = wait();
    let waiting = tokio::spawn(async move { ask_raw(&mut first, &asked).await });
    let connections = vec![connection.id.to_string()];
    let known = Request::Preflight { connections, min_valid: None, scopes: vec![], known: true };

    // The one place is free again once the first one waits.
    let up = board.ask_when_free(&known).await;
    assert!(matches!(&up, Read::Preflight { verdict, .. } if verdict == "blocked_on_auth"), "{up:?}");
    assert!(!waiting.is_finished());
    let too_many = refused(board.ask_when_free(&wait()).await);
    assert_eq!(too_many.code, RefusalCode::Busy, "those who wait have an end, too");
    assert_eq!(board.practice.log().len(), 0, "no provider is asked");
    let sign_in = board.engine.begin_reconnect(&connection.id, true).await.unwrap();
    board.settled(sign_in).await;

    let told = within(waiting).await.unwrap().expect("an answer");
    assert!(matches!(&told, Read::Preflight { verdict, .. } if verdict == "ready"), "{told:?}");
}

/// S149: nobody is kept waiting for long; the refresh goes on, once, and the next to ask finds it done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_takes_long_goes_on_without_who_asked() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let _door = board.open_with(Rules { time: Duration::from_millis(300), ..rules() });
    board.pass_time(HOUR);
    board.practice.clear_log();
    board.practice.set_faults(Faults::default().answers_slowly(Duration::from_secs(2)));

    let refusal = refused(board.ask(&token_of(&connection)).await);
    assert_eq!(refusal.code, RefusalCode::StillAtIt);
    let token = loop {
        match board.ask(&token_of(&connection)).await {
            Read::Refused(refusal) => assert_eq!(refusal.code, RefusalCode::StillAtIt),
            told => break handed_out(told),
        }
    };

    assert!(!token.is_empty());
    let log = board.practice.log();
    let refreshes =
        log.iter().filter(|it| it.endpoint == Endpoint::Token && it.grant_type == Some(GrantType::RefreshToken));
    assert_eq!(refreshes.count(), 1);
    assert_eq!(board.deliveries().len(), 1);
}

/// S145: a folder that was emptied or replaced holds another board, and whoever serves the one before says nothing for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_door_answers_for_no_board_but_its_own() {
    let board = Board::start().await;
    let door = board.open();
    let find = async || within(Client::find(board.folder.path())).await.unwrap();
    assert!(find().await.is_some());

    let database = board.folder.path().join("patchbay.db");
    std::fs::rename(&database, board.folder.path().join("before.db")).unwrap();
    assert!(find().await.is_none(), "no board is there");
    std::fs::write(&database, "").unwrap();
    assert!(find().await.is_none(), "another one is");

    let socket = door.socket().to_owned();
    std::fs::remove_file(&socket).unwrap();
    let _others = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    drop(door);
    assert!(socket.exists(), "who ends takes no other's socket with it");
}
