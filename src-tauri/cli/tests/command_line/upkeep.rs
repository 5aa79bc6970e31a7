//! What is asked of a board between sign-ins: figures, switches, calendar, held tokens, and plain words.

use practice::Faults;
use serde_json::{Value, json};

use crate::support::{Board, Ran};

/// What B12 asks of every event, as scripts find it.
const EVENT_KEYS: [&str; 23] = [
    "action",
    "at",
    "at_risk_us",
    "attempt",
    "backoff_ms",
    "cause",
    "connection",
    "endpoint",
    "environment",
    "http_status",
    "id",
    "kind",
    "lateness_ms",
    "latency_ms",
    "provider_code",
    "reason",
    "redirect_uri_hash",
    "request_id",
    "subject",
    "token_age_s",
    "token_fingerprint",
    "token_version",
    "workspace",
];

fn line<'a>(lines: &'a [Value], of: &str) -> &'a Value {
    lines.iter().find(|line| line["of"] == of).unwrap_or_else(|| panic!("no {of} in {lines:?}"))
}

/// C9: what happened is counted, and nothing is claimed of what did not.
#[tokio::test(flavor = "multi_thread")]
async fn health_counts_what_happened_and_claims_no_rate_of_nothing() {
    let board = Board::start().await;
    let nothing = board.run(&["health"]).await.done();
    assert!(nothing.stdout.starts_with("No refresh in the 7 days since"), "{}", nothing.stdout);
    assert!(line(&board.json(&["health"]).await.done().objects(), "overall")["refresh_success_rate"].is_null());

    let id = board.connect(&["--name", "Orders"]).await;
    board.run(&["refresh", &id]).await.done();
    board.run(&["test", &id]).await.done();
    board.run(&["token", &id]).await.done();
    board.provider.set_faults(Faults::default().answers_status(503));
    assert_eq!(board.run(&["refresh", &id]).await.code, 23);
    board.provider.set_faults(Faults::default());
    board.provider.revoke_all();
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);

    let lines = board.json(&["health"]).await.done().objects();
    let overall = line(&lines, "overall");
    for (key, expected) in [
        ("refresh_succeeded", 1),
        ("refresh_failed", 2),
        ("invalid_grant", 1),
        ("reauth_prompted", 1),
        ("reauth_completed", 0),
        ("api_calls", 1),
        ("status_401", 0),
        ("tokens_delivered", 1),
    ] {
        assert_eq!(overall[key], expected, "{key} of {overall}");
    }
    assert_eq!(overall["status_401_rate"], 0.0, "one call was made, so there is a rate");
    assert_eq!(overall["latency"]["count"], 1);
    let mut one = line(&lines, "connection").clone();
    assert_eq!((&one["id"], &one["name"]), (&json!(id), &json!("Orders")));
    let asked = board.json(&["health", "Orders"]).await.done().object();
    one["since"].clone_from(&asked["since"]);
    one["until"].clone_from(&asked["until"]);
    assert_eq!(one, asked, "asked for alone it says the same");

    let back = board.sign_in(&["reconnect", &id]).await.done().object();
    assert_eq!(back["old_grant"], json!(null), "A10: the one before was dead");
    assert_eq!(line(&board.json(&["health"]).await.done().objects(), "overall")["reauth_completed"], 1);
    let human = board.run(&["health"]).await.done().stdout;
    assert!(human.starts_with("3 refreshes in the 7 days since"), "what is counted, and since when: {human}");
    assert!(human.contains("1 of 3") && human.contains("1 of 1 done"), "{human}");
    assert_eq!(board.run(&["health", "nobody"]).await.code, 24);
    assert_eq!(board.run(&["health", "--days", "0"]).await.code, 2);
}

