//! The story against a real n8n and the practice provider: a grant dies, the run says so, a new grant goes in, the run
//! is green. Started by `./dev n8n`; without an n8n it is not run [D1, D2, D5, D6, S159].

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Secret;
use domain::blast_radius::{PlatformConnectionState, RunOutcome, StepVersion};
use engine::clock::Clock;
use engine::http::{Http, HttpAnswer};
use engine::platforms::n8n::{N8n, N8nVersion, read_file, recognises, write_import_file};
use engine::platforms::{Platform, PlatformFailure, Progress, Pushed, PushedGrant};
use http::Request;
use jiff::SignedDuration;
use practice::{PracticeProvider, Settings};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::timeouts;

const CALLBACK: &str = "http://127.0.0.1:53682/callback";
const BROWSER: &str = "a-browser";

/// A person at n8n, and the provider that n8n's credential is of.
struct Story {
    http: Http,
    practice: PracticeProvider,
    address: String,
    session: String,
    key: String,
}

#[tokio::test]
#[ignore = "needs a real n8n: ./dev n8n"]
async fn a_credential_dies_is_named_replaced_and_runs_again() {
    let Ok(address) = std::env::var("PATCHBAY_N8N_ADDRESS") else {
        println!("There is no n8n to speak to: ./dev n8n installs and starts one.");
        return;
    };
    let story = Story::begin(address).await;
    let n8n = N8n::new(story.http.clone(), Clock::system(), &story.address, Secret::new(story.key.as_str())).unwrap();
    let version = n8n.version().await.expect("its front page names the version");
    let is_old = version < N8nVersion(2, 3, 0);
    println!("n8n {version}");
    assert_eq!(Some(version.to_string()), std::env::var("PATCHBAY_N8N_VERSION").ok());
    if let Some(missing) = n8n.missing_rights().await.unwrap() {
        assert_eq!(missing, Vec::<&str>::new());
    }

    // A credential with a grant of its own, and three workflows on it: one says so when it fails, the others go on.
    let credential = story.add_credential(&story.token().await, is_old).await;
    let probe = story.add_workflow("Probe", "probe", &credential, json!({})).await;
    let quiet = story.add_workflow("Quiet", "quiet", &credential, json!({"onError": "continueRegularOutput"})).await;
    let branch = story.add_workflow("Branch", "branch", &credential, json!({"onError": "continueErrorOutput"})).await;
    for workflow in [&probe, &quiet, &branch] {
        n8n.set_active(workflow, true).await.unwrap();
    }
    let reading = n8n.read(&Arc::default()).await.unwrap();
    let found = reading.workflows.iter().find(|it| it.external_id == probe).unwrap();
    assert!(found.is_active && reading.is_whole, "{:?}", reading.notes);
    assert_eq!(found.steps[0].version, StepVersion::Both);
    assert!(reading.connections.iter().any(|it| it.external_id == credential));

    let before = Clock::system().now().checked_sub(SignedDuration::from_mins(1)).unwrap();
    for path in ["quiet", "branch"] {
        story.webhook_once(path, |status| status != 404).await;
    }
    assert_eq!(story.webhook_once("probe", |status| status != 404).await, 200, "the first grant works");
    assert_eq!(story.practice.revoke_all(), 1, "its owner takes it back");
    assert_eq!(story.webhook("probe").await, 500);
    story.webhook("quiet").await;
    story.webhook("branch").await;

    let runs = n8n.runs_since(before).await.unwrap();
    let of = |workflow: &str| runs.iter().filter(|it| it.workflow == workflow).map(|it| &it.run).collect::<Vec<_>>();
    println!("{runs:#?}");
    assert_eq!(of(&probe)[0].outcome, RunOutcome::Failed);
    assert_eq!(of(&probe)[0].failed_connection.as_deref(), Some(credential.as_str()));
    assert_eq!(of(&probe)[1].outcome, RunOutcome::Succeeded);
    for hiding in [&quiet, &branch] {
        assert_eq!(of(hiding)[0].outcome, RunOutcome::FailedInside, "n8n calls it a success");
        assert_eq!(of(hiding)[0].failed_connection.as_deref(), Some(credential.as_str()));
    }

    let grant = story.grant().await;
    if is_old {
        let pushed = n8n.push_grant(&credential, &grant).await;
        assert!(matches!(pushed, Err(PlatformFailure::Unsupported(_))), "{pushed:?}");
        let text = n8n.import_file(&credential, &grant).await.unwrap();
        import(&text);
        n8n.repeat_run(&of(&probe)[0].external_id).await.unwrap();
    } else {
        // Its own test says OK of a dead grant.
        assert_eq!(n8n.test_connection(&credential).await.unwrap(), PlatformConnectionState::Unknown);
        let pushed = n8n.push_grant(&credential, &grant).await.unwrap();
        assert!(matches!(&pushed, Pushed::Proved(by) if by.workflow == probe), "{pushed:?}");
    }
    assert_eq!(story.webhook("probe").await, 200, "the new grant works");
    let runs = n8n.runs_since(before).await.unwrap();
    assert_eq!(runs[0].run.outcome, RunOutcome::Succeeded);

    // What its command line exports is read too.
    let folder = tempfile::tempdir().unwrap();
    for (verb, name) in [("export:workflow", "workflows.json"), ("export:credentials", "credentials.json")] {
        let file = folder.path().join(name);
        command(&[verb, "--all", &format!("--output={}", file.display())]);
        let bytes = std::fs::read(&file).unwrap();
        assert!(recognises(&bytes), "{name}");
        let reading = read_file(name, &bytes, &Progress::default()).unwrap();
        assert!(reading.connections.iter().any(|it| it.external_id == credential), "{name}");
    }
    n8n.set_active(&probe, false).await.unwrap();
    assert_eq!(story.webhook_once("probe", |status| status == 404).await, 404, "paused");
    if !is_old {
        story.what_was_published_meanwhile_is_named(&n8n, &probe).await;
    }
}

