//! Floods, garbage, and those who never read: the others are served all the same [S145, S149].

use std::time::Duration;

use domain::program::Unasked;
use local_access::frames::frame;
use local_access::protocol::{Read, RefusalCode, Request, VERSION};
use local_access::{AskFailed, Client, Door, DoorError, Rules};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::support::{Board, ask_raw, greeted, handed_out, raw, read_raw, refused, rules, token_of, within};

const SOON: Duration = Duration::from_millis(300);

/// S147: of ten thousand requests without permission none is served, none reaches a provider, and one question is left;
/// of a hundred thousand too, for `./dev door-flood`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_requests_without_permission_get_nothing() {
    let each_asks = if std::env::var_os("PATCHBAY_WHOLE_FLOOD").is_some() { 2_000 } else { 200 };
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open();
    board.practice.clear_log();
    let before = board.engine.list_events(None, 1_000).unwrap().len();

    let mut asking = JoinSet::new();
    for _ in 0..50 {
        let (mut stream, id) = (greeted(&door).await, connection.id.to_string());
        asking.spawn(async move {
            let (connections, scopes) = (vec![id.clone()], vec![]);
            let each = [
                Request::Token { connection: id, min_valid: None, scopes: vec![] },
                Request::Preflight { connections, scopes, min_valid: None, known: false },
            ];
            let mut count = 0;
            for request in each.iter().cycle().take(each_asks) {
                let told = ask_raw(&mut stream, request).await.expect("an answer");
                assert_eq!(refused(told).code, RefusalCode::PermissionNeeded);
                count += 1;
            }
            count
        });
    }
    let count: usize = asking.join_all().await.into_iter().sum();

    assert_eq!(count, 50 * each_asks);
    assert_eq!(board.engine.program_permissions().unwrap().len(), 1);
    assert_eq!(board.practice.log().len(), 0);
    assert_eq!(board.engine.list_events(None, 1_000).unwrap().len(), before);
}

/// S145: who tidies a folder up knows nothing of the socket in it; programs find it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_was_removed_is_made_anew() {
    let board = Board::start().await;
    let door = board.open_with(Rules { look_every: Duration::from_millis(20), ..rules() });
    let socket = door.socket().to_owned();

    for removes_folder in [false, true] {
        if removes_folder {
            std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
        } else {
            std::fs::remove_file(&socket).unwrap();
        }
        let mut client = within(async {
            loop {
                match Client::find(board.folder.path()).await {
                    Ok(Some(client)) => break client,
                    // Its mode is not set yet.
                    Ok(None) | Err(AskFailed::Untrusted(_)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        })
        .await;
        assert!(matches!(within(client.ask(&Request::Status {})).await.unwrap(), Read::Status { .. }));
    }

    let another = board.folder.path().join("another");
    std::fs::write(&another, "another's").unwrap();
    std::fs::rename(&another, &socket).unwrap();
    assert!(matches!(Client::find(board.folder.path()).await, Err(AskFailed::Untrusted(_))));
    drop(door);
    assert_eq!(std::fs::read_to_string(&socket).unwrap(), "another's", "what is not its own it leaves");
}

/// S149: one too many is told so at once, and is let in when another has left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_too_many_is_told_to_come_again() {
    let board = Board::start().await;
    let door = board.open();
    let mut inside = vec![];
    for _ in 0..64 {
        inside.push(greeted(&door).await);
    }

    let turned_away = within(Client::find(board.folder.path())).await.unwrap_err();
    assert!(matches!(&turned_away, AskFailed::Refused(it) if it.code == RefusalCode::Busy), "{turned_away:?}");
    drop(inside.pop());

    assert!(matches!(board.ask_when_free(&Request::Status {}).await, Read::Status { .. }));
}

/// S149: garbage, what is too long and what never ends closes its own connection, and nobody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_ends_itself_alone() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let door = board.open_with(Rules { time: SOON, ..rules() });
    let gibibyte = (1_u32 << 30).to_be_bytes();
    let half = &frame(&Request::Hello { version: VERSION }).unwrap()[..9];
    let garbage = [&12_u32.to_be_bytes()[..], b"not a letter"].concat();
    for (bytes, code) in [
        (&gibibyte[..], RefusalCode::BadRequest),
        (&garbage, RefusalCode::BadRequest),
        (&[0; 4], RefusalCode::BadRequest),
        (half, RefusalCode::TooSlow),
        (&[0, 0], RefusalCode::TooSlow),
    ] {
        let mut stream = raw(&door).await;
        stream.write_all(bytes).await.unwrap();

        handed_out(board.ask_until_done(&token_of(&connection)).await);
        let told = read_raw(&mut stream).await.expect("it is told why");

        assert_eq!(refused(told).code, code, "{bytes:?}");
        assert!(read_raw(&mut stream).await.is_none(), "and that was all");
    }
}

