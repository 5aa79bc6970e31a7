//! Which program asks, and what a person said of it [S146, S147].

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use domain::open_questions::MOST_OF_A_GROUP;
use domain::program::{AskingProgram, Permission, ProgramFile, Unasked};
use engine::Notice;
use engine::flows::programs::{Caller, MayUse};
use local_access::Rules;
use local_access::frames::frame;
use local_access::protocol::{Read, RefusalCode, Request, VERSION};
use serde_json::Value;

use crate::support::{
    Board, REQUEST, SOCKET, copy_of_this_program, handed_out, program_in, refused, rules, run, token_of,
};

/// No test of its own: what the programs do that these tests start.
#[test]
fn asks_where_it_is_told_to() {
    let (Some(socket), Ok(request)) = (std::env::var_os(SOCKET), std::env::var(REQUEST)) else { return };
    let mut stream = std::os::unix::net::UnixStream::connect(socket).expect("the socket can be reached");
    let mut told = None;
    let request: Request = serde_json::from_str(&request).unwrap();
    for request in [Request::Hello { version: VERSION }, request] {
        told = ask(&mut stream, &request);
    }
    println!("TOLD {}", serde_json::to_string(&told).unwrap());
}

fn ask(stream: &mut std::os::unix::net::UnixStream, request: &Request) -> Option<Value> {
    stream.write_all(&frame(request).unwrap()).ok()?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).ok()?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(head)).unwrap()];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// S147: a person is asked once; what was said holds, until it is taken back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_what_a_person_allowed_and_nothing_before() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let asked = token_of(&connection);

    let program = program_in(&refused(board.ask(&asked).await));
    assert_eq!(program_in(&refused(board.ask(&asked).await)), program, "it is one question");
    let waiting = board.engine.program_permissions().unwrap();
    assert_eq!((waiting.len(), waiting[0].permission), (1, Permission::Asked));
    assert_eq!(waiting[0].program.file.path, std::env::current_exe().unwrap().to_str().unwrap());

    assert!(board.engine.say_of_program(&program, &connection.id, Permission::Always { until: None }).unwrap());
    handed_out(board.ask(&asked).await);
    board.engine.say_of_program(&program, &connection.id, Permission::Never).unwrap();
    assert_eq!(refused(board.ask(&asked).await).code, RefusalCode::PermissionRefused);
    assert_eq!(board.engine.forget_permissions(&program, None).unwrap(), 1);
    assert_ne!(program_in(&refused(board.ask(&asked).await)), program, "it is asked about anew");
    assert_eq!(board.deliveries().len(), 1);
}

/// S147: a permission ends with its day.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_ends_when_its_time_does() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let asked = token_of(&connection);
    let program = program_in(&refused(board.ask(&asked).await));
    let hour = std::time::Duration::from_secs(3_600);
    let until = board.clock.now().checked_add(hour).ok();
    board.engine.say_of_program(&program, &connection.id, Permission::Always { until }).unwrap();

    handed_out(board.ask(&asked).await);
    board.pass_time(hour);

    assert_eq!(program_in(&refused(board.ask(&asked).await)), program);
    assert_eq!(board.engine.program_permissions().unwrap()[0].permission, Permission::Asked);
}

/// S147: what was allowed once is over with the one token: nobody is asked before the program asks again, and it is none of
/// those of whom nobody said anything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_allowed_once_is_used_up_by_one_token() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let asked = token_of(&connection);
    let program = program_in(&refused(board.ask(&asked).await));
    board.engine.say_of_program(&program, &connection.id, Permission::Once).unwrap();
    let mut notices = board.engine.notices();

    handed_out(board.ask(&asked).await);

    assert_eq!(board.engine.open_questions().unwrap(), [], "nobody asks any more");
    let over = Permission::Always { until: Some(board.engine.now()) };
    assert_eq!(board.engine.program_permissions().unwrap()[0].permission, over);
    let is_told = std::iter::from_fn(|| notices.try_recv().ok()).any(|it| it == Notice::ProgramsChanged);
    assert!(is_told, "whoever shows it draws it anew");
    board.engine.set_unasked(Unasked::Allow).unwrap();
    for _ in 0..3 {
        assert_eq!(program_in(&refused(board.ask(&asked).await)), program);
    }
    assert_eq!((board.engine.open_questions().unwrap().len(), board.deliveries().len()), (1, 1));
}

