//! What is said of readings that do not come about: cancelled, of another kind, of bad lines, at a wrong address [D2, A3].

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Board, Ran, bytes_below, finish};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures");

fn fixture(name: &str) -> String {
    format!("{FIXTURES}/{name}")
}

fn written(board: &Board, name: &str, text: &str) -> PathBuf {
    let path = board.home.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A server that gives everybody the same answer.
async fn always(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8_192];
            let _read = stream.read(&mut request).await.unwrap_or_default();
            stream.write_all(answer.as_bytes()).await.ok();
        }
    });
    address
}

async fn add(board: &Board, kind: &str, address: &str) -> Ran {
    let ran = board.run_with_input(&["platforms", "add", kind, "--address", address], "a-key-of-a-platform\n").await;
    assert!(!ran.stderr.contains("is kept"), "nothing was there to be kept: {ran:?}");
    assert!(!format!("{ran:?}").contains("a-key-of-a-platform"), "{ran:?}");
    assert!(board.json(&["platforms"]).await.done().objects().is_empty(), "it is not added: {ran:?}");
    ran
}

/// D2: each mistake in an address has a sentence of its own, and no platform is left behind.
#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_address_has_a_sentence_of_its_own() {
    let board = Board::start().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let page =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16\r\nConnection: close\r\n\r\n<html>Hi!</html>";
    let page = always(page).await;
    let refusing = always("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await;

    for kind in ["n8n", "make", "activepieces", "node-red"] {
        let nobody = format!("http://{nobody}");
        for (address, code, words) in [
            ("http://platform.example", 2, "over http:// the key for platform.example could be read on the way"),
            ("file:///etc/passwd", 2, "file: leads to no server of a platform"),
            (&nobody, 23, "does not answer: nothing listens at that address and port"),
            (&page, 1, "a web page answers in the place of its API"),
            (&refusing, 1, "does not accept the key"),
        ] {
            let ran = add(&board, kind, address).await;
            assert_eq!(ran.code, code, "{kind} at {address}: {ran:?}");
            assert!(ran.stderr.contains(words), "{kind} at {address}: {}", ran.stderr);
            assert!(ran.stderr.contains("The platform was not added."), "{kind} at {address}: {}", ran.stderr);
        }
    }
}

/// D2: all that is wrong with a list is named at once, and nothing of it is taken.
#[tokio::test(flavor = "multi_thread")]
async fn all_bad_lines_of_a_list_are_named() {
    let board = Board::start().await;
    let text = format!("workflow,connection\nInvoices,Drive\n{}", ",Drive\n".repeat(25));
    let list = written(&board, "list.csv", &text);

    let ran = board.run(&["import-workflows", list.to_str().unwrap()]).await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("list.csv has 25 lines that cannot be read. Nothing of it was taken."), "{ran:?}");
    assert!(ran.stderr.contains("\n  line 3: it names no workflow\n"), "{ran:?}");
    assert!(ran.stderr.contains("\n  line 22: it names no workflow\n  and 5 more\n"), "{ran:?}");
    assert!(board.json(&["platforms"]).await.done().objects().is_empty());
}

/// D1: a blank cell is not said: the join and what is known of the account stay.
#[tokio::test(flavor = "multi_thread")]
async fn blank_cells_erase_nothing() {
    let board = Board::start().await;
    let whole =
        written(&board, "whole.csv", "workflow,connection,provider,account\nInvoices,Drive,google,mira@x.example\n");
    let blank = written(&board, "blank.csv", "workflow,connection,provider,account\nInvoices,Drive,,\n");
    let id = board.connect(&["--name", "Ours"]).await;
    board.run(&["import-workflows", whole.to_str().unwrap()]).await.done();
    board.run(&["platforms", "join", "Drive", &id]).await.done();
    let connection = || async { board.json(&["platforms", "connections"]).await.done().object() };
    let without_time = |mut it: Value| {
        it["seen_at"] = Value::Null;
        it
    };
    let before = without_time(connection().await);
    assert_eq!((&before["account"], &before["joined"]), (&json!("mira@x.example"), &json!(id)));

    let read = board.json(&["import-workflows", blank.to_str().unwrap()]).await.done().object();

    assert_eq!((&read["changed"], &read["gone"]), (&json!(0), &json!([])), "{read}");
    assert_eq!(without_time(connection().await), before);
}

/// D2: a file that was given to the wrong command is called by its right name, with the command that takes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_kind_is_called_by_its_name() {
    let board = Board::start().await;
    let zap = fixture("platforms/zapfile.json");
    let blueprint = fixture("platforms/make_blueprint.json");

    for (arguments, kind) in [
        (["import", "n8n", &zap], "zapier"),
        (["import", "auto", &zap], "zapier"),
        (["import", "rclone", &blueprint], "make"),
        (["import", "make", &zap], "zapier"),
        (["import", "gcloud", &blueprint], "make"),
    ] {
        let ran = board.json(&arguments).await;
        let said = ran.object();
        assert_eq!((ran.code, &said["error"]), (2, &json!("other_kind")), "{arguments:?}: {said}");
        assert_eq!(said["advice"], format!("Read it: patchbay import {kind} FILE"), "{arguments:?}");
    }
    let rclone = written(&board, "rclone.conf", "[drive]\ntype = drive\n");
    let ran = board.run(&["import-workflows", rclone.to_str().unwrap()]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("patchbay import rclone FILE"), "{ran:?}");
}

