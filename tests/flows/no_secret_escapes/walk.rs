//! Walks every flow and every failure, and writes down all that anybody could see of it.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt::{Debug, Write as _};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::connection::Environment;
use domain::connection::reconnect::ReconnectDecision;
use domain::{ConnectionId, Secret};
use engine::clock::Clock;
use engine::flows::clients::NewClient;
use engine::flows::connect::{ClientChoice, ConnectRequest, SignInProgress};
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::{Engine, Error};
use fakes::keychain::Mood;
use fakes::{Keychain, Person};
use jiff::Timestamp;
use tracing_subscriber::fmt::MakeWriter;

use super::forwarded::Receivers;
use super::provider::{KnownProvider, MODES, Mode};
use crate::support::{HOUR, MINUTE, open, settled, timeouts};

const CLIENT_SECRET: &str = "cs.known~client-secret/of+the-person, nobody else";

/// All that a flow needs, and what was seen of it.
struct Walk {
    provider: KnownProvider,
    keychain: Keychain,
    person: Person,
    clock: Clock,
    engine: Engine,
    texts: String,
    /// States, nonces and codes of all sign-ins.
    sign_in_secrets: Vec<String>,
}

pub(super) async fn walk(folder: &Path) {
    let log = Log::default();
    tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(log.clone()).init();
    let now = Timestamp::from_millisecond(Clock::system().now().as_millisecond()).unwrap();
    let (provider, clock) = (KnownProvider::start(now.as_second()).await, Clock::set_at(now));
    let (keychain, person) = (Keychain::default(), Person::default());
    fs::create_dir(folder.join("board")).unwrap();
    let engine = open(&folder.join("board"), &keychain, &clock, &person, timeouts(Duration::from_secs(5)));
    let receivers = Receivers::start(&engine, &folder.join("forwarded/files")).await;
    let mut notices = engine.notices();
    let mut walk =
        Walk { provider, keychain, person, clock, engine, texts: String::new(), sign_in_secrets: Vec::new() };

    let id = walk.successes().await;
    walk.failures_of_sign_in().await;
    walk.failures_of_refresh(&id).await;
    walk.successes_that_tell(&id).await;
    walk.failures_of_the_keychain(&id).await;
    walk.another_account(&id).await;
    walk.ends(&id).await;
    while let Ok(notice) = notices.try_recv() {
        walk.see(&notice);
    }

    for seen in receivers.forward(&walk.engine).await {
        walk.see(&seen);
    }
    fs::create_dir(folder.join("forwarded/network")).unwrap();
    assert!(receivers.keep(&folder.join("forwarded/network")) > 20, "a trial, events and figures left");
    let accounts: BTreeSet<String> = walk
        .engine
        .list_connections()
        .unwrap()
        .iter()
        .filter_map(|it| it.connection.identity.account().map(str::to_owned))
        .collect();
    fs::write(folder.join("accounts"), accounts.into_iter().collect::<Vec<_>>().join("\n")).unwrap();

    let mut secrets = walk.provider.secrets();
    secrets.extend(Receivers::secrets().map(str::to_owned));
    secrets.extend(walk.sign_in_secrets);
    secrets.push(CLIENT_SECRET.to_owned());
    secrets.sort();
    secrets.dedup();
    fs::write(folder.join("secrets"), secrets.join("\n")).unwrap();
    fs::write(folder.join("texts"), walk.texts).unwrap();
    // What is not yet moved into the database is deleted when the board is closed.
    fs::copy(folder.join("board/patchbay.db-wal"), folder.join("board/wal while open")).unwrap();
    fs::write(folder.join("log"), log.0.lock().unwrap().as_slice()).unwrap();
}

impl Walk {
    async fn successes(&mut self) -> ConnectionId {
        let provider = self.engine.find_or_discover(self.provider.server.url()).await;
        self.see(&provider.unwrap());
        let client = NewClient {
            provider: self.provider.server.url().to_owned(),
            name: Some("Fjord".into()),
            client_id: "known-client".into(),
            client_secret: Some(Secret::new(CLIENT_SECRET)),
            environment: Environment::Production,
            redirect_port: None,
            ..Default::default()
        };
        let client = self.engine.add_client(client).await;
        self.see(&client);
        let SignInProgress::Connected(id) = self.sign_in().await else { panic!("it works: {}", self.texts) };
        let outcome = self.engine.refresh(&id, RefreshWhy::Person).await;
        assert!(matches!(outcome, Ok(RefreshOutcome::Refreshed { .. })), "{outcome:?}");
        self.see_outcome(&outcome);
        let call = self.engine.run_test_call(&id).await;
        assert!(call.as_ref().unwrap().failure.is_none(), "{call:?}");
        self.see_outcome(&call);
        self.clock.advance(HOUR);
        let token = self.engine.fresh_access_token(&id, MINUTE, "a script").await;
        self.see(&token.unwrap().access_token);
        self.see_everything(&id).await;
        id
    }