/// S149: on a full disk who finds no room is turned away, and nobody is woken again and again for a count that cannot be
/// written; it is written once there is room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_that_cannot_be_written_wakes_nobody() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let ask = |number: usize| {
        let file = ProgramFile { path: format!("/srv/copy-{number}"), sha256: "aa".into() };
        let caller = Caller::Program { program: AskingProgram { file, script: None }, started_by: None };
        board.engine.may_use(&caller, &connection.id).unwrap()
    };
    for number in 0..MOST_OF_A_GROUP {
        assert!(matches!(ask(number), MayUse::AskPerson { program: Some(_), is_news: true }));
    }
    board.fill_disk(true);
    let mut notices = board.engine.notices();

    for number in [100, 101, 100, 100] {
        assert_eq!(ask(number), MayUse::AskPerson { program: None, is_news: false });
    }

    assert!(notices.try_recv().is_err(), "nothing has changed");
    assert_eq!(board.engine.turned_away().unwrap(), 0);
    board.fill_disk(false);
    for (number, count) in [(100, 1), (100, 1), (101, 2)] {
        ask(number);
        assert_eq!(board.engine.turned_away().unwrap(), count);
    }
    assert_eq!(std::iter::from_fn(|| notices.try_recv().ok()).count(), 2, "each told once");
    for question in board.engine.open_questions().unwrap() {
        board.engine.say_of_program(&question.id, &connection.id, Permission::Never).unwrap();
    }
    assert_eq!(board.engine.turned_away().unwrap(), 0, "whoever comes finds room");
}

/// S146, S149: a program longer than any is not read to its end, and told that it cannot be told from another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_without_end_is_not_read() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open();
    let long = copy_of_this_program(board.folder.path(), "long");
    std::fs::OpenOptions::new().write(true).open(&long).unwrap().set_len(1024 * 1024 * 1024 + 1).unwrap();

    let told = run(&long, None, &door, &token_of(&connection)).await.unwrap();

    assert_eq!(told["code"], "program_unknown", "{told}");
    assert_eq!(board.engine.program_permissions().unwrap(), []);
}

/// S146, S149: what takes long to read holds up no question for longer than any may take; it is read on, and known then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_takes_long_to_read_is_known_later() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open_with(Rules { time: Duration::from_millis(300), ..rules() });
    let long = copy_of_this_program(board.folder.path(), "long");
    std::fs::OpenOptions::new().write(true).open(&long).unwrap().set_len(1024 * 1024 * 1024).unwrap();
    let ask = async || run(&long, None, &door, &token_of(&connection)).await.unwrap()["code"].clone();

    assert_eq!(ask().await, "still_at_it");

    let mut code = ask().await;
    while code == "still_at_it" {
        code = ask().await;
    }
    assert_eq!(code, "permission_needed");
    assert_eq!(board.engine.open_questions().unwrap()[0].program.name(), "long");
}

/// S147: another connection is another question, and looking asks none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_is_for_one_connection() {
    let board = Board::start().await;
    let first = board.connect().await;
    board.practice.consent_automatically(Some("jonas"));
    let second = board.connect().await;
    assert_ne!(first.id, second.id);
    let _door = board.open();
    let program = program_in(&refused(board.ask(&token_of(&first)).await));
    board.engine.say_of_program(&program, &first.id, Permission::Always { until: None }).unwrap();

    let listed = board.ask(&Request::List { after: None }).await;

    let Read::List { connections, has_more: false } = listed else { panic!("{listed:?}") };
    assert_eq!(connections.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), [first.id.as_str()]);
    assert_eq!(board.engine.program_permissions().unwrap().len(), 1);
    assert_eq!(program_in(&refused(board.ask(&token_of(&second)).await)), program);
    assert_eq!(board.engine.program_permissions().unwrap().len(), 2);
}

