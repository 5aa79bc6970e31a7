//! The ladder of probes against the practice provider and its faults: it stops where something is wrong, says what,
//! and makes nothing worse [C3, C4, B5, B6, S075].

use std::sync::Mutex;
use std::time::Duration;

use domain::ConnectionId;
use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::diagnosis::probe_plan::{LadderReport, NextStep, Rung, RungState};
use domain::lifecycle::refresh_mode::RefreshMode;
use engine::Error;
use engine::flows::connect::ConnectRequest;
use engine::flows::diagnose::{DiagnoseWith, RungEvent};
use engine::flows::support_bundle::BundleWith;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use practice::{ApiRejection, Endpoint, Faults};

use super::support::{HOUR, MINUTE, World, within};

fn looking() -> DiagnoseWith {
    DiagnoseWith { may_refresh: false, may_write: false, resource: None, zone: TimeZone::UTC }
}

async fn diagnosed(world: &World, id: &ConnectionId) -> LadderReport {
    within(world.engine.diagnose(id, looking(), |_| {})).await.unwrap()
}

fn state(report: &LadderReport, rung: Rung) -> RungState {
    report.rungs.iter().find(|it| it.rung == rung).unwrap().state
}

/// Where it stopped, and the cause.
fn stop(report: &LadderReport) -> (Option<Rung>, CauseLabel) {
    (report.failed_rung().map(|it| it.rung), report.verdict.diagnosis.cause)
}

/// A person who wants files.
async fn with_files(world: &World) -> Connection {
    let scopes = vec!["files.read".to_owned()];
    world.connect_with(ConnectRequest { scopes, ..world.request() }).await
}

/// What the token endpoint was asked.
fn token_requests(world: &World) -> usize {
    world.practice.log().iter().filter(|it| it.endpoint == Endpoint::Token).count()
}

/// C3: every rung holds, in order, each told of twice; a rotating refresh token stays where it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_connection_is_climbed_to_the_top_without_a_refresh() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();
    let told = Mutex::new(vec![]);

    let report =
        world.engine.diagnose(&connection.id, looking(), |event| told.lock().unwrap().push(event)).await.unwrap();

    assert_eq!(stop(&report), (None, CauseLabel::NoFailure), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::Nothing);
    assert_eq!(token_requests(&world), 0, "nothing was at stake, so nothing was asked there");
    for rung in [Rung::Reach, Rung::Clock, Rung::OurToken, Rung::Identity, Rung::Scopes] {
        assert_eq!(state(&report, rung), RungState::Passed, "{rung:?}: {report:#?}");
    }
    for rung in [Rung::TokenEndpoint, Rung::Credential, Rung::Resource] {
        assert_eq!(state(&report, rung), RungState::NotNeeded, "{rung:?}");
    }
    let told = told.into_inner().unwrap();
    let began: Vec<_> = told.iter().filter(|it| matches!(it, RungEvent::Began(_))).collect();
    assert_eq!(began.len(), Rung::ALL.len(), "each rung is told of as it begins");
    let ended = told.iter().filter_map(|it| match it {
        RungEvent::Ended(result) => Some(result.clone()),
        RungEvent::Began(_) => None,
    });
    assert_eq!(ended.collect::<Vec<_>>(), report.rungs, "and as it ends");
    let kept = world.engine.last_diagnosis(&connection.id).unwrap().unwrap();
    assert_eq!(kept.verdict, report.verdict, "the page shows it again");
    assert_eq!(kept.rungs.len(), report.rungs.len());
}

/// C3: it is refreshed where that was asked for, once.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_holds_is_refreshed_only_when_asked_for() {
    let world = World::start().await;
    let connection = world.connect().await;
    let with = DiagnoseWith { may_refresh: true, ..looking() };

    let report = world.engine.diagnose(&connection.id, with, |_| {}).await.unwrap();

    assert_eq!(stop(&report), (None, CauseLabel::NoFailure), "{report:#?}");
    assert_eq!(state(&report, Rung::Credential), RungState::Passed);
    assert_eq!(world.refreshes().len(), 1);
    let proof = &report.rungs[4].proof[0];
    assert_eq!((proof.status, proof.sent[0].0.as_str()), (Some(200), "refresh_token"), "the wire is shown: {proof:?}");
}

