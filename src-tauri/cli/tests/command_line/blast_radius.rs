//! Platforms, workflows and incidents on the command line: what is read, who breaks, and the way to the report
//! [D1, D2, D4, A3].

use fakes::{N8N_KEY, N8nRelease, N8nServer};
use serde_json::{Value, json};

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::{Board, SignIn, finish};

const EXPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/n8n/export_workflows.json");

/// D2: an export is read, read again without a change, listed, and removed with all that was known.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_read_listed_and_removed() {
    let board = Board::start().await;

    let read = board.json(&["import-workflows", EXPORT, "--name", "n8n at Halden"]).await.done().object();
    assert_eq!((&read["of"], &read["kind"], &read["gone"]), (&json!("reading"), &json!("n8n"), &json!([])));
    assert!(read["added"].as_u64().unwrap() > 0, "{read}");
    let again = board.json(&["import-workflows", EXPORT, "--name", "n8n at Halden"]).await.done().object();
    assert_eq!((&again["added"], &again["changed"]), (&json!(0), &json!(0)), "importing twice changes nothing");
    let through_import = board.json(&["import", "n8n", EXPORT]).await.done().object();
    assert_eq!(through_import["of"], "reading", "an export of workflows is not one of credentials");

    let platforms = board.json(&["platforms"]).await.done().objects();
    assert_eq!(platforms.len(), 2, "{platforms:?}");
    assert!(board.run(&["platforms", "connections", "--json"]).await.done().objects().len() > 1);
    let table = board.run(&["radius", "--csv"]).await.done().stdout;
    assert!(table.starts_with("workflow,platform,"), "{table}");

    let unsure = board.json(&["platforms", "remove", "n8n at Halden"]).await;
    assert_eq!(unsure.code, 2, "nobody is there to be asked: {unsure:?}");
    let key = board.run_with_input(&["platforms", "key", "n8n at Halden"], "a-key\n").await;
    assert_eq!(key.code, 2, "nobody asks it with a key: {key:?}");
    board.run(&["platforms", "remove", "n8n at Halden", "--yes"]).await.done();
    assert_eq!(board.json(&["platforms"]).await.done().objects().len(), 1);
    assert_eq!(board.json(&["platforms", "remove", "n8n at Halden", "--yes"]).await.code, 2, "it is gone");
    let missing = board.json(&["import-workflows", "nowhere.json"]).await;
    assert_eq!((missing.code, &missing.object()["error"]), (2, &json!("file_unreadable")));
}

/// A3, D2: a key is no argument, and a platform that does not answer is not kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_does_not_answer_is_not_kept() {
    let board = Board::start().await;
    let add = ["platforms", "add", "n8n", "--address", "http://127.0.0.1:9", "--json"];

    let no_key = board.run(&add).await;
    assert_eq!(no_key.code, 2, "{no_key:?}");
    let unreachable = board.run_with_input(&add, "a-key-of-a-platform\n").await;
    assert_eq!((unreachable.code, &unreachable.object()["error"]), (23, &json!("platform_unreachable")));
    assert!(!format!("{unreachable:?}").contains("a-key-of-a-platform"));
    assert!(board.json(&["platforms"]).await.done().objects().is_empty());
    board.run(&["sync"]).await.done();
}