/// S147: what stands in the place of an allowed program is another one, and a person is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_program_is_asked_about_again() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open();
    let asked = token_of(&connection);
    let backup = copy_of_this_program(board.folder.path(), "backup");
    let told = run(&backup, None, &door, &asked).await.unwrap();
    assert_eq!(told["code"], "permission_needed");
    let first = board.engine.program_permissions().unwrap().remove(0);
    assert_eq!(first.program.name(), "backup");
    assert!(first.started_by.is_some(), "who started it is named");
    board.engine.say_of_program(&first.id, &connection.id, Permission::Always { until: None }).unwrap();
    assert_eq!(run(&backup, None, &door, &asked).await.unwrap()["answer"], "token");

    std::fs::OpenOptions::new().append(true).open(&backup).unwrap().write_all(b"!").unwrap();

    let told = run(&backup, None, &door, &asked).await.unwrap();
    assert_eq!(told["code"], "permission_needed", "{told}");
    let waiting = board.engine.program_permissions().unwrap().remove(0);
    assert_eq!(waiting.permission, Permission::Asked);
    assert!(waiting.id != first.id && waiting.program.has_place_of(&first.program));
    assert_eq!(board.deliveries().len(), 1);
}

/// S147: a machine where nobody can be asked serves all but who was refused, and records it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_can_be_asked_a_setting_says_what_is_done() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    let asked = token_of(&connection);
    assert_eq!(
        refused(board.ask(&asked).await).code,
        RefusalCode::PermissionNeeded,
        "unless it is said, nobody is served"
    );

    board.engine.set_unasked(Unasked::Allow).unwrap();
    handed_out(board.ask(&asked).await);
    let program = board.engine.program_permissions().unwrap()[0].id.clone();
    board.engine.say_of_program(&program, &connection.id, Permission::Never).unwrap();

    assert_eq!(refused(board.ask(&asked).await).code, RefusalCode::PermissionRefused);
    assert_eq!(board.deliveries().len(), 1);
}

/// S147: who is let in unasked stands on the list, and can be denied from there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_served_unasked_is_listed_and_can_be_denied() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let _door = board.open();
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let asked = token_of(&connection);

    handed_out(board.ask(&asked).await);
    handed_out(board.ask(&asked).await);
    let listed = board.engine.program_permissions().unwrap();
    assert_eq!((listed.len(), listed[0].permission), (1, Permission::Asked), "once");
    board.engine.say_of_program(&listed[0].id, &connection.id, Permission::Never).unwrap();

    assert_eq!(refused(board.ask(&asked).await).code, RefusalCode::PermissionRefused);
    assert_eq!(board.deliveries().len(), 2);
}

/// S146: what the command line takes is recorded with who started it, and nobody is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_persons_own_command_is_served_and_recorded() {
    let board = Board::start().await;
    let connection = board.connect().await;
    let own_commands = local_access::OwnCommands::of_this_program();
    let _door = board.open_with(local_access::Rules { own_commands, ..rules() });

    handed_out(board.ask(&token_of(&connection)).await);

    let subject = board.deliveries()[0].subject.clone().unwrap();
    assert!(subject.starts_with("command line, started by "), "{subject}");
    assert_eq!(board.engine.program_permissions().unwrap(), []);
}

/// S145, S146: another user's program is turned away without a word, also where the files would let it in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_user_is_turned_away() {
    if std::fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it)).unwrap() != 0 {
        return;
    }
    let board = Board::start().await;
    let connection = board.connect().await;
    let door = board.open();
    let program = copy_of_this_program(board.folder.path(), "theirs");
    board.engine.set_unasked(Unasked::Allow).unwrap();
    let asked = token_of(&connection);
    for (path, mode) in [
        (board.folder.path(), 0o755),
        (door.socket().parent().unwrap(), 0o755),
        (door.socket(), 0o666),
        (&program, 0o755),
    ] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    assert_eq!(run(&program, Some(65_534), &door, &asked).await, None, "nobody speaks to it");

    assert_eq!(run(&program, None, &door, &asked).await.unwrap()["answer"], "token", "the same one as this user");
    assert_eq!(board.deliveries().len(), 1);
}
