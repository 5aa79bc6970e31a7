//! A grant of a platform's own, from the sign-in to the platform, and none of it left here [D2, S159, A5].

use domain::PlatformConnectionId;
use domain::blast_radius::PlatformConnection;
use engine::Error;
use engine::flows::connect::{HandedOver, SignInFailure, SignInProgress};
use engine::platforms::PlatformFailure;
use fakes::{N8nRelease, N8nServer};
use serde_json::{Value, json};

use super::support::{World, new_n8n, settled};

const HELD: &str = "at-of-before";

fn held() -> Value {
    json!({
        "grantType": "authorizationCode", "authUrl": "https://p.example/auth", "accessTokenUrl": "https://p.example/token",
        "clientId": "client", "clientSecret": "client-secret", "scope": "files.read", "authentication": "header",
        "oauthTokenData": { "access_token": HELD, "refresh_token": "rt-of-before" },
    })
}

/// An n8n with one credential, read over its API.
async fn with_n8n(world: &World, release: N8nRelease) -> (N8nServer, PlatformConnection) {
    let server = N8nServer::start(release).await.unwrap();
    server.add_credential("drive", "Drive", "oAuth2Api", held());
    let call = json!([{
        "id": "call", "name": "Call", "type": "n8n-nodes-base.httpRequest",
        "parameters": { "authentication": "genericCredentialType", "genericAuthType": "oAuth2Api" },
        "credentials": { "oAuth2Api": { "id": "drive", "name": "Drive" } },
    }]);
    server.add_workflow("w1", "Orders", true, call);
    let platform = world.engine.add_platform(new_n8n(server.url())).await.unwrap();
    world.engine.read_platform(&platform.id).await.unwrap();
    let picture = world.engine.picture().unwrap();
    let theirs = picture.platform_connections()[0].clone();
    (server, theirs)
}

fn access_token(server: &N8nServer) -> String {
    let stored = server.stored("drive").unwrap();
    stored.pointer("/oauthTokenData/access_token").and_then(Value::as_str).unwrap().to_owned()
}

/// S159: a refresh token that Patchbay goes on using is never a platform's too.
#[tokio::test]
async fn a_platform_gets_a_grant_of_its_own_and_the_connection_beside_it_keeps_its_own() {
    let world = World::start().await;
    let own = world.connect().await;
    let (server, theirs) = with_n8n(&world, N8nRelease::New).await;
    world.engine.join_platform_connection(&theirs.id, Some(&own.id)).unwrap();

    let sign_in = world.engine.begin_hand_over(&theirs.id, world.folder.path(), true).await.unwrap();
    let keeper = sign_in.keeper.expect("it is told whose the grant will be");
    assert_eq!((keeper.id, keeper.name.as_str()), (theirs.id, "Drive"));
    let ended = settled(&world.engine, &sign_in.id).await;

    let SignInProgress::HandedOver { beside, handed } = ended else { panic!("{ended:?}") };
    assert_eq!(beside, own.id);
    assert!(matches!(handed, HandedOver::Unproved), "nothing has run yet: {handed:?}");
    let token = access_token(&server);
    assert_ne!(token, HELD, "the platform holds the new grant");
    assert_eq!(world.bundle_count().await, 1, "and the keychain none of it");
    let is_kept = |text: &Vec<u8>| text.windows(token.len()).any(|it| it == token.as_bytes());
    assert!(!world.keychain.items().values().any(is_kept), "not under any name");
    assert_eq!(world.engine.list_connections().unwrap().len(), 1, "no connection was made of it");
    assert!(world.still_works(&own.id).await, "ours is as it was");
}

/// D2: a version without the call gets a file that its own import takes, and nobody else may read.
#[tokio::test]
async fn a_version_that_takes_no_grant_gets_a_file_for_its_own_import() {
    let world = World::start().await;
    let own = world.connect().await;
    let (server, theirs) = with_n8n(&world, N8nRelease::Old).await;
    // That version lists no credentials: the workflow's step names it.
    world.engine.join_platform_connection(&theirs.id, Some(&own.id)).unwrap();

    let sign_in = world.engine.begin_hand_over(&theirs.id, world.folder.path(), true).await.unwrap();
    let ended = settled(&world.engine, &sign_in.id).await;

    let SignInProgress::HandedOver { handed: HandedOver::File(path), .. } = ended else {
        panic!("a file was to be written: {ended:?}")
    };
    let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(file[0]["id"], "drive");
    assert!(file[0]["data"]["oauthTokenData"]["access_token"].is_string());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(access_token(&server), HELD, "nothing was changed over the API");

    world.engine.delete_grant_file(&sign_in.id).unwrap();
    assert!(!path.exists(), "A4: a file that holds a grant goes with one click");
    world.engine.delete_grant_file(&sign_in.id).expect("whoever deleted it by hand is told nothing wrong");
}

/// A5: what the platform does not take is taken back, and another account's grant is never handed over.
#[tokio::test]
async fn a_grant_that_is_not_taken_is_taken_back() {
    let world = World::start().await;
    let own = world.connect().await;
    let (server, theirs) = with_n8n(&world, N8nRelease::New).await;
    world.engine.join_platform_connection(&theirs.id, Some(&own.id)).unwrap();

    world.signs_in_as("jonas");
    let sign_in = world.engine.begin_hand_over(&theirs.id, world.folder.path(), true).await.unwrap();
    let ended = settled(&world.engine, &sign_in.id).await;
    assert!(matches!(ended, SignInProgress::Failed(SignInFailure::Cause { .. })), "another account's: {ended:?}");
    assert_eq!(access_token(&server), HELD);

    world.signs_in_as("mira");
    server.allow_only(&["workflow:read", "workflow:list", "credential:list", "credential:read"]);
    let sign_in = world.engine.begin_hand_over(&theirs.id, world.folder.path(), true).await.unwrap();
    let ended = settled(&world.engine, &sign_in.id).await;
    let SignInProgress::Failed(SignInFailure::NotTaken { failure, left_because }) = ended else { panic!("{ended:?}") };
    assert!(matches!(failure, PlatformFailure::RightMissing { .. }), "it names the right: {failure:?}");
    assert!(left_because.is_none(), "the new grant is taken back: {left_because:?}");
    assert_eq!(access_token(&server), HELD);
    assert_eq!(world.bundle_count().await, 1);
    assert!(world.still_works(&own.id).await, "taking it back has not ended ours");
}

/// D1: without one of ours beside it nobody knows with which client to sign in.
#[tokio::test]
async fn a_grant_needs_a_connection_of_ours_beside_it() {
    let world = World::start().await;
    let (_server, theirs) = with_n8n(&world, N8nRelease::New).await;

    let refused = world.engine.begin_hand_over(&theirs.id, world.folder.path(), true).await;
    assert!(matches!(refused, Err(Error::BadInput(_))));
    let gone = PlatformConnectionId::from_text("pcn_0000000000");
    assert!(matches!(
        world.engine.begin_hand_over(&gone, world.folder.path(), true).await,
        Err(Error::ConnectionGone(_))
    ));
}
