//! Grants in full: two accounts never mix, scopes widen and are compared, duplicates merge, and a disconnect tells
//! what was seen rather than what was said [A7, A8, A9, A10, C4].

use std::time::Duration;

use domain::ConnectionId;
use domain::connection::farewell::RevocationPlan;
use domain::connection::reconnect::{ReconnectDecision, Refusal};
use domain::connection::sprawl::{DuplicateKind, MergeRevocation};
use domain::connection::{Connection, Environment};
use engine::flows::connect::{ClientChoice, ConnectRequest, LeftBecause, SignInFailure, SignInProgress};
use engine::flows::disconnect::{AccessTokenSeen, RevocationResult, SiblingState};
use engine::flows::labels::NewDependant;
use engine::{Engine, Error};
use practice::{ApiRejection, Endpoint, Faults, PracticeClient, Settings};

use super::support::{World, ended, settled, timeouts};

/// A7, A9: an account that has a connection of its own is not put into another's place; the old bundle is what the
/// next start finds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_connected_already_takes_no_other_connections_place() {
    let world = World::start().await;
    let of_mira = world.connect().await;
    world.signs_in_as("jonas");
    let of_jonas = world.connect().await;

    for decision in [ReconnectDecision::Replace, ReconnectDecision::KeepBoth] {
        let (sign_in, progress) = world.reconnect(&of_mira.id).await;
        assert!(matches!(progress, SignInProgress::NeedsDecision { .. }), "{progress:?}");
        world.engine.decide_reconnect(&sign_in, decision).unwrap();

        let progress = ended(&world.engine, &sign_in).await;
        let SignInProgress::Failed(SignInFailure::NotStored { error, left_because: None }) = &progress else {
            panic!("{progress:?}")
        };
        assert!(matches!(error.as_ref(), Error::AlreadyConnected(id) if *id == of_jonas.id), "{error}");
    }

    assert_eq!(world.engine.connection(&of_mira.id).unwrap(), of_mira, "nothing was replaced");
    assert_eq!(world.practice.grants().iter().filter(|it| it.is_alive()).count(), 2, "what was issued was taken back");
    let again = world.opened_again();
    again.reconcile().await.unwrap();
    let subject = |engine: &Engine, id| engine.connection(id).unwrap().identity.subject;
    assert_eq!(subject(&again, &of_mira.id).as_deref(), Some("mira"));
    assert!(world.still_works(&of_mira.id).await && world.still_works(&of_jonas.id).await);
    let of_mira = world.practice.grants().into_iter().find(|it| it.account == "mira").unwrap();
    assert_eq!(of_mira.refresh_count, 1, "it is Mira's own grant that is refreshed");
}

/// A9: the same account in two environments is two connections, whichever of them is brought back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_in_two_environments_stays_two_connections() {
    let world = World::start().await;
    let production = world.connect().await;
    let sandbox = world.connect_with(ConnectRequest { environment: Environment::Sandbox, ..world.request() }).await;
    assert_ne!(production.id, sandbox.id);

    let (_, progress) = world.reconnect(&sandbox.id).await;

    assert!(matches!(progress, SignInProgress::Connected(id) if id == sandbox.id), "it is its own place");
    assert_eq!(world.engine.connection(&production.id).unwrap(), production);
    let moved = world.engine.label_connection(&sandbox.id, "Moved", None, Environment::Production);
    assert!(matches!(moved, Err(Error::EnvironmentsDiffer { .. })), "its client is the sandbox's: {moved:?}");
    let merged = world.engine.plan_merge(&production.id, &sandbox.id);
    assert!(matches!(merged, Err(Error::BadInput(_))), "environments never mix: {merged:?}");
}