    async fn failures_of_sign_in(&mut self) {
        for mode in MODES.into_iter().chain([Mode::InvalidGrant]) {
            // The tokens of a connection that stands are not in the hands of another sign-in.
            if matches!(mode, Mode::TellsWhatItIssued(_) | Mode::TellsEarlierOnes(_)) {
                continue;
            }
            self.provider.be(mode);
            self.sign_in().await;
        }
        self.provider.be(Mode::Works);
    }

    async fn failures_of_refresh(&mut self, id: &ConnectionId) {
        for mode in MODES {
            self.provider.be(mode);
            let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
            self.see_outcome(&refreshed);
            self.clock.advance(HOUR);
            let token = self.engine.fresh_access_token(id, MINUTE, "a script").await.map(|it| it.expires_at);
            self.see_outcome(&token);
            self.see_everything(id).await;
            self.provider.be(Mode::Works);
            self.bring_back(id).await;

            self.provider.be(mode);
            let call = self.engine.run_test_call(id).await;
            self.see_outcome(&call);
            self.see_everything(id).await;
            self.provider.be(Mode::Works);
            self.bring_back(id).await;
        }
    }

    /// What works says tokens too: as scopes, as a name, as the id of a request.
    async fn successes_that_tell(&mut self, id: &ConnectionId) {
        self.provider.be(Mode::WorksAndTells);
        let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
        assert!(matches!(refreshed, Ok(RefreshOutcome::Refreshed { .. })), "{refreshed:?}");
        self.see_outcome(&refreshed);
        let call = self.engine.run_test_call(id).await;
        self.see_outcome(&call);
        self.see_everything(id).await;
        let scopes = format!("{:?}", self.engine.connection(id).unwrap().scopes.granted);
        assert!(
            scopes.contains("read") && scopes.contains("[secret]"),
            "the list is kept, and what it held is named: {scopes}"
        );
        let sign_in = self.engine.begin_reconnect(id, false).await.unwrap();
        self.answer(&sign_in.authorize_url).await;
        let progress = settled(&self.engine, &sign_in.id).await;
        assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
        self.see(&progress);
        self.see_everything(id).await;
        // The next one grants no such scopes, which is asked about.
        self.provider.be(Mode::Works);
        let sign_in = self.engine.begin_reconnect(id, false).await.unwrap();
        self.answer(&sign_in.authorize_url).await;
        let progress = settled(&self.engine, &sign_in.id).await;
        self.see(&progress);
        self.engine.decide_reconnect(&sign_in.id, ReconnectDecision::Replace).unwrap();
        let progress = crate::support::ended(&self.engine, &sign_in.id).await;
        assert!(matches!(progress, SignInProgress::Connected(_)), "{progress:?}");
    }

    async fn failures_of_the_keychain(&mut self, id: &ConnectionId) {
        for mood in [Mood::Locked, Mood::Absent, Mood::ReadOnly] {
            self.keychain.be(mood);
            let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
            self.see_outcome(&refreshed);
            self.see_everything(id).await;
            self.keychain.heal();
            let reconciled = self.engine.reconcile().await;
            self.see_outcome(&reconciled);
            self.bring_back(id).await;
        }
        let whole = self.keychain.items();
        let broken = whole.iter().map(|(name, text)| (name.clone(), text[..text.len() - 4].to_vec())).collect();
        self.keychain.put_items(broken);
        let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
        self.see_outcome(&refreshed);
        self.see_everything(id).await;
        self.keychain.put_items(whole);
        self.bring_back(id).await;
    }