/// C3, B5: a token that is over is refreshed once on the way.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_over_is_renewed_on_the_way() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.pass_time(2 * HOUR);

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report), (None, CauseLabel::NoFailure), "{report:#?}");
    assert_eq!(state(&report, Rung::TokenEndpoint), RungState::Passed, "a wrong code showed that the client is known");
    assert_eq!(world.refreshes().len(), 1);
}

/// C3, B5: it stops at the refusal, what lies above is not tried, and a second look asks nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_grant_stops_it_at_the_credential_and_is_not_sent_again() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.revoke_all();
    world.pass_time(2 * HOUR);

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report).0, Some(Rung::Credential), "{report:#?}");
    assert!(report.verdict.diagnosis.cause.ends_the_grant(), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::Reconnect);
    for rung in [Rung::Identity, Rung::Scopes, Rung::Resource] {
        assert_eq!(state(&report, rung), RungState::NotRun, "{rung:?}");
    }
    assert!(
        report.rungs[5].says.contains("mira@fjordstudio.example"),
        "what is known is said: {}",
        report.rungs[5].says
    );
    assert!(report.verdict.last_good.is_some() && report.verdict.first_bad.is_some(), "{:#?}", report.verdict);
    let out: Vec<_> = report.verdict.ruled_out.iter().map(|it| it.cause).collect();
    for cause in [CauseLabel::ClockSkew, CauseLabel::ClientCredentialsMismatch, CauseLabel::NetworkFailure] {
        assert!(out.contains(&cause), "{cause:?} is ruled out: {:#?}", report.verdict);
    }
    assert_eq!(world.status(&connection.id).0, "reauth_required", "the lamp follows");

    let asked = (world.refreshes().len(), token_requests(&world));
    let again = diagnosed(&world, &connection.id).await;
    assert_eq!(stop(&again).0, Some(Rung::Credential));
    assert_eq!((world.refreshes().len(), token_requests(&world)), asked, "a dead grant is not asked again");
    let [proof] = again.rungs[4].proof.as_slice() else { panic!("the refusal is shown from what was written down") };
    let words = proof.words.as_deref().unwrap_or_default();
    assert!(!words.is_empty(), "with the provider's own words: {proof:?}");
    assert_eq!(report.rungs[4].proof[0].words.as_deref(), Some(words), "then as now");
}

/// C3, B4: the API refuses a token that should hold: one refresh, one more try.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_api_refuses_is_renewed_once() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.expire_access_tokens();

    let report = diagnosed(&world, &connection.id).await;
    assert_eq!(stop(&report), (None, CauseLabel::NoFailure), "{report:#?}");
    assert_eq!(world.refreshes().len(), 1);

    world.set_faults(Faults::default().api_rejects(ApiRejection::InvalidToken));
    let report = diagnosed(&world, &connection.id).await;
    assert_eq!(stop(&report).0, Some(Rung::Identity), "{report:#?}");
    assert_eq!(world.refreshes().len(), 2, "once, and not in a loop");

    let refreshes = world.refreshes().len();
    for climb in 1..=3 {
        diagnosed(&world, &connection.id).await;
        assert_eq!(world.refreshes().len(), refreshes + climb, "one at the most, however often it is refused");
    }
}

