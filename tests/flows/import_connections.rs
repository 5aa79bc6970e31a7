//! Taking what another tool held: what becomes a connection, what is left alone, and when a preview is forgotten
//! [A1, A3, A5, A7, A8].

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ConnectionId;
use domain::connection::{Connection, Environment, IssuedBy};
use engine::flows::import_connections::{ImportPreview, ImportRefusal, ImportWarning, TakenOutcome};
use engine::{Engine, Error};
use fakes::Keychain;
use fakes::keychain::Mood;
use jiff::Timestamp;
use practice::{Endpoint, PracticeProvider};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::import_files::seen;
use super::support::{HOUR, MINUTE, World, open};

/// Another tool with a grant of its own at the same provider.
struct OtherTool {
    engine: Engine,
    connection: Connection,
    folder: TempDir,
    access_token: String,
    refresh_token: String,
}

impl OtherTool {
    async fn start(world: &World) -> Self {
        let (folder, keychain) = (tempfile::tempdir().unwrap(), Keychain::default());
        let engine = open(folder.path(), &keychain, &world.clock, &world.person, world.timeouts);
        engine.adopt_practice(world.practice.issuer()).await.unwrap();
        let id = world.sign_in_with(&engine).await.unwrap();
        engine.until_quiet().await;
        let [access_token, refresh_token] = ["practice_at_", "practice_rt_"].map(|begin| token(&keychain, begin));
        Self { connection: engine.connection(&id).unwrap(), engine, folder, access_token, refresh_token }
    }

    /// Its grant as an n8n export would hold it, good until `expires_at`.
    fn entry(&self, world: &World, name: &str, expires_at: Timestamp) -> Value {
        json!({ "name": name, "type": "oAuth2Api", "updatedAt": world.clock.now().to_string(), "data": {
            "clientId": PracticeProvider::default_client_id(),
            "accessTokenUrl": self.connection.endpoints.token_endpoint,
            "scope": "openid email",
            "oauthTokenData": { "access_token": self.access_token, "refresh_token": self.refresh_token,
                "n8n_expires_at": expires_at.as_millisecond().to_string() } } })
    }

    fn write(&self, entries: &[Value]) -> PathBuf {
        let path = self.folder.path().join("export.json");
        std::fs::write(&path, Value::from(entries).to_string()).unwrap();
        path
    }
}

/// The token of the practice provider that a keychain holds.
fn token(keychain: &Keychain, begin: &str) -> String {
    let items = keychain.items();
    let mut plain = items.values().filter_map(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let (bytes, at) = plain
        .find_map(|bytes| {
            let at = bytes.windows(begin.len()).position(|piece| piece == begin.as_bytes())?;
            Some((bytes, at))
        })
        .unwrap_or_else(|| panic!("no item holds a {begin}"));
    String::from_utf8(bytes[at..at + begin.len() + 43].to_vec()).unwrap()
}

async fn preview(world: &World, path: &Path) -> ImportPreview {
    world.engine.preview_import(path, None).await.unwrap()
}

async fn take(world: &World, preview: &ImportPreview, numbers: &[usize]) -> Vec<TakenOutcome> {
    let taken = world.engine.take_import(&preview.id, numbers, Environment::Production).await.unwrap();
    taken.into_iter().map(|it| it.outcome).collect()
}

fn connected(outcomes: &[TakenOutcome]) -> ConnectionId {
    match outcomes {
        [TakenOutcome::Connected { connection, failure: None, .. }] => connection.clone(),
        other => panic!("one connection that works was expected: {other:?}"),
    }
}

/// A1, A3, A5: what is ticked is taken, what is not is not; the account is asked for, and the file stays as it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticked_grant_becomes_a_connection_and_the_rest_stays_where_it_is() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let good_until = world.clock.now() + HOUR;
    let other = json!({ "name": "Other", "type": "oAuth2Api", "data": {
        "clientId": "another-client", "accessTokenUrl": tool.connection.endpoints.token_endpoint } });
    let path = tool.write(&[tool.entry(&world, "Sheets prod", good_until), other]);
    let before = seen(&path);

    let previewed = preview(&world, &path).await;
    assert_eq!(previewed.items.len(), 2);
    assert!(previewed.items.iter().all(|it| it.refusal.is_none()), "both could be taken: {previewed:?}");
    assert_eq!(world.bundle_count().await, 0, "nothing is written before a tick");
    assert!(world.engine.list_connections().unwrap().is_empty());
    let id = connected(&take(&world, &previewed, &[1]).await);

    let connection = world.engine.connection(&id).unwrap();
    assert_eq!(connection.name, "Sheets prod");
    assert_eq!(connection.identity.label.as_deref(), Some("mira@fjordstudio.example"), "the provider says whose it is");
    assert_eq!(world.status(&id).0, "active", "its identity call proves it");
    assert_eq!(world.event_kinds(Some(&id)), ["imported"]);
    let links = world.engine.detail(&id).unwrap().lineage;
    assert_eq!(links.iter().map(|link| link.issued_by).collect::<Vec<_>>(), [IssuedBy::Import]);
    assert_eq!(world.bundle_count().await, 1, "in the keychain");
    let clients = world.engine.list_clients().unwrap();
    assert!(!clients.iter().any(|(it, _)| it.client_id == "another-client"), "what is not ticked is not taken");
    assert_eq!(seen(&path), before, "the file is as it was");
    assert!(world.refreshes().is_empty(), "a token that is still good is not spent for asking");
    assert!(world.still_works(&id).await, "and it can be refreshed from here");
}

