//! One connection from connect to forget, and what each command says of it on the way.

use serde_json::{Value, json};

use crate::support::{Board, SignIn, fingerprint};

/// The keys of a connection, as scripts were promised them.
const CONNECTION_KEYS: [&str; 18] = [
    "id",
    "name",
    "provider",
    "client",
    "account",
    "workspace",
    "environment",
    "status",
    "reason",
    "since",
    "over_since",
    "is_down",
    "proved_at",
    "proved_by",
    "token_expires_at",
    "grant_ends_at",
    "scopes",
    "dependants",
];

/// A2, E1, E2, F2, A10: the whole life of a connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lives_from_connect_to_forget() {
    let board = Board::start().await;
    let issuer = board.provider.issuer().to_owned();

    // connect: the address first, then the connection, and the browser is told the same.
    let arguments =
        ["connect", &issuer, "--client-id", "patchbay-practice", "--scope", "files.read", "--name", "Orders"];
    let mut sign_in = SignIn::start(&board, &arguments).await;
    let parameters: Vec<_> = sign_in.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert!(parameters.iter().any(|it| it == "code_challenge") && parameters.iter().any(|it| it == "state"));
    assert_eq!(sign_in.redirect_uri.host_str(), Some("127.0.0.1"));
    let page = sign_in.browse().await;
    let connected = sign_in.finish().await.done().object();
    assert!(page.contains("connected"), "the browser gets its last page before the program ends: {page}");
    assert_eq!(connected["event"], "connected");
    let connection = &connected["connection"];
    assert_eq!(keys(connection), sorted(&CONNECTION_KEYS));
    let id = connection["id"].as_str().unwrap().to_owned();
    assert_eq!(connection["name"], "Orders");
    assert_eq!(connection["provider"], issuer.as_str());
    assert_eq!(connection["account"], "mira@fjordstudio.example");
    assert_eq!(connection["status"], "active");
    assert_eq!(connection["proved_by"], "sign_in");
    assert_eq!(connection["environment"], "production");
    assert_eq!(connection["dependants"], 0);
    assert!(connection["token_expires_at"].as_str().unwrap().ends_with('Z'), "RFC 3339");
    assert!(connection["scopes"]["granted"].as_array().unwrap().contains(&json!("files.read")));

    // list and show.
    let listed = board.json(&["list"]).await.done().object();
    assert_eq!(listed, *connection, "list says what the event said");
    let shown = board.json(&["show", "Orders"]).await.done().object();
    assert!(keys(&shown).is_superset(&sorted(&CONNECTION_KEYS)), "show says more, not other things");
    assert_eq!(shown["id"], id.as_str());
    assert_eq!(shown["token_version"], 1);
    let human = board.run(&["list"]).await.done();
    assert!(human.stdout.contains("● Orders") && human.stdout.contains(&id), "{}", human.stdout);
    assert!(!human.stdout.contains('\u{1b}'), "no colour without a terminal");
    board.run(&["show", &id]).await.done();

    // test.
    let tested = board.json(&["test", &id]).await.done().object();
    assert_eq!((&tested["ok"], &tested["http_status"]), (&json!(true), &json!(200)));
    assert_eq!(tested["account"], "mira@fjordstudio.example");
    for key in ["latency_ms", "workspace", "request_id"] {
        assert!(tested.get(key).is_some(), "{key} is missing: {tested}");
    }
    assert!(tested.get("cause").is_none(), "nothing failed");

    // token: the stored one, without a word to the provider.
    board.provider.clear_log();
    let taken = board.run(&["token", "Orders"]).await.done();
    assert_eq!(taken.stderr, "");
    let token = taken.stdout.strip_suffix('\n').expect("one newline");
    assert!(!token.contains(char::is_whitespace));
    assert_eq!(fingerprint(token), shown["token_fingerprint"].as_str().unwrap(), "the token of version 1");
    assert!(board.provider.log().is_empty(), "a warm token needs no request");

    // refresh.
    let refreshed = board.json(&["refresh", &id]).await.done().object();
    assert_eq!((&refreshed["outcome"], &refreshed["version"]), (&json!("refreshed"), &json!(2)));
    assert_eq!(board.provider.grants()[0].refresh_count, 1);
    let newer = board.run(&["token", &id]).await.done();
    assert_ne!(newer.stdout, taken.stdout, "the new token is handed out");

    // radius, and what a disconnect would strand.
    let noted = board.json(&["radius", &id, "--add", "Nightly invoices", "--place", "Make"]).await.done().object();
    assert_eq!((&noted["workflow"], &noted["known_by"]), (&json!("Nightly invoices"), &json!("by_hand")));
    let refused = board.run(&["disconnect", &id]).await;
    assert_eq!(refused.code, 2, "nobody can be asked here");
    assert!(refused.stderr.contains("Nightly invoices"), "what it strands is named: {}", refused.stderr);
    assert_eq!(board.run(&["forget", &id]).await.code, 2, "it is still connected");

    // The grant dies at the provider.
    assert_eq!(board.provider.revoke_all(), 1);
    let dead = board.json(&["refresh", &id]).await;
    assert_eq!((dead.code, &dead.object()["error"]), (20, &json!("blocked_on_auth")));
    let listed = board.json(&["list"]).await.done().object();
    assert_eq!(listed["status"], "reauth_required");
    board.provider.clear_log();
    let none = board.run(&["token", &id]).await;
    assert_eq!((none.code, none.stdout.as_str()), (20, ""), "no token, and nothing that looks like one");
    assert!(none.stderr.contains(&format!("patchbay reconnect {id}")), "the way out is named: {}", none.stderr);
    let tested = board.json(&["test", &id]).await;
    assert_eq!(tested.code, 20);
    assert_eq!(tested.object()["action"], "reconnect");
    assert!(board.provider.log().is_empty(), "a dead grant is not asked again");

    // reconnect: the same id, name and dependants.
    let back = board.sign_in(&["reconnect", "Orders"]).await.done().object();
    assert_eq!((&back["event"], &back["connection"]["id"]), (&json!("connected"), &json!(id)));
    assert_eq!((&back["connection"]["status"], &back["connection"]["dependants"]), (&json!("active"), &json!(1)));

    // events: oldest first.
    let events = board.json(&["events", &id]).await.done().objects();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    let first = |kind| kinds.iter().position(|it| *it == kind).unwrap_or_else(|| panic!("no {kind} in {kinds:?}"));
    let expected = [
        "token_issued",
        "test_call_succeeded",
        "token_delivered",
        "refresh_succeeded",
        "reauth_required_set",
        "reconnected",
    ];
    assert!(expected.windows(2).all(|pair| first(pair[0]) < first(pair[1])), "{kinds:?}");
    board.run(&["events"]).await.done();

    // disconnect and forget.
    let gone = board.json(&["disconnect", &id, "--yes"]).await.done().object();
    assert_eq!((&gone["revocation"], &gone["stranded"]), (&json!("revoked"), &json!(1)));
    assert_eq!(gone["grant"], "revoked");
    assert!(board.provider.grants().iter().all(|grant| !grant.is_alive()), "revoked at the provider");
    assert_eq!(board.json(&["list"]).await.done().object()["status"], "disconnected");
    assert_eq!(board.run(&["token", &id]).await.code, 20);
    board.run(&["forget", &id, "--yes"]).await.done();
    assert_eq!(board.json(&["list"]).await.done().stdout, "");
    assert_eq!(board.run(&["show", &id]).await.code, 24);
}

