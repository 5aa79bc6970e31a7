//! Before a run, and while one is blocked: the answer, its exit code, and the way back [F1, F3].

use std::time::{Duration, Instant};

use practice::Faults;
use serde_json::{Value, json};

use crate::support::{Board, finish};

/// F1: a grant that was revoked is found before the run, though the token in hand has not expired, and the answer carries
/// the link that brings it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_grant_blocks_a_run_before_it_begins() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let ready = board.json(&["preflight", "Orders"]).await.done().objects();
    assert_eq!(
        (&ready[0]["of"], &ready[0]["verdict"], &ready[0]["ready"]),
        (&json!("preflight"), &json!("ready"), &json!(true))
    );
    assert_eq!(
        (&ready[1]["id"], &ready[1]["verdict"], &ready[1]["reconnect"]),
        (&json!(id), &json!("ready"), &json!(null))
    );
    assert!(ready[1]["token_expires_at"].is_string(), "{ready:?}");
    let said = board.run(&["preflight", "Orders"]).await.done().stdout;
    assert!(said.starts_with("Orders is ready.") && said.contains("✓"), "{said}");

    assert_eq!(board.provider.revoke_all(), 1);
    let known = board.json(&["preflight", "Orders", "--known"]).await.done();
    assert_eq!(known.objects()[0]["verdict"], "ready", "nobody was asked");
    let blocked = board.json(&["preflight", "Orders"]).await;

    assert_eq!(blocked.code, 20, "{blocked:?}");
    let answer = blocked.objects();
    assert_eq!((&answer[0]["verdict"], &answer[0]["ready"]), (&json!("blocked_on_auth"), &json!(false)));
    let link = format!("patchbay://reconnect/{id}");
    assert_eq!((&answer[1]["reconnect"], &answer[1]["cause"]), (&json!(link), &json!("grant_revoked")));
    assert_eq!(board.json(&["preflight", "Orders", "--known"]).await.code, 20, "it is known by now");
    let said = board.run(&["preflight", "Orders"]).await;
    assert_eq!(said.code, 20);
    assert!(said.stdout.starts_with("Blocked: Orders needs a person.") && said.stdout.contains(&link), "{said:?}");
    assert!(said.stdout.contains(&format!("patchbay reconnect {id}")), "{said:?}");
}

/// F1, B4, B6: while the provider is waited for, the answer says until when.
#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_that_has_to_wait_says_until_when() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.provider.set_faults(Faults::default().answers_status(503).retry_after("600"));
    board.grow_old(&id, Duration::from_secs(2 * 3600));
    let asked = ["preflight", &id];

    for _ in 0..2 {
        let told = board.json(&asked).await;
        assert_eq!(told.code, 23, "{told:?}");
        let moment = |text: &Value| text.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let events = board.json(&["events", &id]).await.done().objects();
        let failed = events.iter().rfind(|it| it["kind"] == "refresh_failed").expect("the refresh was tried");
        let wait = moment(&told.objects()[1]["retry_at"]).duration_since(moment(&failed["at"]));
        assert!((600..=1300).contains(&wait.as_secs()), "{told:?}");
        let said = board.run(&asked).await.stdout;
        assert!(said.contains("The next try is made by the first call after "), "{said}");
    }
}