/// A7, A10: with a provider whose revocation ends every grant of the client, refusing a narrower grant of the same
/// account revokes nothing, and says so before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_would_end_the_old_grant_leaves_the_new_one() {
    let (world, engine) = world_with_a_played_provider("all_grants_of_the_client", false).await;
    let connection = connect_played(&world, &engine, &["files.read", "files.write"]).await;
    let left: Vec<_> = connection.scopes.granted.iter().filter(|it| *it != "files.write").cloned().collect();
    world.set_faults(Faults::default().grants_fewer_scopes(left));

    let sign_in = engine.begin_reconnect(&connection.id, true).await.unwrap().id;
    let progress = settled(&engine, &sign_in).await;

    let SignInProgress::NeedsDecision { comparison, refusal, .. } = progress else { panic!("{progress:?}") };
    assert_eq!(comparison.scopes_lost, ["files.write"]);
    assert_eq!(refusal, Refusal::WouldEnd(vec![connection.name.clone()]), "said before the click");
    world.practice.clear_log();
    engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();
    let progress = ended(&engine, &sign_in).await;
    let SignInProgress::Refused { revoked: false, left_because: Some(LeftBecause::WouldEnd(names)) } = progress else {
        panic!("{progress:?}")
    };
    assert_eq!(names, [connection.name]);
    assert!(world.practice.log().iter().all(|it| it.endpoint != Endpoint::Revocation), "nobody was asked to revoke");
}

/// C4: where a consent replaces all scopes, all are asked for again, and the result is the union.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_scopes_by_a_repeated_consent_keep_what_there_was() {
    let world = World::start().await;
    let request = ConnectRequest { scopes: vec!["files.read".into()], ..world.request() };
    let connection = world.connect_with(request).await;

    let more = ["files.write".to_owned()];
    let sign_in = world.engine.begin_widening(&connection.id, &more, true).await.unwrap();
    let progress = settled(&world.engine, &sign_in.id).await;

    assert!(matches!(&progress, SignInProgress::Connected(id) if *id == connection.id), "{progress:?}");
    let asked = scopes_asked(&sign_in.authorize_url);
    assert!(asked.contains("files.read") && asked.contains("files.write"), "{asked}");
    let after = world.engine.connection(&connection.id).unwrap();
    assert!(after.scopes.granted.contains(&"files.write".to_owned()), "{:?}", after.scopes);
    assert_eq!(after.scopes.missing().count(), 0);
    let again = world.engine.begin_widening(&connection.id, &more, false).await;
    assert!(matches!(again, Err(Error::BadInput(_))), "there is nothing more to ask for");
}

/// A7, C4: where the provider says that it keeps what was granted, only the new is asked for; a server that then
/// forgets the old loses it only after a yes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incremental_consent_asks_for_the_new_alone_and_a_loss_waits_for_a_yes() {
    let (world, engine) = world_with_a_played_provider("this_grant", true).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;

    let sign_in = engine.begin_widening(&connection.id, &["files.write".to_owned()], true).await.unwrap();
    let progress = settled(&engine, &sign_in.id).await;

    let asked = scopes_asked(&sign_in.authorize_url);
    assert!(asked.contains("files.write") && !asked.contains("files.read"), "{asked}");
    assert!(sign_in.authorize_url.query_pairs().any(|(name, _)| name == "include_granted_scopes"));
    let SignInProgress::NeedsDecision { comparison, .. } = progress else { panic!("{progress:?}") };
    assert_eq!(comparison.scopes_lost, ["files.read"], "this server forgets, whatever its file says");
    assert_eq!(engine.connection(&connection.id).unwrap(), connection, "nothing is replaced before the yes");
    engine.decide_reconnect(&sign_in.id, ReconnectDecision::Refuse).unwrap();
    let progress = ended(&engine, &sign_in.id).await;
    assert!(matches!(progress, SignInProgress::Refused { revoked: true, .. }), "{progress:?}");
    assert_eq!(world.practice.grants().iter().filter(|it| it.is_alive()).count(), 1, "the new one was taken back");
}