/// C3, B6: whoever asks for peace gets it, at the token endpoint and at the API.
#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_ends_it_there_and_then() {
    let world = World::start().await;
    let connection = with_files(&world).await;
    world.set_faults(Faults::default().api_rejects(ApiRejection::TooManyRequests { retry_after: Some("90".into()) }));
    world.practice.clear_log();
    let files = format!("{}/api/files", world.practice.issuer());
    let with = DiagnoseWith { resource: Some(files.parse().unwrap()), ..looking() };

    let report = world.engine.diagnose(&connection.id, with, |_| {}).await.unwrap();

    assert_eq!(stop(&report), (Some(Rung::Identity), CauseLabel::RateLimited), "{report:#?}");
    let until = world.clock.now() + Duration::from_secs(90);
    assert_eq!(report.verdict.next, NextStep::WaitUntil(Some(until)));
    assert!(world.practice.log().iter().all(|it| it.endpoint != Endpoint::Api), "nothing is asked after it");

    let bundle = world.engine.failure_bundle(&connection.id, BundleWith { includes_account: false }).await.unwrap();
    let told = serde_json::from_str::<serde_json::Value>(&bundle.json).unwrap()["provider_facts"]["limits_told"].take();
    assert_eq!((&told["endpoint"], &told["http_status"]), (&"api".into(), &429.into()), "C6: {told:#}");
    for (name, value) in [("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "90")] {
        let header = serde_json::json!({ "name": name, "value": value });
        assert!(told["headers"].as_array().unwrap().contains(&header), "{name}: {told:#}");
        assert!(bundle.markdown.contains(name), "{}", bundle.markdown);
    }

    world.pass_time(2 * HOUR);
    world.set_faults(Faults::default().answers_status(429).retry_after("600"));
    let report = diagnosed(&world, &connection.id).await;
    assert_eq!(stop(&report), (Some(Rung::TokenEndpoint), CauseLabel::RateLimited), "{report:#?}");
    assert!(world.refreshes().is_empty(), "the refresh token was not sent into it");
}

/// C2, C3: what the ground is broken by, and by what.
#[tokio::test(flavor = "multi_thread")]
async fn each_fault_stops_it_at_its_own_rung() {
    let far = Faults::default().clock_is_off_by(SignedDuration::from_mins(-10));
    for (faults, rung, cause, next) in [
        (far, Rung::Clock, CauseLabel::ClockSkew, NextStep::OpenClock),
        (
            Faults::default().answers_status(503),
            Rung::TokenEndpoint,
            CauseLabel::ProviderOutage,
            NextStep::WaitUntil(None),
        ),
        (Faults::default().answers_html(), Rung::TokenEndpoint, CauseLabel::NetworkFailure, NextStep::WaitUntil(None)),
    ] {
        let world = World::start().await;
        let connection = world.connect().await;
        world.pass_time(2 * HOUR);
        world.set_faults(faults);

        let report = diagnosed(&world, &connection.id).await;

        assert_eq!(stop(&report), (Some(rung), cause), "{report:#?}");
        assert_eq!(report.verdict.next, next);
        assert!(world.refreshes().is_empty(), "{cause:?}: the refresh token stays here");
        assert!(world.still_works(&connection.id).await, "{cause:?}: nothing was made worse");
    }
}

/// C3: nobody is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_gone_is_not_reached() {
    let world = World::start().await;
    let connection = world.connect().await;
    let World { practice, engine, .. } = world;
    practice.stop().await;

    let report = within(engine.diagnose(&connection.id, looking(), |_| {})).await.unwrap();

    assert_eq!(stop(&report), (Some(Rung::Reach), CauseLabel::NetworkFailure), "{report:#?}");
    assert!(report.rungs[1..].iter().all(|it| it.state == RungState::NotRun));
}

/// C2, C3: the client is refused before the refresh token is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_not_known_is_found_before_the_refresh_token_is_sent() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.pass_time(2 * HOUR);
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    sqlite.execute("UPDATE clients SET client_id = 'nobody'", ()).unwrap();

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report), (Some(Rung::TokenEndpoint), CauseLabel::ClientCredentialsMismatch), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::CheckClient(connection.client.clone()));
    assert!(world.refreshes().is_empty());
}

/// C3, A7: another account answers than is stored.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_told_apart_from_the_stored_one() {
    let world = World::start().await;
    let connection = world.connect().await;
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    sqlite
        .execute("UPDATE connections SET subject = 'jonas', account_label = 'jonas@haldenoptik.example'", ())
        .unwrap();

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report), (Some(Rung::Identity), CauseLabel::WrongTenantOrAccount), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::ReconnectOtherAccount);
    let says = &report.rungs[5].says;
    assert!(says.contains("mira@") && says.contains("jonas@"), "both are named: {says}");
}

