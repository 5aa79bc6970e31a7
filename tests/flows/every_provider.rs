//! Every provider of the catalogue, played by the practice provider from its file: connected, identified, tested,
//! refreshed, misunderstood in each of its ways and disconnected, one after the other [A1, A2, A10, B10, C1, C2, E2].

mod browser;
mod stage;
mod walk;

use std::any::Any;
use std::collections::BTreeSet;
use std::path::Path;

use engine::Error;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use serde_json::Value;

use stage::Stage;

/// A1, A2, A10, B1, B10, E2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_provider_connects_identifies_tests_refreshes_and_disconnects() {
    let mut failures = Failures::default();
    for (name, file) in files() {
        let kinds = Stage::kinds_of_client(&file).await;
        for kind in kinds {
            let file = file.clone();
            failures.run(&format!("{name}, {kind} client"), async move { walk::whole_life(&file, kind).await }).await;
        }
    }
    failures.none();
}

/// C1, C2: the provider's own words for what went wrong lead to the cause that its file names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_signature_of_every_provider_leads_to_its_cause() {
    let mut failures = Failures::default();
    for (name, file) in files() {
        failures.run(&name, async move { walk::every_signature(&file).await }).await;
    }
    failures.none();
}

/// A2, C1: an oddity can be rehearsed, and ends in a connection or in a named cause, never in a sign-in that hangs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_oddity_of_every_provider_is_rehearsed_and_lived_with() {
    let mut failures = Failures::default();
    for (name, file) in files() {
        failures.run(&name, async move { walk::every_oddity(&file).await }).await;
    }
    failures.none();
}

/// A2, C4: scopes of a person go into a parameter of their own, come back with a token of their own, and stay what they
/// are through a refresh; one sign-in asks for one kind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_signs_in_a_person_beside_an_app() {
    let (_, file) = files().into_iter().find(|(name, _)| name == "slack").unwrap();
    let stage = Stage::of(&file).await;
    let own = ["user:search:read".to_owned(), "user:im:history".to_owned()];

    let (progress, _) = stage.sign_in_for(&own).await;

    let SignInProgress::Connected(id) = progress else { panic!("{progress:?}: {:?}", stage.practice.complaints()) };
    stage.kept_to_the_file();
    let granted = || stage.engine.connection(&id).unwrap().scopes.granted;
    assert_eq!(granted(), own, "as they are written here");
    let refreshed = stage.engine.refresh(&id, RefreshWhy::Person).await.unwrap();
    assert!(matches!(refreshed, RefreshOutcome::Refreshed { .. }), "{refreshed:?}");
    assert_eq!(granted(), own, "a refresh says the same");
    let tested = stage.engine.run_test_call(&id).await.unwrap();
    assert_eq!((tested.failure, granted().len()), (None, 2));
    stage.kept_to_the_file();

    let mixed = ["user:search:read".to_owned(), "chat:write".to_owned()];
    let request = ConnectRequest {
        provider: "slack".into(),
        client: ClientChoice::Known(stage.client.id.clone()),
        scopes: mixed.to_vec(),
        ..ConnectRequest::default()
    };
    let refused = stage.engine.begin_connect(request).await;
    assert!(matches!(refused, Err(Error::BadInput(why)) if why.contains("a token each")), "{refused:?}");
}

/// A7: where only the redirect, the ID token or a second call tell the workspace, they are asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspaces_are_found_wherever_a_provider_tells_them() {
    for name in ["quickbooks", "microsoft", "atlassian", "clickup"] {
        let (_, file) = files().into_iter().find(|(it, _)| it == name).unwrap();
        let stage = Stage::of(&file).await;

        let connection = stage.connect().await;

        assert_eq!(connection.identity.workspace_id.as_deref(), Some("ws-fjordstudio"), "{name}");
        stage.engine.run_test_call(&connection.id).await.unwrap();
        let after = stage.engine.connection(&connection.id).unwrap().identity;
        assert_eq!(after.workspace_id, connection.identity.workspace_id, "{name}: a test call does not lose it");
        stage.kept_to_the_file();
    }
}

/// A2: the table is the catalogue, not a choice of it.
#[tokio::test]
async fn the_files_that_are_played_are_those_of_the_catalogue() {
    let (catalogue, errors) = engine::provider_catalogue::ProviderCatalogue::load(Path::new("no such folder"));
    assert!(errors.is_empty(), "{errors:?}");
    let known: BTreeSet<String> = catalogue.list().map(|it| it.id.to_string()).collect();

    let played: BTreeSet<String> = files().into_iter().map(|(name, _)| name).collect();

    assert_eq!(played, known);
}

/// Every provider file of the catalogue, by its id; with `PATCHBAY_TEST_PROVIDER` that one alone.
fn files() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider_catalogue");
    let only = std::env::var("PATCHBAY_TEST_PROVIDER").ok();
    let mut files: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap())
        .filter(|file| file.get("authorization_endpoint").is_some())
        .map(|file| (file["id"].as_str().unwrap().to_owned(), file))
        .filter(|(name, _)| only.as_ref().is_none_or(|only| only == name))
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// What went wrong, with the provider's name before it; all of it is told at once.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    async fn run(&mut self, name: &str, work: impl Future<Output = ()> + Send + 'static) {
        if let Err(error) = tokio::spawn(work).await {
            self.0.push(format!("{name}: {}", words(error.into_panic().as_ref())));
        }
    }

    fn none(self) {
        assert!(self.0.is_empty(), "{} went wrong:\n{}", self.0.len(), self.0.join("\n"));
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}