/// F1: of several the one that presses most is the answer, and each has its own line.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_the_one_that_presses_most_is_the_answer() {
    let board = Board::start().await;
    let orders = board.connect(&["--name", "Orders"]).await;
    assert!(board.provider.consent_automatically(Some("jonas")));
    board.connect(&["--name", "Mail"]).await;
    board.json(&["radius", "Orders", "--add", "Nightly invoices"]).await.done();
    board.json(&["preflight", "Orders", "Mail"]).await.done();

    let narrow = board.json(&["preflight", "Mail", "Orders", "--scope", "files.write"]).await;
    assert_eq!(narrow.code, 21, "{narrow:?}");
    let answer = narrow.objects();
    assert_eq!((&answer[1]["name"], &answer[2]["name"]), (&json!("Mail"), &json!("Orders")), "in their order");
    assert_eq!(
        (&answer[1]["lacking_scopes"], &answer[1]["verdict"]),
        (&json!(["files.write"]), &json!("scope_missing"))
    );

    board.json(&["disconnect", "Mail", "--yes"]).await.done();
    let blocked = board.json(&["preflight", "Mail", "Orders"]).await;
    let verdicts: Vec<_> = blocked.objects().iter().map(|it| it["verdict"].clone()).collect();
    assert_eq!(
        (blocked.code, verdicts),
        (20, vec![json!("blocked_on_auth"), json!("blocked_on_auth"), json!("ready")])
    );
    let workflow = board.json(&["preflight", "--workflow", "Nightly invoices"]).await.done().objects();
    assert_eq!((&workflow[0]["workflow"], &workflow[1]["name"]), (&json!("Nightly invoices"), &json!("Orders")));
    assert_eq!(workflow.len(), 2, "what it does not need is not asked about");

    board.provider.set_faults(Faults::default().answers_status(503));
    board.grow_old(&orders, Duration::from_secs(40 * 60));
    board.json(&["preflight", "Orders"]).await.done();
    let away = board.json(&["preflight", "Orders", "--min-valid", "30m"]).await;
    assert_eq!((away.code, &away.objects()[1]["verdict"]), (23, &json!("temporary")), "{away:?}");
    board.provider.set_faults(Faults::default());
    board.json(&["refresh", &orders]).await.done();
    let short = board.json(&["preflight", "Orders", "--min-valid", "2h"]).await;
    assert_eq!((short.code, &short.objects()[0]["ready"]), (2, &json!(false)), "{short:?}");
    assert_eq!(short.objects()[1]["verdict"], "too_short");
    let said = board.run(&["preflight", "Orders", "--min-valid", "2h"]).await.stdout;
    assert!(said.starts_with("More was asked for than there is: no token of Orders holds that long."), "{said}");
    assert!(said.contains("Tokens of Orders live 1 h: its provider issues no longer ones."), "{said}");
    assert!(!said.contains("a person"), "nobody can help: {said}");

    for (wrong, code) in [(&["preflight"][..], 2), (&["preflight", "Nobody"], 24), (&["wait", "Nobody"], 24)] {
        let refused = board.json(wrong).await;
        assert_eq!(refused.code, code, "{refused:?}");
    }
}

/// F1: who closes the pipe early takes nothing from the number that scripts switch on.
#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_is_the_answer_though_nobody_reads_the_words() {
    let board = Board::start().await;
    board.connect(&["--name", "Orders"]).await;
    assert_eq!(board.provider.revoke_all(), 1);

    for asked in
        [&["preflight", "Orders"][..], &["preflight", "Orders", "--json"], &["wait", "Orders", "--timeout", "0s"]]
    {
        let mut child = board.command(asked).spawn().unwrap();
        drop(child.stdout.take());
        let status = child.wait().await.unwrap();
        assert_eq!(status.code(), Some(20), "{asked:?}");
    }
}

/// F1, F3: what a preflight stops at is not waved through by who only waits.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_agrees_with_what_was_tried() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.json(&["automatic", "offline"]).await.done();
    board.json(&["preflight", "Orders", "--known"]).await.done();
    board.grow_old(&id, Duration::from_secs(2 * 60 * 60));

    for asked in [&["preflight", "Orders"][..], &["preflight", "Orders", "--known"], &["wait", "Orders"]] {
        let ran = board.json(asked).await;
        assert_eq!((ran.code, &ran.objects()[0]["verdict"]), (23, &json!("temporary")), "{asked:?}: {ran:?}");
    }
}

/// F3: what waits goes on within a second of the reconnect, whoever makes it, and asks no provider meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_run_goes_on_once_a_person_has_reconnected() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.json(&["wait", "Orders", "--timeout", "1s"]).await.done();
    assert_eq!(board.provider.revoke_all(), 1);
    assert_eq!(board.json(&["preflight", "Orders"]).await.code, 20);
    board.provider.clear_log();

    let began = Instant::now();
    let given_up = board.json(&["wait", "Orders", "--timeout", "1s"]).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!((given_up.code, &given_up.objects()[0]["verdict"]), (20, &json!("blocked_on_auth")));
    assert!(
        given_up.stderr.contains("Waiting for Orders") && given_up.stderr.contains("patchbay://reconnect/"),
        "{given_up:?}"
    );

    let waiting = board.command(&["wait", "Orders", "--json"]).spawn().unwrap();
    assert_eq!(board.provider.log().len(), 0, "nobody was asked");
    let waiting = tokio::spawn(async move {
        let ran = finish(waiting, "").await;
        (ran, Instant::now())
    });
    assert!(board.provider.consent_automatically(Some("mira")));
    board.sign_in(&["reconnect", &id]).await.done();
    let reconnected_at = Instant::now();
    let (went_on, went_on_at) = waiting.await.unwrap();

    assert_eq!(went_on.done().objects()[0]["verdict"], "ready");
    println!("went on after {:?}", went_on_at.saturating_duration_since(reconnected_at));
}