/// B12: every field has its place, known or not.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_every_field_and_says_why_a_refresh_was_made() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.run(&["refresh", &id]).await.done();

    let events = board.json(&["events", &id]).await.done().objects();

    for event in &events {
        let keys: Vec<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(EVENT_KEYS.iter().all(|key| keys.contains(key)), "{keys:?}");
    }
    let issued = events.iter().find(|event| event["kind"] == "token_issued").unwrap();
    assert!(issued["redirect_uri_hash"].is_string() && issued["subject"].is_string(), "{issued}");
    let refreshed = events.iter().find(|event| event["kind"] == "refresh_succeeded").unwrap();
    for known in ["at", "connection", "environment", "endpoint", "http_status", "token_age_s", "token_version"] {
        assert!(!refreshed[known].is_null(), "{known}: {refreshed}");
    }
    assert!(refreshed["at"].as_str().unwrap().ends_with('Z'), "UTC");
}

/// A5: the chain says why each token was fetched and what became of it.
#[tokio::test(flavor = "multi_thread")]
async fn show_tells_the_lineage_and_the_grants_clock() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.run(&["refresh", &id]).await.done();

    let shown = board.json(&["show", &id]).await.done().object();

    let lineage = shown["lineage"].as_array().unwrap();
    let by: Vec<_> = lineage.iter().map(|link| (&link["version"], &link["issued_by"])).collect();
    assert_eq!(by, [(&json!(2), &json!("refresh")), (&json!(1), &json!("connect"))], "the newest first");
    assert_eq!((&lineage[0]["reason"], &lineage[0]["outcome"]), (&json!("person"), &json!("in_use")));
    assert!(lineage[0]["ended_at"].is_null() && lineage[1]["reason"].is_null(), "{lineage:?}");
    for key in ["ends_at", "idle_seconds", "confidence", "reason", "keep_alive_at"] {
        assert!(shown["grant_clock"].get(key).is_some(), "{key}: {}", shown["grant_clock"]);
    }
    let page = board.run(&["show", &id]).await.done().stdout;
    assert!(page.contains("refresh, by hand") && page.contains("in use") && page.contains("sign-in"), "{page}");
}

/// B14: one connection's switch.
#[tokio::test(flavor = "multi_thread")]
async fn automatic_refresh_is_switched_for_one_connection() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;

    let off = board.json(&["automatic", "off", "--connection", "Orders"]).await.done().object();
    assert_eq!(off, json!({ "connection": id, "automatic_refresh": false }));
    assert_eq!(board.json(&["show", &id]).await.done().object()["automatic_refresh"], false);
    let page = board.run(&["show", &id]).await.done().stdout;
    assert!(page.contains("automatic refresh: off") && !page.contains("it stops"), "{page}");
    let all = board.json(&["automatic"]).await.done().object();
    assert_eq!((&all["mode"], &all["switched_off"]), (&json!("on"), &json!([id])));
    assert!(board.run(&["automatic"]).await.done().stdout.contains("Switched off on its own: Orders."));

    board.run(&["automatic", "on", "--connection", &id]).await.done();
    assert_eq!(board.json(&["automatic"]).await.done().object()["switched_off"], json!([]));
    assert_eq!(board.run(&["automatic", "off"]).await.code, 2, "the whole board is paused, not off");
    assert_eq!(board.run(&["automatic", "paused", "--connection", &id]).await.code, 2);
}

/// B11: the file as a calendar takes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_is_a_file_on_standard_output() {
    let board = Board::start().await;
    let lasting = board.connect(&[]).await;
    let none = board.run(&["calendar", &lasting]).await.done();
    assert!(none.stdout.is_empty() && none.stderr.contains("Nothing to put into a calendar"), "{}", none.stderr);
    assert!(board.json(&["calendar"]).await.done().object()["ics"].is_null());
    let board = Board::start().await;
    board.provider.set_faults(Faults::default().no_refresh_token());
    let id = board.connect(&[]).await;

    let all = board.run(&["calendar"]).await.done();
    assert!(all.stdout.starts_with("BEGIN:VCALENDAR\r\n") && all.stdout.ends_with("END:VCALENDAR\r\n"));
    board.run(&["calendar", &id]).await.done();
    assert!(board.json(&["calendar"]).await.done().object()["ics"].as_str().unwrap().starts_with("BEGIN:VCALENDAR"));
    assert_eq!(board.run(&["calendar", "nobody"]).await.code, 24);
}