/// C4: what was asked for, granted, and is needed.
#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_was_not_granted_is_named_with_what_needs_it() {
    let world = World::start().await;
    world.set_faults(Faults::default().grants_fewer_scopes(["openid"]));
    let connection = with_files(&world).await;

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report), (Some(Rung::Scopes), CauseLabel::InsufficientScope), "{report:#?}");
    let NextStep::ReconnectWithScopes { missing } = &report.verdict.next else { panic!("{:?}", report.verdict.next) };
    assert!(missing.contains(&"files.read".to_owned()), "{missing:?}");
    assert!(report.rungs[6].says.contains("files.read"), "{}", report.rungs[6].says);
}

/// C4: what the API names is asked for; where that is granted, or nothing is named, another consent is no help.
#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_the_api_names_is_asked_for_unless_it_is_granted() {
    let world = World::start().await;
    let connection = with_files(&world).await;
    world.set_faults(Faults::default().api_rejects(ApiRejection::InsufficientScope));

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(stop(&report), (Some(Rung::Identity), CauseLabel::InsufficientScope), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::ReconnectWithScopes { missing: vec!["files.share".to_owned()] });

    let server = &report.rungs[5].proof[0];
    assert_eq!(server.words.as_deref(), Some("The access token lacks a scope"), "in the provider's words");

    let connection = world.engine.connection(&connection.id).unwrap();
    let granted = [connection.scopes.granted, vec!["files.share".to_owned()]].concat();
    world.set_faults(Faults::default());
    let wide =
        world.connect_with(ConnectRequest { scopes: granted, name: Some("Wide".into()), ..world.request() }).await;
    world.set_faults(Faults::default().api_rejects(ApiRejection::InsufficientScope));
    let report = diagnosed(&world, &wide.id).await;
    assert_eq!(stop(&report).1, CauseLabel::InsufficientScope);
    assert!(matches!(report.verdict.next, NextStep::AskAdmin { .. }), "it is granted: {:#?}", report.verdict);
}

/// C3: one object: read, or not there for this account.
#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_or_said_not_to_be_shared() {
    let world = World::start().await;
    let connection = with_files(&world).await;
    let at = |path: &str| {
        let url = format!("{}{path}?secret=planted-query-5Rk", world.practice.issuer());
        DiagnoseWith { resource: Some(url.parse().unwrap()), ..looking() }
    };

    let report = world.engine.diagnose(&connection.id, at("/api/files"), |_| {}).await.unwrap();
    assert_eq!(state(&report, Rung::Resource), RungState::Passed, "{report:#?}");
    assert!(!format!("{report:?}").contains("planted-query-5Rk"), "a query is nobody's business");

    let report = world.engine.diagnose(&connection.id, at("/api/files/file-999"), |_| {}).await.unwrap();
    assert_eq!(stop(&report), (Some(Rung::Resource), CauseLabel::ResourceNotShared), "{report:#?}");
    assert!(matches!(&report.verdict.next, NextStep::ShareResource { steps } if !steps.is_empty()));
}

/// S075: a token goes to no host that is not the provider's, and nothing at all is asked then.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_elsewhere_is_refused_before_anything_is_asked() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.practice.clear_log();
    let elsewhere = ["https://evil.example/api/files", "http://127.0.0.1:9/api/files", "file:///etc/passwd"];

    for address in elsewhere {
        let with = DiagnoseWith { resource: Some(address.parse().unwrap()), ..looking() };
        let refused = world.engine.diagnose(&connection.id, with, |_| {}).await;
        assert!(matches!(refused, Err(Error::BadInput(_))), "{address}: {refused:?}");
    }
    assert!(world.practice.log().is_empty());
}

