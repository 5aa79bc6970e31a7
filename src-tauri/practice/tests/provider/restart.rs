//! What survives a restart, and what a damaged or busy state file does [A3, A5].

use practice::{PracticeError, PracticeProvider, Settings};

use crate::client::{Program, tokens};

/// A5
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_survives_a_restart_on_the_same_port() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice").join("state.json");
    let settings = Settings { state_file: Some(path.clone()), ..Settings::default() };
    let program = Program::with(settings.clone()).await;
    let (access, first) = program.sign_in().await;
    let (_, second) = tokens(&program.refresh(&first).await);
    let issuer = program.provider.issuer().to_owned();
    let before = program.provider.grants();
    program.provider.stop().await;

    let written = std::fs::read_to_string(&path).unwrap();
    let program = Program::with(settings).await;

    assert_eq!(program.provider.issuer(), issuer, "the port of last time, so the connection finds it again");
    assert_eq!(program.provider.grants(), before, "nothing was forgotten");
    assert_eq!(program.api("GET", "/userinfo", &access, "").await.status, 200, "access tokens still work");
    assert_eq!(program.refresh(&second).await.status, 200, "refresh tokens still work");
    assert_eq!(program.refresh(&first).await.error(), "invalid_grant", "and reuse is still noticed");
    for secret in [access, first, second] {
        assert!(!written.contains(&secret), "tokens stand there as hashes only");
    }
}

/// A3
#[cfg(unix)]
#[tokio::test]
async fn the_state_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let program = Program::with(Settings { state_file: Some(path.clone()), ..Settings::default() }).await;
    program.sign_in().await;

    let mode = std::fs::metadata(&path).unwrap().permissions().mode();

    assert_eq!(mode & 0o777, 0o600, "also after it was replaced");
    let lock = path.with_extension("json.lock");
    assert_eq!(std::fs::metadata(lock).unwrap().permissions().mode() & 0o777, 0o600, "and the lock beside it");
}

/// A5
#[tokio::test]
async fn a_damaged_state_file_is_moved_aside_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "{\"format\":1,\"port\":").unwrap();

    let provider = PracticeProvider::start(Settings { state_file: Some(path.clone()), ..Settings::default() })
        .await
        .expect("a damaged file is no reason not to start");

    let aside = provider.damaged_state().expect("the person is told");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "{\"format\":1,\"port\":", "the old file is untouched");
    assert!(provider.grants().is_empty(), "started afresh");
    assert!(serde_json::from_slice::<serde_json::Value>(&std::fs::read(&path).unwrap()).is_ok(), "with a sound file");
}

/// A5
#[tokio::test]
async fn two_providers_never_share_a_state_file_or_a_port() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state_file: Some(folder.path().join("state.json")), ..Settings::default() };
    let first = PracticeProvider::start(settings.clone()).await.unwrap();

    let same_file = PracticeProvider::start(settings).await;
    let same_port = PracticeProvider::start(Settings { port: first.port(), ..Settings::default() }).await;

    assert!(matches!(same_file, Err(PracticeError::StateInUse { .. })), "the second would overwrite the first");
    assert!(matches!(same_port, Err(PracticeError::PortUnavailable { .. })), "a port has one owner");
}

/// A5
#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_kept_is_not_granted() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    let program = Program::with(Settings { state_file: Some(inner.join("state.json")), ..Settings::default() }).await;
    let (_, token) = program.sign_in().await;

    std::fs::rename(&inner, folder.path().join("elsewhere")).unwrap();
    let refused = program.refresh(&token).await;
    std::fs::rename(folder.path().join("elsewhere"), &inner).unwrap();
    let accepted = program.refresh(&token).await;

    assert_eq!((refused.status, refused.error().as_str()), (500, "server_error"), "{}", refused.text);
    assert_eq!(accepted.status, 200, "the failed refresh did not use the token up");
}

/// A5
#[tokio::test]
async fn stopping_or_dropping_frees_the_port() {
    let first = PracticeProvider::start(Settings::default()).await.unwrap();
    let port = first.port();
    first.stop().await;
    let second = PracticeProvider::start(Settings { port, ..Settings::default() }).await;
    assert!(second.is_ok(), "stop returns once the port is free");
    drop(second);

    // Dropping cannot wait: serving ends at its next turn.
    let third = loop {
        tokio::task::yield_now().await;
        if let Ok(third) = PracticeProvider::start(Settings { port, ..Settings::default() }).await {
            break third;
        }
    };

    assert_eq!(third.port(), port, "a dropped provider lets go as well");
}