    async fn another_account(&mut self, id: &ConnectionId) {
        for decision in [ReconnectDecision::Refuse, ReconnectDecision::KeepBoth] {
            self.provider.signs_in_as("jonas");
            let sign_in = self.engine.begin_reconnect(id, false).await.unwrap();
            self.answer(&sign_in.authorize_url).await;
            let progress = settled(&self.engine, &sign_in.id).await;
            self.see(&progress);
            self.engine.decide_reconnect(&sign_in.id, decision).unwrap();
            let progress = crate::support::ended(&self.engine, &sign_in.id).await;
            self.see(&progress);
            self.see_everything(id).await;
        }
        self.provider.signs_in_as("mira");
    }

    async fn ends(&mut self, id: &ConnectionId) {
        self.provider.be(Mode::InvalidGrant);
        let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
        self.see_outcome(&refreshed);
        let token = self.engine.fresh_access_token(id, MINUTE, "a script").await.map(|it| it.expires_at);
        self.see_outcome(&token);
        self.see_everything(id).await;
        self.provider.be(Mode::Works);
        self.bring_back(id).await;
        self.provider.be(Mode::EchoesInDescription(503));
        let plan = self.engine.plan_disconnect(id);
        self.see_outcome(&plan);
        let done = self.engine.disconnect(id).await;
        self.see_outcome(&done);
        self.see_everything(id).await;
    }

    /// A sign-in by the usual client; how it ended.
    async fn sign_in(&mut self) -> SignInProgress {
        let request = ConnectRequest {
            provider: self.provider.server.url().to_owned(),
            client: ClientChoice::Usual,
            scopes: vec![],
            name: None,
            customer: None,
            environment: Environment::Production,
            port: None,
            opens_browser: false,
            ..Default::default()
        };
        let sign_in = self.engine.begin_connect(request).await.unwrap();
        self.answer(&sign_in.authorize_url).await;
        let progress = settled(&self.engine, &sign_in.id).await;
        self.see(&progress);
        progress
    }

    /// Signs in again where a failure has cost the grant.
    async fn bring_back(&mut self, id: &ConnectionId) {
        let refreshed = self.engine.refresh(id, RefreshWhy::Person).await;
        self.see_outcome(&refreshed);
        if !matches!(refreshed, Ok(RefreshOutcome::Refreshed { .. })) {
            let sign_in = self.engine.begin_reconnect(id, false).await.unwrap();
            self.answer(&sign_in.authorize_url).await;
            let progress = settled(&self.engine, &sign_in.id).await;
            self.see(&progress);
        }
    }

    /// The browser's way back, with a code that is known.
    async fn answer(&mut self, authorize_url: &url::Url) {
        let asked = |wanted: &str| {
            authorize_url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        let code = format!("code{:04}.known~of/a+sign-in-ZZZZZZZZZZZZZZZZZZZZZZZ", self.sign_in_secrets.len());
        let state = asked("state").unwrap();
        let mut callback = url::Url::parse(&asked("redirect_uri").unwrap()).unwrap();
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", &state);
        self.sign_in_secrets.extend([code, state]);
        self.sign_in_secrets.extend(asked("nonce"));
        let page = self.person.follow(&callback).await.unwrap();
        self.see(&page.body);
    }

    /// What the board, its details, the timeline and the self-check show.
    async fn see_everything(&mut self, id: &ConnectionId) {
        let engine = self.engine.clone();
        self.see(&engine.board().unwrap());
        self.see(&engine.detail(id).unwrap());
        self.see(&engine.list_events(None, 500).unwrap());
        self.see(&engine.list_clients().unwrap());
        self.see(&engine.check_self().await);
        for sign_in in engine.list_sign_ins() {
            // The address itself is what the person is to open: it must hold the state.
            self.see(&(sign_in.progress, sign_in.redirect_uri, sign_in.provider_name));
        }
        self.see(&engine.catalogue_errors());
    }

    fn see_outcome<T: Debug>(&mut self, outcome: &Result<T, Error>) {
        self.see(outcome);
        if let Err(error) = outcome {
            let mut cause = Some(error as &dyn std::error::Error);
            while let Some(error) = cause {
                writeln!(self.texts, "{error} {error:?}").unwrap();
                cause = error.source();
            }
            assert!(error.source().is_none_or(|it| !it.to_string().is_empty()), "an error says something");
        }
    }

    fn see(&mut self, shown: &dyn Debug) {
        writeln!(self.texts, "{shown:?}").unwrap();
    }
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