/// B14: a switch is obeyed.
#[tokio::test(flavor = "multi_thread")]
async fn paused_sends_no_refresh_and_offline_sends_nothing() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.pass_time(2 * HOUR);
    world.engine.set_refresh_mode(RefreshMode::Paused).unwrap();

    let report = diagnosed(&world, &connection.id).await;
    assert_eq!(stop(&report), (Some(Rung::Credential), CauseLabel::AccessTokenExpired), "{report:#?}");
    assert_eq!(report.verdict.next, NextStep::RefreshNow);
    assert!(world.refreshes().is_empty());

    world.engine.set_refresh_mode(RefreshMode::Offline).unwrap();
    world.practice.clear_log();
    assert!(matches!(world.engine.diagnose(&connection.id, looking(), |_| {}).await, Err(Error::Offline)));
    assert!(world.practice.log().is_empty());
}

/// C3: one that is given up half-way leaves no report, no lock and a working grant.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_climb_leaves_nothing_behind() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.pass_time(2 * HOUR);
    world.set_faults(Faults::default().never_answers());
    let (began, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let tell = |event: RungEvent| {
        if event == RungEvent::Began(Rung::TokenEndpoint) {
            began.send(()).unwrap();
        }
    };

    tokio::select! {
        report = world.engine.diagnose(&connection.id, looking(), tell) => panic!("it cannot end: {report:?}"),
        _ = within(heard.recv()) => {}
    }

    assert!(world.engine.last_diagnosis(&connection.id).unwrap().is_none(), "half a ladder is no report");
    assert!(world.still_works(&connection.id).await, "nothing was spent, and nobody holds the lock");
}

/// A3: nothing of a token, a secret or a code in what is shown and kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_holds_fingerprints_and_no_secret() {
    let world = World::start().await;
    let connection = world.connect().await;
    let with = DiagnoseWith { may_refresh: true, ..looking() };
    let healthy = world.engine.diagnose(&connection.id, with, |_| {}).await.unwrap();
    world.practice.revoke_all();
    world.pass_time(2 * HOUR);
    let dead = diagnosed(&world, &connection.id).await;

    let shown = format!("{healthy:?}{dead:?}");
    for planted in ["practice_at_", "practice_rt_", "patchbay-setup-check-"] {
        assert!(!shown.contains(planted), "{planted} is in {shown}");
    }
    let database = std::fs::read(world.folder.path().join("patchbay.db")).unwrap();
    assert!(!database.windows(12).any(|piece| piece == b"practice_at_" || piece == b"practice_rt_"));
}

/// C3: one that fails and is waited for is not asked again before its time; a sibling's success is proof enough.
#[tokio::test(flavor = "multi_thread")]
async fn a_sibling_that_was_renewed_stands_for_the_client() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.signs_in_as("jonas");
    let sibling = world.connect().await;
    world.practice.revoke_grant(&world.practice.grants()[0].id);
    world.pass_time(2 * HOUR);
    world.refresh(&sibling.id).await;
    world.pass_time(MINUTE);

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(state(&report, Rung::TokenEndpoint), RungState::NotNeeded, "{report:#?}");
    assert!(report.rungs[3].says.contains("The same client refreshed"), "{}", report.rungs[3].says);
}

/// C5, C6, S048: the page that the provider names is kept whole for the button, and nothing that leaves or is written
/// down shows more of it than host and path.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_mends_is_opened_whole_and_told_of_without_its_query() {
    for (cause, path, secret) in [
        ("sso_required", "/organisation/sso", "practice-request-code"),
        ("api_not_enabled", "/console/apis/files", "practice-project"),
    ] {
        let world = World::start().await;
        let connection = world.connect().await;
        world.set_faults(Faults::default().with_switch(&format!("stages={cause}")).unwrap());

        let report = diagnosed(&world, &connection.id).await;

        assert_eq!(report.verdict.next, NextStep::OpenMendingPage, "{report:#?}");
        let kept = world.opened_again().last_diagnosis(&connection.id).unwrap().unwrap();
        let page = kept.verdict.diagnosis.mending_page().unwrap();
        assert_eq!(page.url().path(), path);
        assert!(page.url().query().is_some_and(|it| it.contains(secret)), "{}", page.url());
        assert!(!format!("{report:?}").contains(secret), "a log would show it");
        let masked = BundleWith { includes_account: true };
        let bundle = within(world.engine.failure_bundle(&connection.id, masked)).await.unwrap();
        assert!(bundle.json.contains(path), "{}", bundle.json);
        let vendor = within(world.engine.vendor_report(&connection.id, masked)).await.unwrap();
        let events = world.engine.list_events(Some(&connection.id), 50).unwrap();
        for told in [&bundle.json, &bundle.markdown, &format!("{vendor:?}"), &format!("{events:?}")] {
            assert!(!told.contains(secret), "{told}");
        }
        world.engine.open_mending_page(&connection.id).await.unwrap();
        within(world.person.until_visited(|it| it == page.url())).await.unwrap();
    }
}