impl Story {
    /// The owner's account and a key, as the editor's first visit makes them.
    async fn begin(address: String) -> Self {
        let practice = PracticeProvider::start(Settings::default()).await.unwrap();
        assert!(practice.consent_automatically(Some("mira")));
        let http = Http::new(timeouts(Duration::from_secs(60)), || Clock::system().now());
        let mut story = Self { http, practice, address, session: String::new(), key: String::new() };
        let owner =
            json!({"email": "owner@lab.test", "firstName": "Lab", "lastName": "Owner", "password": "Lab-Owner-1"});
        let answer = story.ask("POST", "/rest/owner/setup", Some(owner)).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        story.session = cookie;
        let scopes = body(&story.ask("GET", "/rest/api-keys/scopes", None).await)["data"].clone();
        let key = json!({"label": "Patchbay", "scopes": scopes, "expiresAt": null});
        let answer = body(&story.ask("POST", "/rest/api-keys", Some(key)).await);
        story.key = answer["data"]["rawApiKey"].as_str().expect("a key").to_owned();
        story
    }

    async fn ask(&self, method: &str, path: &str, sent: Option<Value>) -> HttpAnswer {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        let request = request.header("cookie", &self.session).header("browser-id", BROWSER);
        let request = request.header("x-n8n-api-key", &self.key).header("content-type", "application/json");
        let sent = sent.map(|it| it.to_string().into_bytes()).unwrap_or_default();
        self.http.send(request.body(sent).unwrap(), 8 * 1024 * 1024).await.unwrap()
    }

    /// n8n tells of a version that was published and switched off what it tells of a draft, and which one it starts.
    async fn what_was_published_meanwhile_is_named(&self, n8n: &N8n, workflow: &str) {
        let path = format!("/api/v1/workflows/{workflow}");
        let paused = body(&self.ask("GET", &path, None).await);
        let version = paused["versionId"].as_str().expect("the version that ran");
        let mut nodes = paused["nodes"].clone();
        nodes[1]["position"] = json!([440, 0]);
        let edit = json!({
            "name": paused["name"], "nodes": nodes, "connections": paused["connections"],
            "settings": {"executionOrder": "v1"},
        });
        assert_eq!(self.ask("PUT", &path, Some(edit)).await.status, 200);
        let drafted = body(&self.ask("GET", &path, None).await);
        for verb in ["activate", "deactivate"] {
            assert_eq!(self.ask("POST", &format!("{path}/{verb}"), None).await.status, 200, "a person at n8n");
        }
        assert_eq!(body(&self.ask("GET", &path, None).await), drafted, "nothing tells that it was published");

        assert!(n8n.keeps_version(workflow, version).await.unwrap());
        let none = "00000000-0000-4000-8000-000000000000";
        assert!(!n8n.keeps_version(workflow, none).await.unwrap(), "as of one that was cleared away");
        let started = n8n.resume_as(workflow, Some(version)).await.unwrap();

        println!("{started:?}");
        assert_eq!(
            (started.version.as_deref(), started.newer.as_deref()),
            (Some(version), drafted["versionId"].as_str())
        );
        let saved_at = n8n.saved_at(workflow, &started.newer.unwrap()).await.unwrap().expect("n8n keeps its versions");
        assert!(Clock::system().now().duration_since(saved_at) < SignedDuration::from_mins(1), "{saved_at}");
    }

    async fn webhook(&self, path: &str) -> u16 {
        let request = Request::get(format!("{}/webhook/{path}", self.address)).body(vec![]).unwrap();
        self.http.send(request, 1024 * 1024).await.unwrap().status
    }