/// C4: a refresh that comes back with other scopes is noted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_that_a_refresh_takes_away_are_noted() {
    let world = World::start().await;
    let request = ConnectRequest { scopes: vec!["files.read".into()], ..world.request() };
    let connection = world.connect_with(request).await;
    world.refresh(&connection.id).await;
    assert!(!world.event_kinds(Some(&connection.id)).contains(&"scopes_changed"), "nothing changed yet");
    let answer = r#"{"access_token":"{access_token}","refresh_token":"{refresh_token}","token_type":"Bearer",
                     "expires_in":3600,"scope":"openid profile email offline_access"}"#;
    world.set_faults(Faults::default().malformed_token_answer(answer));

    world.refresh(&connection.id).await;

    let events = world.engine.list_events(Some(&connection.id), 50).unwrap();
    let noted = events.iter().find(|(_, event)| event.kind.as_str() == "scopes_changed").expect("it is noted");
    assert!(noted.1.subject.as_deref().is_some_and(|it| it.contains("lost") && it.contains("files.read")), "{noted:?}");
}

/// A8, A10
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merging_moves_the_dependants_and_revokes_only_what_goes() {
    let world = World::start_with(
        Settings { clients: vec![second_client()], ..Settings::default() },
        timeouts(Duration::from_secs(10)),
    )
    .await;
    let keep = world.connect().await;
    let gone = world.connect_with(through_second_client(&world)).await;
    assert_ne!(keep.id, gone.id, "another client, another grant");
    for (of, name) in [(&keep, "Invoices"), (&gone, "Invoices"), (&gone, "Reports")] {
        world.engine.add_dependant(&of.id, workflow(name)).unwrap();
    }
    let found = world.engine.list_duplicates().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, DuplicateKind::SeveralClients);

    let plan = world.engine.plan_merge(&keep.id, &gone.id).unwrap();
    assert_eq!((plan.moved.len(), plan.already_there.len()), (1, 1), "one of them is there already");
    assert_eq!(plan.revocation, MergeRevocation::Revokes);
    assert_eq!(world.engine.list_dependants(&gone.id).unwrap().len(), 2, "a plan does nothing");
    let merged = world.engine.merge_connections(&keep.id, &gone.id).await.unwrap();

    assert_eq!((merged.moved_count, merged.revocation), (1, Some(RevocationResult::Revoked)));
    assert_eq!(merged.access_token, AccessTokenSeen::Dead);
    assert_eq!(world.engine.list_dependants(&keep.id).unwrap().len(), 2);
    assert!(world.engine.list_dependants(&gone.id).unwrap().is_empty());
    assert_eq!(world.status(&gone.id).0, "disconnected");
    assert_eq!(world.bundle_count().await, 1, "its secrets are erased");
    for id in [&keep.id, &gone.id] {
        assert!(world.event_kinds(Some(id)).contains(&"connections_merged"), "both say so");
    }
    assert!(world.engine.list_duplicates().unwrap().is_empty());
    assert!(world.still_works(&keep.id).await);
}

/// A7, A10: where the access token alone can be revoked, a goodbye and a refusal both say that the refresh token may
/// live on, before and after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_outlives_the_revocation_is_told_of() {
    let changes = serde_json::json!({ "wants_access_token": true });
    let (world, engine) = world_with_a_played_revocation("this_token", false, changes).await;
    let connection = connect_played(&world, &engine, &["files.read", "files.write"]).await;
    let left: Vec<_> = connection.scopes.granted.iter().filter(|it| *it != "files.write").cloned().collect();
    world.set_faults(Faults::default().grants_fewer_scopes(left));

    let sign_in = engine.begin_reconnect(&connection.id, true).await.unwrap().id;
    let progress = settled(&engine, &sign_in).await;
    let SignInProgress::NeedsDecision { refusal, .. } = progress else { panic!("{progress:?}") };
    assert_eq!(refusal, Refusal::TakesAccessTokenBack, "said before the click");
    engine.decide_reconnect(&sign_in, ReconnectDecision::Refuse).unwrap();
    let progress = ended(&engine, &sign_in).await;
    let is_told = matches!(
        progress,
        SignInProgress::Refused { revoked: false, left_because: Some(LeftBecause::AccessTokenAlone) }
    );
    assert!(is_told, "{progress:?}");

    assert_eq!(engine.plan_disconnect(&connection.id).unwrap().revocation, RevocationPlan::EndsAccessTokenAlone);
    let done = engine.disconnect(&connection.id).await.unwrap();
    assert_eq!((done.revocation, done.access_token), (RevocationResult::AccessTokenAlone, AccessTokenSeen::Dead));
    let events = engine.list_events(Some(&connection.id), 50).unwrap();
    let noted =
        events.iter().find(|(_, event)| event.kind.as_str() == "revocation_failed").expect("it is written down");
    assert_eq!(noted.1.subject.as_deref(), Some("the access token alone was revoked"));
    for grant in world.practice.grants() {
        assert!(grant.is_alive() && grant.refresh_tokens.iter().any(|it| it.usable), "it lives on, as told: {grant:?}");
        assert!(grant.access_tokens.iter().all(|it| !it.usable), "its access token does not: {grant:?}");
    }
}