/// D1, D3, D4: who breaks, what a workflow needs, and the incident from its beginning to the report.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_connection_is_an_incident_with_a_report() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Mail"]).await;
    board.run(&["radius", &id, "--add", "Nightly invoices", "--place", "Make", "--owner", "Mira"]).await.done();

    let told = board.json(&["radius", "Mail"]).await.done().objects();
    assert_eq!(
        (&told[0]["of"], &told[0]["workflows"], &told[0]["health"]),
        (&json!("impact"), &json!(1), &json!("works"))
    );
    assert_eq!((&told[1]["workflow"], &told[1]["known_by"]), (&json!("Nightly invoices"), &json!("by_hand")));
    assert!(board.run(&["radius", "Mail"]).await.done().stdout.contains("Mail would stop 1 workflow"));
    board.json(&["radius", "--workflow", "Nightly invoices"]).await.done();
    assert!(board.json(&["radius"]).await.done().objects().is_empty(), "nothing is broken");
    assert_eq!(board.json(&["radius", "nobody"]).await.code, 24);

    board.provider.revoke_all();
    assert_eq!(board.json(&["refresh", &id]).await.code, 20);
    let order = board.json(&["radius"]).await.done().object();
    assert_eq!((&order["name"], &order["heals"]), (&json!("Mail"), &json!(["Nightly invoices"])));
    let blocked = board.json(&["radius", "--workflow", "Nightly invoices"]).await;
    assert_eq!((blocked.code, &blocked.objects()[0]["ready"]), (20, &json!(false)), "a person must reconnect");

    let incident = board.json(&["incident", "list"]).await.done().object();
    assert_eq!((&incident["stage"], &incident["workflows"]), (&json!("broken"), &json!(1)));
    let incident = incident["id"].as_str().unwrap().to_owned();
    assert_eq!(board.json(&["incident", "close", &incident]).await.code, 2, "it is still dead");
    assert_eq!(board.json(&["incident", "canary", &incident]).await.code, 20);
    let early = board.json(&["incident", "tick", &incident, "Nightly invoices"]).await;
    assert_eq!(early.code, 2, "nothing can have run on it: {early:?}");
    board.json(&["incident", "resume", &incident, "--anyway"]).await.done();

    board.sign_in(&["reconnect", &id]).await.done();
    board.json(&["incident", "canary", &incident]).await.done();
    let list = board.run(&["list"]).await.done().stdout;
    let open = format!(
        "The incident of Mail is still open, and 1 workflow was not seen running again: patchbay incident show {incident}\n\
         The one connection of your own works."
    );
    assert!(list.starts_with(&open), "its connection works, and somebody is still needed: {list}");
    let ticked = board.json(&["incident", "tick", &incident, "Nightly invoices"]).await.done().objects();
    assert_eq!(ticked[0]["stage"], "validated");
    let closed = board.json(&["incident", "close", &incident, "--note", "Password changed."]).await.done().objects();
    assert_eq!(closed[0]["stage"], "closed");
    assert!(board.run(&["list"]).await.done().stdout.starts_with("Nothing needs you; the one connection works."));
    let report = board.run(&["incident", "report", &incident]).await.done().stdout;
    assert!(report.starts_with("# Incident: Mail\n") && report.contains("Password changed."), "{report}");
    assert_eq!(board.json(&["incident", "show", "inc_nowhere"]).await.code, 2);
}

/// D1: a name of any length leaves the tables readable; programs get all of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_name_is_cut_in_its_middle_for_people_alone() {
    let board = Board::start().await;
    let long = format!("Orders {} of Halden", "x".repeat(120));
    let id = board.connect(&["--name", &long]).await;
    board.run(&["radius", &id, "--add", &long]).await.done();

    for command in [vec!["list"], vec!["radius", id.as_str()]] {
        let shown = board.run(&command).await.done().stdout;
        let table = shown.lines().filter(|it| it.contains("Orders x"));
        let widest = table.map(|it| it.chars().count()).max().unwrap_or_default();
        assert!(widest < 230 && shown.contains('…') && shown.contains("of Halden"), "{widest}: {shown}");
        assert!(!shown.contains(&long), "{shown}");
    }

    assert_eq!(board.json(&["list"]).await.done().object()["name"], long.as_str());
}

/// An n8n with one credential that a board has read, and a connection of ours that stands beside it.
async fn with_n8n(board: &Board, release: N8nRelease) -> N8nServer {
    let server = N8nServer::start(release).await.unwrap();
    let held = json!({
        "grantType": "authorizationCode", "authUrl": "https://p.example/auth", "accessTokenUrl": "https://p.example/token",
        "clientId": "client", "clientSecret": "client-secret", "scope": "files.read", "authentication": "header",
        "oauthTokenData": { "access_token": "at-of-before", "refresh_token": "rt-of-before" },
    });
    server.add_credential("drive", "Drive", "oAuth2Api", held);
    let call = json!([{
        "id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest",
        "parameters": { "authentication": "genericCredentialType", "genericAuthType": "oAuth2Api" },
        "credentials": { "oAuth2Api": { "id": "drive", "name": "Drive" } },
    }]);
    server.add_workflow("w1", "Orders", true, call);
    add_platform(board, server.url()).await;
    server
}

async fn add_platform(board: &Board, address: &str) {
    let add = ["platforms", "add", "n8n", "--address", address, "--name", "n8n at Halden"];
    board.run_with_input(&add, &format!("{N8N_KEY}\n")).await.done();
}

/// A way to a server on which a request to switch something off gets stuck, and is told of.
async fn stuck_at_deactivate(server: &str) -> (String, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let behind = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (stuck, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let (mut from_server, mut to_server) = TcpStream::connect(&behind).await.unwrap().into_split();
            let (mut from_client, mut to_client) = client.into_split();
            let stuck = stuck.clone();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            tokio::spawn(async move {
                let mut read = [0; 16 * 1024];
                while let Ok(count @ 1..) = from_client.read(&mut read).await {
                    if read[..count].windows(12).any(|it| it == b"/deactivate ") {
                        stuck.send(()).unwrap();
                        std::future::pending::<()>().await;
                    }
                    to_server.write_all(&read[..count]).await.unwrap();
                }
            });
        }
    });
    (address, told)
}