/// D2, A3: of n8n's credentials names, ids and types are taken, and it is said what was not.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_n8n_are_read_by_name_alone() {
    for name in ["n8n/export_credentials_encrypted.json", "n8n/export_credentials_decrypted.json"] {
        let board = Board::start().await;

        let ran = board.run(&["import-workflows", &fixture(name)]).await.done();

        assert!(ran.stdout.contains("0 workflows and "), "{ran:?}");
        assert!(ran.stderr.contains("It holds no workflow: ") && ran.stderr.contains("import n8n FILE"), "{ran:?}");
        let known = board.json(&["platforms", "connections"]).await.done().objects();
        assert!(known.iter().any(|it| it["name"] == "Lab IdP (alice)" && it["kind"] == "oAuth2Api"), "{known:?}");
        let kept = bytes_below(board.home.path());
        for secret in ["n8n-lab-secret", "U2FsdGVk", "rt-000111"] {
            assert!(!kept.windows(secret.len()).any(|it| it == secret.as_bytes()), "{name}: {secret} was kept");
        }
    }
}

/// D1: a name that several bear is told with each of them.
#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_name_is_told_with_all_that_bear_it() {
    let board = Board::start().await;
    let list = |name: &str| written(&board, name, "workflow,connection\nShared,Drive\n");
    for name in ["one", "two"] {
        let path = list(&format!("{name}.csv"));
        board.run(&["import-workflows", path.to_str().unwrap(), "--name", name]).await.done();
    }

    let ran = board.json(&["radius", "Drive"]).await;
    let said = ran.object();
    assert_eq!((ran.code, &said["error"]), (2, &json!("name_ambiguous")), "{said}");
    let candidates = said["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 2, "{said}");
    for it in candidates {
        assert_eq!(it["of"], "platform_connection");
        board.run(&["radius", it["id"].as_str().unwrap()]).await.done();
    }
    let text = board.run(&["radius", "Drive"]).await.stderr;
    assert!(text.contains("platform connection of one") && text.contains("platform connection of two"), "{text}");

    let workflow = board.run(&["radius", "Shared"]).await;
    assert_eq!(workflow.code, 24);
    assert!(workflow.stderr.contains("workflow of two  (patchbay radius --workflow wfl_"), "{workflow:?}");
    let workflow = board.json(&["radius", "--workflow", "Shared"]).await.object();
    assert_eq!(workflow["candidates"].as_array().unwrap().len(), 2, "{workflow}");
}

/// D2, S168: who cancels a reading is told that nothing was changed, and nothing was.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_leaves_a_reading_off_and_says_so() {
    let board = Board::start().await;
    let pipe = board.home.path().join("slow.json");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for command in [vec!["import-workflows"], vec!["import", "by-hand"]] {
        for signal in ["-INT", "-TERM"] {
            let arguments = [command.as_slice(), &[pipe.to_str().unwrap(), "--json"]].concat();
            let child = board.command(&arguments).spawn().unwrap();
            let pid = child.id().unwrap();
            let (pipe, signal) = (pipe.clone(), signal.to_owned());
            // It opens as soon as the program reads.
            let writer = tokio::task::spawn_blocking(move || {
                let open = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
                let killed = std::process::Command::new("kill").args([signal, pid.to_string()]).status().unwrap();
                assert!(killed.success());
                open
            });
            let ran = finish(child, "").await;
            drop(writer.await.unwrap());

            assert_eq!((ran.code, &ran.object()["error"]), (1, &json!("cancelled")), "{ran:?}");
            assert_eq!(ran.object()["message"], "Cancelled; nothing was changed.");
            assert!(board.json(&["platforms"]).await.done().objects().is_empty());
        }
    }
}

/// D2: a platform that does not answer keeps nobody: the rest of a sync is left as it was, too.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_waiting_for_a_platform() {
    let board = Board::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let child = board.command(&["platforms", "add", "n8n", "--address", &address]).spawn().unwrap();
    let pid = child.id().unwrap();
    let asked = tokio::spawn(async move {
        let held = listener.accept().await.unwrap();
        let killed = std::process::Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap();
        assert!(killed.success());
        held
    });

    let ran = finish(child, "a-key-of-a-platform\n").await;

    drop(asked.await.unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("Cancelled; nothing was added."), "{ran:?}");
    assert!(board.json(&["platforms"]).await.done().objects().is_empty());
}

/// D2: what an overlapping list would put aside is said before, with both ways on.
#[tokio::test(flavor = "multi_thread")]
async fn an_overlapping_list_says_what_would_be_gone_and_takes_nothing() {
    let board = Board::start().await;
    let one = written(&board, "one.csv", "workflow,connection\nOrders,Mail\nInvoices,Mail\n");
    let two = written(&board, "two.csv", "workflow,connection\nOrders,Mail\nReports,Mail\n");
    let read = board.json(&["import-workflows", one.to_str().unwrap(), "--kind", "by-hand"]).await.done().object();

    let refused = board.run(&["import-workflows", two.to_str().unwrap(), "--kind", "by-hand"]).await;

    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("By hand holds 1 workflow that this file does not: Invoices."), "{refused:?}");
    let replaces = format!("--platform {}", read["platform"].as_str().unwrap());
    assert!(refused.stderr.contains("--name NAME") && refused.stderr.contains(&replaces), "{refused:?}");
    let kept = board.run(&["import-workflows", two.to_str().unwrap(), "--kind", "by-hand", "--name", "Reports"]).await;
    kept.done();
    assert_eq!(board.json(&["platforms"]).await.done().objects().len(), 2, "both stand");
}
