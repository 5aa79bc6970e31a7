//! What is said of an answer that is odd: once, and without a promise that nobody keeps [B1, B6, B7, B12].

use practice::Faults;
use serde_json::json;

use crate::support::{Board, fingerprint};

/// B7, B8, B12: a token that cannot be used costs nothing but the refresh that brought it, and is told once.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_kind_is_one_failure_and_leaves_the_old_one_usable() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.provider.set_faults(Faults::default().token_type("mac"));

    let refused = board.run(&["refresh", &id]).await;

    assert_eq!(refused.code, 23, "{refused:?}");
    assert!(refused.stderr.contains("answered without an access token that can be used"), "{refused:?}");
    board.run(&["token", &id]).await.done();
    let show = board.run(&["show", &id]).await.done().stdout;
    assert!(show.contains("Works until") && !show.contains("Does not work since"), "{show}");
    assert!(show.contains("Defects") && show.contains("token_type is of a kind that cannot be used"), "{show}");
    let events = board.json(&["events", &id]).await.done().objects();
    let kinds: Vec<_> = events.iter().filter_map(|it| it["kind"].as_str()).collect();
    let of_refresh: Vec<_> = kinds.iter().filter(|it| it.starts_with("refresh_")).collect();
    assert_eq!(of_refresh, [&"refresh_failed"], "{kinds:?}");
    let told = board.run(&["events", &id]).await.done().stdout;
    assert!(told.contains("unusable token") && !told.contains("provider down"), "{told}");
    let health = board.json(&["health", &id]).await.done().object();
    assert_eq!((&health["refresh_succeeded"], &health["refresh_failed"]), (&json!(0), &json!(1)), "{health}");
}

/// B6: how long the provider wants to be left alone is said where somebody would try again.
#[tokio::test(flavor = "multi_thread")]
async fn how_long_a_provider_asks_to_wait_is_said_without_the_app() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    board.provider.set_faults(Faults::default().retry_after("120"));

    let refused = board.run(&["refresh", &id]).await;

    assert_eq!(refused.code, 23, "{refused:?}");
    let show = board.run(&["show", &id]).await.done().stdout;
    for said in [&refused.stderr, &show] {
        assert!(said.contains("Not before ") && said.contains("asks for 2 min"), "{said}");
        assert!(!said.contains("Try now"), "{said}");
    }
}

/// B1, B7: nobody can come before an end that nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_an_end_is_not_said_to_be_renewed_ahead_of_it() {
    let board = Board::start().await;
    for faults in [Faults::default().omits_expires_in(), Faults::default().expires_in("-5")] {
        board.provider.set_faults(faults);
        let id = board.connect(&[]).await;
        let show = board.run(&["show", &id]).await.done().stdout;
        assert!(show.contains("refreshed when it is next needed") && !show.contains("ahead of"), "{show}");
    }
}

/// A2, A8: a second sign-in of the same account renews what is there, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn connecting_an_account_again_says_that_the_name_was_not_used() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    let again = ["connect", board.provider.issuer(), "--client-id", "patchbay-practice", "--name", "Copies"];
    let ran = board.sign_in(&again).await.done();
    assert_eq!(ran.object()["connection"]["id"], json!(id), "it is the same connection");
    assert!(
        ran.stderr.contains("connected already, as Orders") && ran.stderr.contains("Copies was not used"),
        "{ran:?}"
    );
    assert!(!board.run(&["list"]).await.done().stdout.contains("Copies"));
}