/// S048: whatever got into the file, only a page of the provider's is opened, and none where none was named.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_somebody_elses_is_not_opened() {
    let world = World::start().await;
    let connection = world.connect().await;
    let refused = |opened| matches!(opened, Err(Error::BadInput(_)));
    assert!(refused(world.engine.open_mending_page(&connection.id).await), "nothing was diagnosed");
    diagnosed(&world, &connection.id).await;
    assert!(refused(world.engine.open_mending_page(&connection.id).await), "nothing is wrong");
    world.set_faults(Faults::default().with_switch("stages=sso_required").unwrap());
    diagnosed(&world, &connection.id).await;
    let visited = world.person.visited().len();

    let issuer = world.practice.issuer();
    let sqlite = rusqlite::Connection::open(world.folder.path().join("patchbay.db")).unwrap();
    for other in ["https://evil.example", "http://127.0.0.1:1", "javascript:alert(1)//", "file:///etc"] {
        let was: String = sqlite.query_row("SELECT report FROM diagnoses", [], |row| row.get(0)).unwrap();
        assert!(was.contains(issuer), "{was}");
        // Of the ladder, and of the last call: both may name one.
        let alter = |from: &str, to: &str| {
            sqlite.execute("UPDATE diagnoses SET report = replace(report, ?1, ?2)", [from, to]).unwrap();
            sqlite
                .execute("UPDATE connections SET proof_failure = replace(proof_failure, ?1, ?2)", [from, to])
                .unwrap();
        };
        alter(issuer, other);
        assert!(refused(world.engine.open_mending_page(&connection.id).await), "{other}");
        alter(other, issuer);
    }
    assert_eq!(world.person.visited().len(), visited, "the browser went nowhere");
}

/// C8: the text is there without a ladder, of the failure that the board shows, and of no other.
#[tokio::test(flavor = "multi_thread")]
async fn the_text_for_the_administrator_needs_no_ladder() {
    let world = World::start().await;
    let connection = world.connect().await;
    assert!(matches!(world.engine.letter_to_admin(&connection.id), Err(Error::BadInput(_))), "nothing is wrong");
    world.set_faults(Faults::default().with_switch("stages=admin_policy_restriction").unwrap());
    world.engine.run_test_call(&connection.id).await.unwrap();
    world.practice.clear_log();

    let text = world.engine.letter_to_admin(&connection.id).unwrap();

    assert!(text.contains("A policy there keeps it out.") && text.contains("mira@fjordstudio.example"), "{text}");
    assert!(world.practice.log().is_empty(), "nothing was asked for it");
    let NextStep::AskAdmin { text: climbed } = diagnosed(&world, &connection.id).await.verdict.next else {
        panic!("a policy is the administrator's")
    };
    assert_eq!(climbed, text, "the ladder says the same");
}

/// A7, C3: somebody answered, and it is said so.
#[tokio::test(flavor = "multi_thread")]
async fn another_account_is_not_told_as_no_answer() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.set_faults(Faults::default().with_switch("stages=wrong_tenant_or_account").unwrap());

    let report = diagnosed(&world, &connection.id).await;

    assert_eq!(report.verdict.first_bad.unwrap().what, "test call, 200, other account");
}