/// A1: the same account again is the same connection, and a name that two have is refused.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_account_connected_twice_stays_one_connection() {
    let board = Board::start().await;

    let first = board.connect(&["--name", "One"]).await;
    let second = board.connect(&["--name", "Two"]).await;
    assert_eq!(first, second);

    assert!(board.provider.consent_automatically(Some("jonas")));
    board.connect(&["--name", "One"]).await;
    let ambiguous = board.json(&["show", "One"]).await;
    assert_eq!((ambiguous.code, &ambiguous.object()["error"]), (2, &json!("name_ambiguous")));
}

/// Keychain entries and connections of different homes never mix.
#[tokio::test(flavor = "multi_thread")]
async fn another_home_is_another_board() {
    let board = Board::start().await;
    let id = board.connect(&[]).await;
    let other = tempfile::tempdir().unwrap();
    let other = other.path().to_str().unwrap();

    assert_eq!(
        board.run(&["list", "--json", "--home", other]).await.done().stdout,
        "",
        "--home wins over the environment"
    );
    assert_eq!(board.run(&["token", &id, "--home", other]).await.code, 24);
}

/// The window and the command line must find the same folder.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_named_home_it_is_the_folder_of_the_app() {
    let data = tempfile::tempdir().unwrap();
    let mut command = crate::support::program(&["list", "--json"]);
    command.env_remove("PATCHBAY_HOME").env("XDG_DATA_HOME", data.path());

    crate::support::finish(command.spawn().unwrap(), "").await.done();

    assert!(data.path().join("dev.patchbay.desktop/patchbay.db").is_file(), "what Tauri's app_data_dir is on Linux");
}