/// A10: where a revocation ends no more than the token it is shown, both tokens are shown, the refresh token first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_tokens_are_revoked_where_each_is_revoked_by_itself() {
    let (world, engine) = world_with_a_played_provider("this_token", false).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    world.practice.clear_log();

    let done = engine.disconnect(&connection.id).await.unwrap();

    assert_eq!((done.revocation, done.access_token), (RevocationResult::Revoked, AccessTokenSeen::Dead));
    let asked = world.practice.log().iter().filter(|it| it.endpoint == Endpoint::Revocation).count();
    assert_eq!(asked, 2, "one request for each token");
    assert!(world.practice.grants().iter().all(|it| !it.is_alive()), "the grant is over");
}

/// A10: what was said, and what was seen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_tells_what_was_seen_after_the_revocation() {
    let still = |connection: &Connection| {
        let token = connection.token.as_ref().unwrap();
        match token.expiry {
            domain::token::Expiry::At(at) => AccessTokenSeen::StillWorks { until: Some(at) },
            other => panic!("{other:?}"),
        }
    };
    type Expected = fn(AccessTokenSeen) -> (RevocationResult, AccessTokenSeen);
    let cases: [(&str, Faults, Expected); 5] = [
        ("revoked, and dead", Faults::default(), |_| (RevocationResult::Revoked, AccessTokenSeen::Dead)),
        ("200, and nothing done", Faults::default().revokes_nothing_with_200(), |works| {
            (RevocationResult::Revoked, works)
        }),
        ("the refresh token alone", Faults::default().revocation_leaves_access_token(), |works| {
            (RevocationResult::Revoked, works)
        }),
        ("refused", Faults::default().revocation_refuses_public_clients(), |works| {
            (RevocationResult::Failed { http_status: Some(400) }, works)
        }),
        (
            "nobody could look",
            Faults::default().api_rejects(ApiRejection::TooManyRequests { retry_after: None }),
            |works| {
                let AccessTokenSeen::StillWorks { until } = works else { unreachable!() };
                (RevocationResult::Revoked, AccessTokenSeen::NotSeen { until })
            },
        ),
    ];

    for (what, faults, expected) in cases {
        let world = World::start().await;
        let connection = world.connect().await;
        world.set_faults(faults);
        world.practice.clear_log();

        let done = world.engine.disconnect(&connection.id).await.unwrap();

        assert_eq!((done.revocation, done.access_token), expected(still(&connection)), "{what}");
        let log = world.practice.log();
        assert!(log.iter().all(|it| it.endpoint != Endpoint::Token), "{what}: no refresh token is used to look");
        assert_eq!(log.iter().filter(|it| it.endpoint == Endpoint::Userinfo).count(), 1, "{what}: one look");
        assert_eq!(world.bundle_count().await, 0, "{what}: erased here in any case");
    }
}

/// A10: those that a revocation takes along are named before, and looked at after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn siblings_are_named_before_and_looked_at_after() {
    let (world, engine) = world_with_a_played_provider("all_grants_of_the_client", false).await;
    let connection = connect_played(&world, &engine, &["files.read"]).await;
    let sibling = connect_sibling(&engine).await;

    let plan = engine.plan_disconnect(&connection.id).unwrap();
    assert_eq!(plan.revocation, RevocationPlan::EndsAllGrantsOfThisClient);
    assert_eq!(plan.siblings, ["Sibling"], "one client at the provider, entered twice here");
    // The practice provider ends one grant; what its file promises of the others is played by hand.
    let of_sibling = world.practice.grants().into_iter().next_back().unwrap();
    world.practice.revoke_grant(&of_sibling.id);
    let done = engine.disconnect(&connection.id).await.unwrap();

    assert_eq!(done.siblings.len(), 1);
    assert_eq!((done.siblings[0].name.as_str(), done.siblings[0].state), ("Sibling", SiblingState::Ended));
    assert_eq!(engine.overview(&sibling).unwrap().status.lamp.as_str(), "reauth_required", "marked at once");
}