/// A5, B7, S059: two refresh tokens are said in the same breath as the refresh, with the one that is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_that_brings_two_refresh_tokens_names_both() {
    const TOP: &str = r#""access_token":"{access_token}","token_type":"Bearer","expires_in":3600"#;
    let other = fingerprint("rt-of-nobody-knows-whom");
    for (rest, kept) in [
        (r#""refresh_token":"{refresh_token}","data":{"refresh_token":"rt-of-nobody-knows-whom"}"#, "The new one"),
        (r#""refresh_token":"rt-of-nobody-knows-whom","refresh_token":"{refresh_token}""#, "The new one"),
        (
            r#""data":{"access_token":"at-of-another","refresh_token":"rt-of-nobody-knows-whom"}"#,
            "The one that was sent",
        ),
    ] {
        let board = Board::start().await;
        let id = board.connect(&["--name", "Orders"]).await;
        board.provider.set_faults(Faults::default().malformed_token_answer(format!("{{{TOP},{rest}}}")));

        let told = board.run(&["refresh", &id]).await.done().stdout;
        let kept_token = board.json(&["show", &id]).await.done().object()["lineage"][0]["refresh_fingerprint"].clone();
        let kept_token = kept_token.as_str().unwrap();
        assert!(told.contains("is refreshed") && told.contains(&format!("{kept} ({kept_token}) is kept")), "{told}");
        assert!(told.contains(&format!("({other}), and was left")) && !told.contains("nobody-knows"), "{told}");
        let show = board.run(&["show", &id]).await.done().stdout;
        assert!(show.contains("another refresh token came beside it"), "{show}");
        // Whoever speaks of its token tells it alike, until the next answer.
        let said = told.lines().find_map(|it| it.strip_prefix("◔ ")).unwrap();
        let handed = board.run(&["token", &id]).await.done();
        let preflight = board.run(&["preflight", &id]).await.done().stdout;
        for (what, text) in [("show", &show), ("token", &handed.stderr), ("preflight", &preflight)] {
            let lines = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(lines.contains(&said.split_whitespace().collect::<Vec<_>>().join(" ")), "{what}: {text}");
        }
        assert!(!handed.stdout.contains("refresh token"), "the token and nothing else");
        for asked in [["show", &id], ["token", &id], ["preflight", &id]] {
            let objects = board.json(&asked).await.done().objects();
            assert!(objects.iter().any(|it| it["warning"] == json!(said)), "{asked:?}: {objects:?}");
        }
        let events = board.run(&["events", &id]).await.done().stdout;
        assert!(events.contains(&format!("Another refresh token came too, and was left: {other}")), "{events}");

        let board = Board::start().await;
        let id = board.connect(&[]).await;
        board.provider.set_faults(Faults::default().malformed_token_answer(format!("{{{TOP},{rest}}}")));
        let told = board.json(&["refresh", &id]).await.done().object();
        assert_eq!(told["left_refresh_tokens"], json!([other]), "{told}");
        assert!(told["defects"].as_array().unwrap().contains(&json!("other_refresh_token")), "{told}");
        assert!(told["warning"].as_str().unwrap().contains(kept), "{told}");
    }
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let told = board.json(&["refresh", &id]).await.done().object();
    assert_eq!((&told["warning"], &told["left_refresh_tokens"]), (&json!(null), &json!([])), "as usual: {told}");
}

/// A5, B7, S059: the same of a sign-in, and nothing of it after an answer as usual.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_brings_two_refresh_tokens_names_the_one_it_left() {
    let other = fingerprint("rt-of-nobody-knows-whom");
    let board = Board::start().await;
    board.provider.set_faults(Faults::default().malformed_token_answer(
        r#"{"access_token":"{access_token}","token_type":"Bearer","expires_in":3600,"refresh_token":"{refresh_token}",
            "data":{"refresh_token":"rt-of-nobody-knows-whom"}}"#,
    ));
    let connect = ["connect", board.provider.issuer(), "--client-id", "patchbay-practice"];

    let told = board.sign_in(&connect).await.done();

    let connected = told.objects().into_iter().find(|it| it["event"] == "connected").unwrap();
    let warning = connected["warning"].as_str().unwrap();
    assert!(warning.contains(&other) && warning.contains("The new one"), "{warning}");
    let id = connected["connection"]["id"].as_str().unwrap();
    assert_eq!(board.json(&["show", id]).await.done().object()["warning"], json!(warning));
    board.provider.set_faults(Faults::default());
    board.run(&["refresh", id]).await.done();
    assert_eq!(board.json(&["show", id]).await.done().object()["warning"], json!(null), "the next answer was as usual");
}

/// A5, S059: where none of two can be told, the old one is kept, and that it is in doubt is said at once and on the board.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_cannot_be_told_is_said_at_once() {
    let board = Board::start().await;
    let id = board.connect(&["--name", "Orders"]).await;
    board.provider.set_faults(Faults::default().malformed_token_answer(
        r#"{"access_token":"{access_token}","token_type":"Bearer","a":{"refresh_token":"rt-one"},"b":{"refresh_token":"rt-two"}}"#,
    ));

    let told = board.run(&["refresh", &id]).await.done().stdout;

    assert!(told.contains("2 new refresh tokens") && told.contains("is perhaps spent"), "{told}");
    assert!(told.contains(&fingerprint("rt-one")) && told.contains(&fingerprint("rt-two")), "{told}");
    let listed = board.json(&["list"]).await.done().object();
    assert_eq!((&listed["status"], &listed["reason"]), (&json!("expiring"), &json!("outcome_unknown")), "{listed}");
    let show = board.run(&["show", &id]).await.done().stdout;
    assert!(show.contains("brought no refresh token that can be told for sure"), "{show}");
    board.run(&["token", &id]).await.done();
}