/// S149: the version comes first, and it must be ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_another_version_is_told_so() {
    let board = Board::start().await;
    let door = board.open();
    for first in [Request::Hello { version: VERSION + 1 }, Request::Status {}] {
        let mut stream = raw(&door).await;

        let told = ask_raw(&mut stream, &first).await.expect("an answer");

        assert_eq!(refused(told).code, RefusalCode::Version);
        assert!(read_raw(&mut stream).await.is_none());
    }
}

/// S149: who asks and never reads is let go of; the others wait for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_is_let_go_of() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let door = board.open_with(Rules { time: SOON, ..rules() });
    let mut stream = greeted(&door).await;
    let status = frame(&Request::Status {}).unwrap();

    let flood = async { while stream.write_all(&status).await.is_ok() {} };
    within(flood).await;

    handed_out(board.ask_until_done(&token_of(&connection)).await);
    let mut rest = vec![];
    drop(within(stream.read_to_end(&mut rest)).await);
    assert!(rest.len() < 1 << 20, "what was owed ends: {}", rest.len());
}

/// S145: one program listens for a board; the next one takes over when it has gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_door_at_a_time() {
    let board = Board::start().await;
    assert!(within(Client::find(board.folder.path())).await.unwrap().is_none(), "nobody listens yet");
    let door = board.open();

    assert!(matches!(Door::open(&board.engine, rules()), Err(DoorError::Taken)));
    assert!(matches!(board.ask(&Request::Status {}).await, Read::Status { version: VERSION, .. }));
    let socket = door.socket().to_owned();
    drop(door);
    assert!(!socket.exists());
    assert!(within(Client::find(board.folder.path())).await.unwrap().is_none());

    // As a program leaves it that was killed.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    let _next = board.open();
    assert!(matches!(board.ask(&Request::Status {}).await, Read::Status { .. }));
}

/// S145: what others may write to is not spoken to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_others_may_use_is_not_spoken_to() {
    let board = Board::start().await;
    let door = board.open();
    let folder = door.socket().parent().unwrap();
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();

    let looked = within(Client::find(board.folder.path())).await;

    assert!(matches!(looked, Err(AskFailed::Untrusted(_))), "{looked:?}");
}

/// F2: who came second opens the door once the first has ended, and not before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_second_takes_the_door_over() {
    let board = Board::start().await;
    let connection = board.connect().await;
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let first = board.open();
    let often = Rules { open_every: Duration::from_millis(20), ..rules() };
    assert!(matches!(Door::open(&board.engine, often.clone()), Err(DoorError::Taken)));
    let engine = board.engine.clone();
    let second = tokio::spawn(async move { Door::open_when_free(&engine, often).await });
    handed_out(board.ask(&token_of(&connection)).await);
    assert!(!second.is_finished());

    drop(first);

    let _second = within(second).await.unwrap().expect("there is a door here");
    handed_out(board.ask(&token_of(&connection)).await);
}