fn workflow(name: &str) -> NewDependant {
    NewDependant { workflow: name.into(), place: None, step: None, owner: None }
}

fn scopes_asked(url: &url::Url) -> String {
    url.query_pairs().find(|(name, _)| name == "scope").map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn second_client() -> PracticeClient {
    PracticeClient {
        client_id: "second".into(),
        client_secret: None,
        redirect: practice::RedirectRule::LoopbackAnyPort { path: None },
        authentication: vec![practice::ClientAuthentication::None],
    }
}

fn through_second_client(world: &World) -> ConnectRequest {
    let client = ClientChoice::New { client_id: "second".into(), client_secret: None };
    ConnectRequest { client, name: Some("Second".into()), ..world.request() }
}

/// A provider of a person's own file, played by the practice provider.
async fn world_with_a_played_provider(effect: &str, keeps_granted: bool) -> (World, Engine) {
    world_with_a_played_revocation(effect, keeps_granted, serde_json::json!({})).await
}

/// The same, with more said of its revocation.
pub(crate) async fn world_with_a_played_revocation(
    effect: &str,
    keeps_granted: bool,
    more: serde_json::Value,
) -> (World, Engine) {
    let world = World::start().await;
    let at = world.practice.issuer();
    let folder = world.folder.path().join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    let mut file = serde_json::json!({
        "id": "played",
        "name": "Played",
        "tag": "Pl",
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "client_authentication": ["public"],
        "client_secret": "optional",
        "pkce": "required",
        "scopes": {
            "parameter": "scope",
            "always": ["openid", "email", "offline_access"],
            "keeps_granted": keeps_granted,
            "widening_parameters": { "include_granted_scopes": "true" },
        },
        "refresh": { "rotation": "always", "issued": "by_scope" },
        "redirect": { "host": "127.0.0.1" },
        "identity": { "url": format!("{at}/userinfo"), "subject": ["/sub"], "label": ["/email"] },
        "revocation": { "url": format!("{at}/revoke"), "authentication": "as_client", "effect": effect },
    });
    let revocation = file["revocation"].as_object_mut().unwrap();
    revocation.extend(more.as_object().unwrap().clone());
    std::fs::write(folder.join("played.json"), file.to_string()).unwrap();
    let engine = world.opened_again();
    assert_eq!(engine.catalogue_errors(), [""; 0]);
    (world, engine)
}

fn played(scopes: &[&str]) -> ConnectRequest {
    ConnectRequest {
        provider: "played".into(),
        client: ClientChoice::New { client_id: "patchbay-practice".into(), client_secret: None },
        scopes: scopes.iter().map(|it| (*it).to_owned()).collect(),
        opens_browser: true,
        ..Default::default()
    }
}

/// The same account at the same client once more, in another environment.
pub(crate) async fn connect_sibling(engine: &Engine) -> ConnectionId {
    let request =
        ConnectRequest { environment: Environment::Sandbox, name: Some("Sibling".into()), ..played(&["files.read"]) };
    let sign_in = engine.begin_connect(request).await.unwrap();
    match settled(engine, &sign_in.id).await {
        SignInProgress::Connected(id) => id,
        other => panic!("the sign-in should have worked: {other:?}"),
    }
}

pub(crate) async fn connect_played(world: &World, engine: &Engine, scopes: &[&str]) -> Connection {
    world.signs_in_as("mira");
    let sign_in = engine.begin_connect(played(scopes)).await.unwrap();
    match settled(engine, &sign_in.id).await {
        SignInProgress::Connected(id) => engine.connection(&id).unwrap(),
        other => panic!("the sign-in should have worked: {other:?}"),
    }
}