/// A5: nothing is asked where nothing waits, and nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_held_there_is_nothing_to_export() {
    let board = Board::start().await;
    let to = board.home.path().join("tokens.age");

    assert_eq!(board.run(&["held"]).await.done().stdout, "Nothing waits for the keychain.\n");
    assert_eq!(board.json(&["held"]).await.done().stdout, "");
    let export = ["held", "export", "--to", to.to_str().unwrap(), "--passphrase-stdin", "--json"];
    let ran = board.run_with_input(&export, "correct horse\n").await;
    assert_eq!((ran.code, &ran.object()["error"]), (1, &json!("nothing_held")));
    assert!(!to.exists());
}

/// S154: what lies in the folder of sealed tokens and is none is named; a folder that cannot be read is not empty.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_among_the_sealed_tokens_is_said() {
    let board = Board::start().await;
    board.run(&["list"]).await.done();
    let held = board.home.path().join("held");
    std::fs::create_dir_all(&held).unwrap();
    std::fs::write(held.join("con_1.3.age.damaged"), "half of it").unwrap();

    let said = board.run(&["held"]).await.done();
    assert!(said.stderr.contains("con_1.3.age.damaged"), "{said:?}");
    let checked = board.run(&["doctor"]).await;
    assert!(checked.code == 0 && checked.stdout.contains("con_1.3.age.damaged"), "nothing waits for it: {checked:?}");

    std::fs::remove_dir_all(&held).unwrap();
    std::fs::write(&held, "in the way").unwrap();
    let refused = board.json(&["held"]).await;
    assert_eq!((refused.code, &refused.object()["error"]), (1, &json!("held_unreadable")), "{refused:?}");
    assert!(refused.object()["advice"].as_str().unwrap().contains("is a folder"), "{refused:?}");
    let checked = board.run(&["doctor"]).await;
    assert!(checked.code == 1 && checked.stdout.contains("the folder cannot be read"), "{checked:?}");
}

/// A6: a call that was never made has no status, no account and no time.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_without_a_token_reports_no_values_of_a_call() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.provider.revoke_all();
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);

    let no_call = |ran: Ran| {
        let line = ran.object();
        for key in ["called", "http_status", "latency_ms", "account", "workspace", "request_id"] {
            assert!(line[key].is_null(), "{key} of {line}");
        }
        assert_eq!((ran.code, &line["ok"]), (20, &json!(false)));
    };
    no_call(board.json(&["test", &id]).await);

    board.run(&["disconnect", &id, "--yes"]).await.done();
    no_call(board.json(&["test", &id]).await);
    let said = board.run(&["test", &id]).await.stdout;
    assert!(said.contains("Orders is disconnected.") && said.contains("Nothing was called."), "{said}");
    assert!(!said.contains("has ended this grant"), "the provider did nothing: {said}");
}

/// Nothing goes for good unasked.
#[tokio::test(flavor = "multi_thread")]
async fn forgetting_is_asked_for_or_said() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.run(&["disconnect", &id, "--yes"]).await.done();

    let refused = board.run(&["forget", &id]).await;

    assert_eq!(refused.code, 2, "nobody can be asked here");
    assert!(refused.stderr.contains("no way back") && refused.stderr.contains("--yes"), "{}", refused.stderr);
    board.run(&["show", &id]).await.done();
    board.run(&["forget", &id, "--yes"]).await.done();
    assert_eq!(board.run(&["show", &id]).await.code, 24);
}

/// A2: there is nothing to reconnect before the first sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn a_denied_first_sign_in_is_begun_again_not_reconnected() {
    let board = Board::start().await;
    board.provider.set_faults(Faults::default().denies_consent());
    let connect = format!("patchbay connect {}", board.provider.issuer());

    let denied = board.sign_in(&["connect", board.provider.issuer(), "--client-id", "patchbay-practice"]).await;

    assert!(denied.stderr.contains(&connect), "{}", denied.stderr);
    assert!(!denied.stderr.to_lowercase().contains("reconnect"), "{}", denied.stderr);
}