/// A2: the catalogue and the clients, as a newcomer meets them.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_added_once_and_then_known() {
    let board = Board::start().await;
    let issuer = board.provider.issuer();

    let names = board.json(&["provider", "list"]).await.done().objects();
    assert!(names.iter().any(|provider| provider["id"] == "google"));
    let shown = board.json(&["provider", "show", issuer]).await.done().object();
    assert!(shown["redirect_uri"].as_str().unwrap().starts_with("http://127.0.0.1/"), "any port: {shown}");
    assert_eq!(shown["redirect_any_port"], true);

    let lacking = board.sign_in_refused(&["connect", issuer]).await;
    assert_eq!((lacking.code, &lacking.object()["error"]), (2, &json!("client_incomplete")));
    assert!(lacking.object()["advice"].as_str().unwrap().contains("redirect URI"), "what to register is said");

    let added = board.json(&["client", "add", issuer, "--client-id", "patchbay-practice"]).await.done().object();
    assert_eq!((&added["has_secret"], &added["connections"]), (&json!(false), &json!(0)));
    board.sign_in(&["connect", issuer]).await.done();
    let clients = board.json(&["client", "list"]).await.done().object();
    assert_eq!((&clients["id"], &clients["connections"]), (&added["id"], &json!(1)));
}

/// A2: what is wrong in a person's provider file is named with line and field; the rest works on.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_provider_file_is_named_with_line_and_field() {
    let board = Board::start().await;
    let folder = board.home.path().join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.json"), "{\n  \"id\": \"mine\",\n  \"tag\": 7\n}\n").unwrap();

    let checks = board.run(&["doctor", "--json"]).await.objects();
    let listed = board.run(&["provider", "list"]).await.done();

    let wrong = checks.iter().find(|check| check["part"] == "provider file").unwrap();
    assert_eq!(wrong["ok"], json!(false));
    let found = wrong["found"].as_str().unwrap();
    assert!(found.contains("mine.json is wrong at line 3 in `tag`: invalid type"), "{found}");
    assert!(listed.stderr.contains("wrong at line 3 in `tag`"), "the list says so too: {}", listed.stderr);
    assert!(listed.stdout.contains("GitLab"), "and lists the others: {}", listed.stdout);
}

impl Board {
    /// A sign-in that does not even begin.
    async fn sign_in_refused(&self, arguments: &[&str]) -> crate::support::Ran {
        self.json(&[arguments, &["--no-browser"]].concat()).await
    }
}

fn keys(value: &Value) -> std::collections::BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn sorted(names: &[&str]) -> std::collections::BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