/// B11, A8: two holders of one rotating token are warned of, by name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_holders_of_a_rotating_token_are_warned_of_and_do_end_each_other() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() + HOUR)]);

    let previewed = preview(&world, &path).await;
    assert!(previewed.items[0].warnings.contains(&ImportWarning::TwoHolders { tool: "n8n" }), "{previewed:?}");
    let id = connected(&take(&world, &previewed, &[1]).await);

    assert!(world.still_works(&id).await, "who refreshes first has it");
    let other = tool.engine.refresh(&tool.connection.id, engine::flows::refresh::RefreshWhy::Person).await.unwrap();
    assert!(
        !matches!(other, engine::flows::refresh::RefreshOutcome::Refreshed { .. }),
        "as the warning said: {other:?}"
    );
}

/// A1, A8: the same account is not put on the board twice, and a token of the board's is not sent a second time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_is_on_the_board_is_not_taken_again() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let own = world.connect().await;
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() + HOUR)]);

    let previewed = preview(&world, &path).await;
    let outcomes = take(&world, &previewed, &[1]).await;

    let is_known = matches!(&outcomes[..], [TakenOutcome::AlreadyOnBoard { connection }] if *connection == own.id);
    assert!(is_known, "the account is Mira's, as on the board: {outcomes:?}");
    assert_eq!(world.engine.list_connections().unwrap().len(), 1);
    assert_eq!(world.bundle_count().await, 1);
    assert!(world.refreshes().is_empty(), "the other tool's token is not spent");

    // Its own token, spent by a refresh since: sent again it would end the grant.
    let mine = OtherTool { access_token: String::new(), refresh_token: token(&world.keychain, "practice_rt_"), ..tool };
    let path = mine.write(&[mine.entry(&world, "Mine", world.clock.now() - HOUR)]);
    world.refresh(&own.id).await;
    let previewed = preview(&world, &path).await;
    let expected = ImportRefusal::AlreadyOnBoard { connection: own.id.clone(), name: own.name.clone() };
    assert_eq!(previewed.items[0].refusal, Some(expected));
    assert!(world.still_works(&own.id).await, "and nothing happened to it");
}

/// A8: a grant without a refresh token is known again by its access token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_without_refresh_tokens_is_not_taken_twice() {
    let world = World::start().await;
    let tool = OtherTool { refresh_token: String::new(), ..OtherTool::start(&world).await };
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() - HOUR)]);
    let both = (preview(&world, &path).await, preview(&world, &path).await);

    let outcomes = take(&world, &both.0, &[1]).await;

    let [TakenOutcome::Connected { connection: first, .. }] = &outcomes[..] else { panic!("{outcomes:?}") };
    let outcomes = take(&world, &both.1, &[1]).await;
    let is_known = matches!(&outcomes[..], [TakenOutcome::AlreadyOnBoard { connection }] if connection == first);
    assert!(is_known, "seen again when it is taken: {outcomes:?}");
    let refusal = preview(&world, &path).await.items[0].refusal.clone();
    let is_known = matches!(&refusal, Some(ImportRefusal::AlreadyOnBoard { connection, .. }) if connection == first);
    assert!(is_known, "and before that: {refusal:?}");
    assert_eq!(world.engine.list_connections().unwrap().len(), 1);
}

/// A5: a token that is over is refreshed to be asked with; the new one is kept, whoever's it turns out to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_over_is_refreshed_once_and_never_lost() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() - MINUTE)]);

    let id = connected(&take(&world, &preview(&world, &path).await, &[1]).await);

    assert_eq!(world.refreshes().len(), 1, "once, since the access token was over");
    let connection = world.engine.connection(&id).unwrap();
    assert_eq!(connection.identity.label.as_deref(), Some("mira@fjordstudio.example"));

    // Another grant of the same account, over as well: finding out whose it is spends its token.
    let second = OtherTool::start(&world).await;
    let path = second.write(&[second.entry(&world, "Again", world.clock.now() - MINUTE)]);
    let outcomes = take(&world, &preview(&world, &path).await, &[1]).await;
    let [TakenOutcome::KeptBeside { connection: kept, twin }] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(*twin, id, "it says beside what");
    assert!(world.still_works(kept).await, "the only good token of that grant is not thrown away");
    assert!(world.still_works(&id).await);
}