/// S105, S154: a pipe nobody writes to, a folder, a device without end, a file larger than memory should hold.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_from_what_is_no_export_is_refused_at_once() {
    let board = Board::start().await;
    let at = |name: &str| board.home.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    std::fs::File::create(at("huge")).unwrap().set_len(1 << 30).unwrap();
    std::fs::write(at("text"), "not an export").unwrap();
    std::fs::write(at("empty"), "").unwrap();

    let started = std::time::Instant::now();
    for from in [at("pipe"), at("huge"), at("text"), at("empty"), at(""), at("nothing"), "/dev/zero".into()] {
        let import = ["held", "import", from.to_str().unwrap(), "--passphrase-stdin", "--json"];
        let ran = board.run_with_input(&import, "correct horse battery").await;
        let refused = (ran.code, ran.object()["error"].clone(), ran.object()["advice"].clone());
        let advice = json!(if from == at("nothing") {
            "Nothing was changed. Check the name."
        } else {
            "Nothing was changed. Check the file and the passphrase."
        });
        assert_eq!(refused, (1, json!("held_unreadable"), advice), "{}: {ran:?}", from.display());
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(30), "nothing of it was read to its end");
}

/// A2, S105: a provider's file that is none keeps no command from ending.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_file_that_is_a_pipe_or_has_no_end_is_said_and_not_read() {
    let board = Board::start().await;
    let folder = board.home.path().join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe.json")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless.json")).unwrap();
    std::fs::create_dir(folder.join("folder.json")).unwrap();

    let listed = board.run(&["provider", "list"]).await.done();

    for name in ["pipe.json", "endless.json", "folder.json"] {
        assert!(listed.stderr.contains(name), "{name} is named: {listed:?}");
    }
}

/// A3: nothing works while no secret can be read, and the board says so.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_nothing_is_said_to_work() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;

    for arguments in [&["list"][..], &["show", &id]] {
        let mut command = board.command(arguments);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus").env_remove("XDG_RUNTIME_DIR");
        let said = crate::support::finish(command.spawn().unwrap(), "").await.done().stdout;
        assert!(said.contains("No keychain answers"), "{said}");
        assert!(!said.contains("works") && !said.contains('●'), "{said}");
    }
}

/// B1, B4: over, with refreshes that fail, is neither well nor a person's work; and the past is never promised.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_over_is_never_said_to_work() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.grow_old(&id, std::time::Duration::from_secs(36 * 3600));

    let said = board.run(&["show", &id]).await.done().stdout;
    assert!(said.contains("Its token is over since") && said.contains("; the next call refreshes it."), "{said}");
    let said = board.run(&["list"]).await.done().stdout;
    assert!(said.contains("active, refreshed on need"), "{said}");

    board.provider.set_faults(Faults::default().answers_status(503));
    assert_eq!(board.run(&["refresh", &id]).await.code, 23);
    let list = board.run(&["list"]).await.done().stdout;
    let show = board.run(&["show", &id]).await.done().stdout;
    assert!(list.starts_with("One connection does not work just now: Orders, since "), "{list}");
    assert!(list.contains("(provider down). The app is not running, so it is not tried again by itself."), "{list}");
    assert!(list.contains("expiring, down 1 d") && list.contains("Does not work since "), "{list}");
    for said in [&list, &show] {
        assert!(!said.contains(" left") && !said.contains("orks until") && !said.contains("next to stop"), "{said}");
    }
    for asked in [vec!["show", &id], vec!["list"]] {
        let object = board.json(&asked).await.done().object();
        assert_eq!(
            (&object["reason"], &object["over_since"]),
            (&json!("refresh_failing"), &object["token_expires_at"])
        );
        assert_eq!((&object["status"], &object["is_down"]), (&json!("expiring"), &json!(true)), "{asked:?}");
    }
    board.provider.set_faults(Faults::default());
    board.run(&["refresh", &id]).await.done();
    let object = board.json(&["list"]).await.done().object();
    assert_eq!((&object["over_since"], &object["is_down"]), (&json!(null), &json!(false)));
}