    /// The same, once it has come or gone: n8n answers to the switching before it has done it.
    async fn webhook_once(&self, path: &str, is_wanted: impl Fn(u16) -> bool) -> u16 {
        for _ in 0..60 {
            let status = self.webhook(path).await;
            if is_wanted(status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.webhook(path).await
    }

    async fn add_credential(&self, token: &Value, is_old: bool) -> String {
        let mut data = json!({
            "grantType": "pkce", "authUrl": format!("{}/authorize", self.practice.issuer()),
            "accessTokenUrl": format!("{}/token", self.practice.issuer()),
            "clientId": PracticeProvider::default_client_id(), "clientSecret": "", "scope": "files.read offline_access",
            "authentication": "body", "oauthTokenData": token,
        });
        if is_old {
            // 1.123 wants these of the other kind of grant, and refuses the token until later.
            data["grantType"] = json!("authorizationCode");
            data["authQueryParameters"] = json!("");
            data["serverUrl"] = json!("");
            data["sendAdditionalBodyProperties"] = json!(false);
            data["additionalBodyProperties"] = json!("{}");
        }
        let sent = json!({"name": "Practice (mira)", "type": "oAuth2Api", "data": data});
        id_of(&self.ask("POST", "/api/v1/credentials", Some(sent)).await)
    }

    /// A webhook that asks the practice provider's API for files.
    async fn add_workflow(&self, name: &str, path: &str, credential: &str, more: Value) -> String {
        let hook = json!({
            "id": format!("hook-{path}"), "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
            "position": [0, 0], "webhookId": format!("00000000-0000-4000-8000-{path:0>12}"),
            "parameters": {"httpMethod": "GET", "path": path, "responseMode": "lastNode", "options": {}},
        });
        let mut call = json!({
            "id": format!("call-{path}"), "name": "Call", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
            "position": [220, 0],
            "parameters": {
                "url": format!("{}/api/files", self.practice.issuer()), "authentication": "genericCredentialType",
                "genericAuthType": "oAuth2Api", "options": {},
            },
            "credentials": {"oAuth2Api": {"id": credential, "name": "Practice (mira)"}},
        });
        for (field, value) in more.as_object().unwrap() {
            call[field] = value.clone();
        }
        let wires = json!({"Webhook": {"main": [[{"node": "Call", "type": "main", "index": 0}]]}});
        let sent =
            json!({"name": name, "nodes": [hook, call], "connections": wires, "settings": {"executionOrder": "v1"}});
        id_of(&self.ask("POST", "/api/v1/workflows", Some(sent)).await)
    }

    /// A sign-in of Mira's, without a browser.
    async fn token(&self) -> Value {
        let verifier = "v".repeat(64);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url = url::Url::parse(&format!("{}/authorize", self.practice.issuer())).unwrap();
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", PracticeProvider::default_client_id()),
            ("redirect_uri", CALLBACK),
            ("scope", "openid files.read offline_access"),
            ("state", "story"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        let asked = Request::get(url.as_str()).body(vec![]).unwrap();
        let answer = self.http.send(asked, 1024 * 1024).await.unwrap();
        let back = answer.header("location").unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&answer.body)));
        let back = url::Url::parse(back).unwrap();
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("grant_type", "authorization_code"),
                ("code", code.as_str()),
                ("redirect_uri", CALLBACK),
                ("client_id", PracticeProvider::default_client_id()),
                ("code_verifier", verifier.as_str()),
            ])
            .finish();
        let request = Request::post(format!("{}/token", self.practice.issuer()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .unwrap();
        body(&self.http.send(request, 1024 * 1024).await.unwrap())
    }

    async fn grant(&self) -> PushedGrant {
        PushedGrant {
            client_id: PracticeProvider::default_client_id().to_owned(),
            client_secret: None,
            authorize_url: format!("{}/authorize", self.practice.issuer()),
            token_url: format!("{}/token", self.practice.issuer()),
            scopes: vec!["files.read".to_owned(), "offline_access".to_owned()],
            token_response: Secret::new(self.token().await.to_string()),
            issued_at: Clock::system().now(),
        }
    }
}

/// n8n's own command line, as the person who runs the server would use it.
fn import(text: &Secret) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credential.json");
    write_import_file(&file, text).unwrap();
    command(&["import:credentials", &format!("--input={}", file.display())]);
}

fn command(arguments: &[&str]) {
    let program = std::env::var("PATCHBAY_N8N_COMMAND").unwrap();
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
}

fn body(answer: &HttpAnswer) -> Value {
    let shown = || String::from_utf8_lossy(&answer.body).into_owned();
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, shown());
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{}", shown()))
}

fn id_of(answer: &HttpAnswer) -> String {
    body(answer)["id"].as_str().expect("an id").to_owned()
}