fn access_token(server: &N8nServer) -> String {
    let stored = server.stored("drive").unwrap();
    stored.pointer("/oauthTokenData/access_token").and_then(Value::as_str).unwrap().to_owned()
}

/// D2, S159: a grant of a platform's own is signed in for and handed over; this program keeps and shows none of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_pushed_to_a_platform() {
    let board = Board::start().await;
    let server = with_n8n(&board, N8nRelease::New).await;

    let alone = board.json(&["platforms", "push", "Drive"]).await;
    assert_eq!((alone.code, &alone.object()["error"]), (2, &json!("bad_input")), "nothing says which client it gets");
    let advice = alone.object()["advice"].as_str().unwrap().to_owned();
    assert!(advice.starts_with("Join it: patchbay platforms join pco_"), "{advice}");
    assert_eq!(board.json(&["platforms", "push", "nobody"]).await.code, 24);

    let id = board.connect(&["--name", "Mail"]).await;
    board.run(&["platforms", "join", "Drive", &id]).await.done();
    let mut sign_in = SignIn::start(&board, &["platforms", "push", "Drive"]).await;
    sign_in.browse().await;
    let ran = sign_in.finish().await.done();

    let told = ran.object();
    assert_eq!((&told["event"], &told["platform"]), (&json!("handed_over"), &json!("n8n at Halden")));
    assert_eq!((&told["proof"], &told["file"]), (&json!("none"), &Value::Null), "nothing has run yet: {told}");
    let token = access_token(&server);
    assert_ne!(token, "at-of-before", "the platform holds the new grant");
    assert!(!format!("{ran:?}").contains(&token));
    assert_eq!(board.json(&["list"]).await.done().objects().len(), 1, "no connection was made of it");
    board.json(&["test", &id]).await.done();
}

/// D2: a version without the call gets a file, where the person wants it.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_platform_gets_a_file_of_the_grant() {
    let board = Board::start().await;
    let server = with_n8n(&board, N8nRelease::Old).await;
    let id = board.connect(&["--name", "Mail"]).await;
    board.run(&["platforms", "join", "Drive", &id]).await.done();
    let folder = tempfile::tempdir().unwrap();

    let mut sign_in =
        SignIn::start(&board, &["platforms", "push", "Drive", "--folder", folder.path().to_str().unwrap()]).await;
    sign_in.browse().await;
    let told = sign_in.finish().await.done().object();

    let file = told["file"].as_str().unwrap_or_else(|| panic!("{told}"));
    assert!(file.starts_with(folder.path().to_str().unwrap()), "{told}");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(written[0]["id"], "drive", "as its own import takes it");
    assert_eq!(access_token(&server), "at-of-before", "it took nothing over its API");
}

/// A2, S168: Ctrl-C takes back what the sign-in has, as at every other one.
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cancels_a_push_and_frees_its_port() {
    let board = Board::start().await;
    let server = with_n8n(&board, N8nRelease::New).await;
    let id = board.connect(&["--name", "Mail"]).await;
    board.run(&["platforms", "join", "Drive", &id]).await.done();
    let sign_in = SignIn::start(&board, &["platforms", "push", "Drive"]).await;
    let port = sign_in.redirect_uri.port().unwrap();

    interrupt(sign_in.pid());
    let ran = sign_in.finish().await;

    assert_eq!((ran.code, &ran.object()["error"]), (1, &json!("sign_in_cancelled")), "{ran:?}");
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok(), "the port is given back");
    assert_eq!(access_token(&server), "at-of-before");
}

/// D6, D4: who breaks a pause off is told that it may be done, and the incident knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_broken_off_says_what_it_leaves() {
    let board = Board::start().await;
    let server = with_n8n(&board, N8nRelease::New).await;
    let (address, mut stuck) = stuck_at_deactivate(server.url()).await;
    board.run(&["platforms", "remove", "n8n at Halden", "--yes"]).await.done();
    add_platform(&board, &address).await;
    let copy = board.json(&["platforms", "connections"]).await.done().object();
    let opened = board.json(&["incident", "open", copy["id"].as_str().unwrap()]).await.done().objects();
    let incident = opened[0]["id"].as_str().unwrap().to_owned();

    let pausing = board.command(&["incident", "pause", &incident]).spawn().unwrap();
    tokio::time::timeout(Duration::from_secs(20), stuck.recv()).await.expect("it was never asked").unwrap();
    interrupt(pausing.id().unwrap());
    let ran = finish(pausing, "").await;

    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("what was asked of a platform may be done all the same"), "{ran:?}");
    let known = board.json(&["incident", "show", &incident]).await.done().objects();
    assert_eq!(known[0]["paused"], 1, "{known:?}");
}

fn interrupt(pid: u32) {
    assert!(std::process::Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap().success());
}