/// B14, B1: what is paused, metered or offline renews nothing ahead of time, and is not said to.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_promised_that_the_switch_or_a_missing_app_keeps_from_happening() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let said = board.run(&["show", &id]).await.done().stdout;
    assert!(!said.contains("stays so by itself") && said.contains("The app is not running"), "{said}");

    for (mode, word) in [("paused", "is paused"), ("metered", "is metered"), ("offline", "offline mode is on")] {
        board.run(&["automatic", mode]).await.done();
        let said = board.run(&["show", &id]).await.done().stdout;
        assert!(!said.contains("stays so by itself") && said.contains(word), "{mode}: {said}");
        assert!(said.contains("patchbay automatic on"), "{mode}: the way out is named: {said}");
        assert_eq!(said.contains("when it is next needed"), mode != "offline", "{mode}: {said}");
    }
    let refused = board.run(&["refresh", &id]).await;
    assert_eq!(refused.code, 23, "{refused:?}");
    assert!(refused.stderr.contains("patchbay automatic on"), "{refused:?}");
    board.run(&["automatic", "on"]).await.done();

    board.provider.set_faults(Faults::default().answers_status(429).retry_after("600"));
    let refused = board.run(&["refresh", &id]).await.stderr;
    assert!(refused.contains("not tried again by itself") && !refused.contains("running app tries"), "{refused}");
    for mode in ["on", "paused", "metered", "offline"] {
        board.run(&["automatic", mode]).await.done();
        for arguments in [&["list"][..], &["show", &id]] {
            let said = board.run(arguments).await.done().stdout;
            assert!(!said.contains("tries again") && said.contains("not tried again"), "{mode}, {arguments:?}: {said}");
        }
    }
}

/// B1, B4, B14: who asks for a token during an outage is told who tries again, where anybody does.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_had_just_now_promises_only_what_somebody_keeps() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.grow_old(&id, std::time::Duration::from_secs(36 * 3600));
    board.provider.set_faults(Faults::default().answers_status(503));

    for (mode, expected) in [
        ("on", "The app is not running, so it is not tried again by itself."),
        ("paused", "Refreshing is paused, so it is not tried again by itself."),
        ("metered", "Refreshing is metered and the app is not running, so it is not tried again by itself."),
        ("offline", "Offline mode is on"),
    ] {
        board.run(&["automatic", mode]).await.done();
        let refused = board.run(&["token", &id]).await;
        assert_eq!((refused.code, refused.stdout.as_str()), (23, ""), "{mode}: {refused:?}");
        assert!(refused.stderr.contains(expected), "{mode}: {refused:?}");
        assert!(!refused.stderr.contains("tries again") && !refused.stderr.contains("go on by"), "{mode}: {refused:?}");
        let show = board.run(&["show", &id]).await.done().stdout;
        assert!(!show.contains("renews it at "), "{mode}: nobody keeps that moment: {show}");
    }

    board.run(&["automatic", "on"]).await.done();
    let locks = engine::refresh_lock::RefreshLocks::new(board.home.path().join("locks"));
    let _running = locks.try_lead().unwrap().expect("no app runs");
    for (faults, expected) in [
        (Faults::default().answers_status(503), "The running app tries again at "),
        (Faults::default().answers_status(429).retry_after("600"), "The running app tries again at "),
    ] {
        board.provider.set_faults(faults);
        let refused = board.run(&["token", &id]).await.stderr;
        assert!(refused.contains(expected) && !refused.contains("not tried again"), "{refused}");
    }
    board.run(&["automatic", "metered"]).await.done();
    let refused = board.run(&["token", &id]).await.stderr;
    assert!(refused.contains("Refreshing is metered, so it is not tried again before it has to be."), "{refused}");
}

/// B4, F1: without the app a script is told from when on its next call asks the provider again, in words and as a moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_had_just_now_names_the_next_try() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.grow_old(&id, std::time::Duration::from_secs(36 * 3600));
    board.provider.set_faults(Faults::default().answers_status(503).retry_after("600"));

    let refused = board.run(&["token", &id]).await;
    assert_eq!(refused.code, 23, "{refused:?}");
    assert!(refused.stderr.contains("The next try is made by the first call after "), "{refused:?}");
    let object = board.json(&["token", &id]).await.object();
    let retry_at: jiff::Timestamp = object["retry_at"].as_str().unwrap().parse().unwrap();
    let minutes = retry_at.duration_since(engine::clock::Clock::system().now()).as_mins();
    assert!((8..=10).contains(&minutes), "{object}");
}