/// A3: secrets of a preview go after ten minutes, or when they are dropped; numbers that are not there take nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_is_forgotten_in_time_and_takes_only_what_it_showed() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() + HOUR)]);
    let gone = |id| world.engine.take_import(id, &[1], Environment::Production);

    let first = preview(&world, &path).await;
    let wrong = world.engine.take_import(&first.id, &[2], Environment::Production).await;
    assert!(matches!(wrong, Err(Error::BadInput(_))), "{wrong:?}");
    world.clock.advance(MINUTE * 10);
    assert!(matches!(gone(&first.id).await, Err(Error::ImportGone(_))), "ten minutes are over");

    let second = preview(&world, &path).await;
    world.engine.drop_import(&second.id);
    assert!(matches!(gone(&second.id).await, Err(Error::ImportGone(_))), "it was dropped");

    let third = preview(&world, &path).await;
    connected(&take(&world, &third, &[1]).await);
    assert!(take(&world, &third, &[1]).await.is_empty(), "what was taken is not taken twice");
    assert_eq!(world.engine.list_connections().unwrap().len(), 1);
    assert!(world.engine.opened_none(&third), "another process knows nothing of it");
}

trait OpenedNone {
    fn opened_none(&self, preview: &ImportPreview) -> bool;
}

impl OpenedNone for Engine {
    /// Nothing of a preview is in the database.
    fn opened_none(&self, preview: &ImportPreview) -> bool {
        let folder = self.data_folder();
        ["patchbay.db", "patchbay.db-wal"].iter().filter_map(|name| std::fs::read(folder.join(name)).ok()).all(
            |bytes| {
                !bytes.windows(12).any(|piece| piece == b"practice_rt_" || piece == b"practice_at_")
                    && !bytes.windows(preview.id.as_str().len()).any(|piece| piece == preview.id.as_str().as_bytes())
            },
        )
    }
}

/// S153: a keychain that is locked keeps anything from being taken, and the preview stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keychain_takes_nothing_and_loses_nothing() {
    let world = World::start().await;
    let tool = OtherTool::start(&world).await;
    let path = tool.write(&[tool.entry(&world, "Sheets", world.clock.now() + HOUR)]);
    let previewed = preview(&world, &path).await;

    world.keychain.be(Mood::Locked);
    let refused = world.engine.take_import(&previewed.id, &[1], Environment::Production).await;
    assert!(matches!(refused, Err(Error::VaultUnavailable(_))), "{refused:?}");
    assert!(world.engine.list_connections().unwrap().is_empty(), "no row without its secret");

    world.keychain.be(Mood::Willing);
    connected(&take(&world, &previewed, &[1]).await);
}

/// A2: an issuer that the file names is asked about itself, only when its client is taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_is_asked_about_itself_when_its_client_is_taken() {
    let world = World::start().await;
    let stranger = PracticeProvider::start(practice::Settings::default()).await.unwrap();
    let path = world.folder.path().join("account.json");
    let account =
        json!({ "name": "lab", "issuer_url": stranger.issuer(), "client_id": "agent", "client_secret": "s3cr3t" });
    std::fs::write(&path, account.to_string()).unwrap();

    let previewed = preview(&world, &path).await;
    assert!(stranger.log().is_empty(), "a preview asks nobody: {:?}", stranger.log());
    let outcomes = take(&world, &previewed, &[1]).await;

    assert!(matches!(&outcomes[..], [TakenOutcome::Client { .. }]), "{outcomes:?}");
    assert!(stranger.log().iter().all(|it| it.endpoint == Endpoint::Discovery), "{:?}", stranger.log());
    let clients = world.engine.list_clients().unwrap();
    assert!(clients.iter().any(|(it, _)| it.client_id == "agent" && it.has_secret), "its secret is in the keychain");
}

/// A client's secret that works here is not replaced by a file's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_clients_secret_stays() {
    let world = World::start().await;
    let path = super::import_files::fixture("client_secret_google.json");
    let first = preview(&world, &path).await;
    take(&world, &first, &[1]).await;
    let changed = world.folder.path().join("client_secret.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("GOCSPX-notreal-secret", "GOCSPX-notreal-other");
    std::fs::write(&changed, text).unwrap();
    let items = world.keychain.items();

    let second = preview(&world, &changed).await;
    assert!(matches!(&second.items[0].warnings[..], [ImportWarning::ClientKnown { .. }]), "{second:?}");
    take(&world, &second, &[1]).await;

    assert_eq!(world.keychain.items(), items, "the keychain holds what it held");
    assert_eq!(world.engine.list_clients().unwrap().len(), 1);
    let within = Duration::from_secs(600);
    assert!(second.ends_at <= world.clock.now() + within, "and its secrets go in time");
}