/// B4, B5, C1: a refusal without a word is told as that wherever its cause would stand, and sends nobody anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_without_a_word_is_told_as_a_guess() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.grow_old(&id, std::time::Duration::from_secs(36 * 3600));
    board.provider.set_faults(Faults::default().answers_status_saying(403, "", ""));

    let refused = board.run(&["token", &id]).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (23, ""), "{refused:?}");
    let show = board.run(&["show", &id]).await.done().stdout;
    for said in [&refused.stderr, &show] {
        assert!(said.contains("refused with 403 and gave no reason; perhaps blocked by policy."), "{said}");
        assert!(!said.contains("administrator"), "{said}");
    }
    assert!(refused.stderr.contains("gateway"), "{refused:?}");
    for arguments in [&["list"][..], &["events", &id]] {
        let said = board.run(arguments).await.done().stdout;
        let is_claimed = said.contains("A policy of") || said.contains(", blocked by policy");
        assert!(said.contains("no reason given") && !is_claimed, "{arguments:?}: {said}");
    }
    let health = board.run(&["health"]).await.done().stdout;
    assert!(health.contains("refused without a word") && !health.contains("found the grant to be over"), "{health}");
}

/// B12: none asked for is none shown, never none there.
#[tokio::test(flavor = "multi_thread")]
async fn no_event_at_all_is_no_question() {
    let board = Board::start().await;
    board.connect(&[]).await;

    let asked = board.run(&["events", "--limit", "0"]).await;

    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.stderr.contains("--limit 0") && !asked.stderr.contains("Nothing has happened"), "{asked:?}");
}

/// A5, C1: while nobody knows, the token in hand holds and nobody is sent anywhere; then the true cause is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_told_as_what_it_is() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.provider.set_faults(Faults::default().drops_answer_after_rotating());
    let refused = board.run(&["refresh", &id]).await;
    assert!(
        refused.stderr.contains("its token is perhaps spent") && !refused.stderr.contains("No grant"),
        "{refused:?}"
    );

    let list = board.run(&["list"]).await.done().stdout;
    assert!(list.starts_with("Nothing needs you; the one connection works."), "{list}");
    assert!(list.contains("no usable answer came; the token in hand works until "), "{list}");
    assert!(list.contains("Nothing to do yet") && !list.contains("econnect"), "{list}");
    assert!(list.contains("expiring, 1 h left") || list.contains(" min left"), "an hour's token is not over: {list}");

    board.provider.set_faults(Faults::default());
    assert_eq!(board.run(&["refresh", &id]).await.code, 20);
    let show = board.run(&["show", &id]).await.done().stdout;
    assert!(show.contains("probably lost") && show.contains("One reconnect mends it"), "{show}");
    assert!(!show.contains("does not say why"), "{show}");
    let events = board.run(&["events", &id]).await.done().stdout;
    assert!(events.contains("(no usable answer came "), "{events}");
}

/// A5, B4: what is said of a refresh that brought no tokens is said once, and does not call the grant untouched.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_without_a_usable_answer_is_in_doubt_and_said_to_be() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    for faults in [Faults::default().answers_status(500), Faults::default().answers_html()] {
        board.provider.set_faults(faults.clone());
        let refused = board.run(&["refresh", &id]).await;
        assert_eq!(refused.code, 23, "it may pass: {refused:?}");
        assert!(refused.stderr.contains("its token is perhaps spent"), "{faults:?}: {refused:?}");
        for untrue in ["No grant was touched", "Nothing is wrong here", "answer was lost"] {
            assert!(!refused.stderr.contains(untrue), "{faults:?}: {refused:?}");
        }
    }
    board.provider.set_faults(Faults::default());
    board.run(&["refresh", &id]).await.done();
    assert!(board.run(&["list"]).await.done().stdout.contains("active"), "one success clears it");
}
