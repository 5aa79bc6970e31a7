//! Files of other tools: what is found in each, and what a broken, hostile or strange one is told [A1, A3].

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::connection_import::{ImportFormat, ImportRefused, Source, read};
use engine::flows::import_connections::{ImportItem, ImportRefusal, ImportWarning};
use engine::{Engine, Error};
use fakes::{Keychain, Person};
use tempfile::TempDir;

use super::support::{open, timeouts};

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/import").join(name)
}

/// A board without a provider: previews need none.
struct Bench {
    engine: Engine,
    keychain: Keychain,
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let (folder, keychain) = (tempfile::tempdir().unwrap(), Keychain::default());
        let clock = engine::clock::Clock::set_at("2026-11-20T09:00:00Z".parse().unwrap());
        let engine = open(folder.path(), &keychain, &clock, &Person::default(), timeouts(Duration::from_secs(1)));
        Self { engine, keychain, folder }
    }

    async fn refused(&self, name: &str, bytes: &[u8], format: Option<ImportFormat>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        self.refused_at(&path, format).await
    }

    async fn refused_at(&self, path: &Path, format: Option<ImportFormat>) -> String {
        match self.engine.preview_import(path, format).await {
            Err(Error::ImportRefused(refused)) => refused.to_string(),
            other => panic!("{} should be refused: {other:?}", path.display()),
        }
    }
}

fn brief(item: &ImportItem) -> String {
    let provider = item.provider.as_ref().map_or("?", |it| it.id.as_str());
    let certainty = item.provider.as_ref().map_or("", |it| it.certainty.as_str());
    let has = |letter: &str, it: bool| if it { letter.to_owned() } else { String::new() };
    let what = [
        has("c", item.client_id.is_some()),
        has("s", item.client_secret.is_some()),
        has("r", item.refresh_token.is_some()),
        has("a", item.access_token.is_some()),
    ]
    .concat();
    let warnings: Vec<String> = item.warnings.iter().map(|it| format!(" !{}", word(&format!("{it:?}")))).collect();
    let refusal = item.refusal.as_ref().map(|it| format!(" x{}", word(&format!("{it:?}")))).unwrap_or_default();
    format!("{} {provider}:{certainty} {what}{}{refusal}", item.name, warnings.concat())
}

/// The variant's name alone: `Oddity(SharedClient { … })` is `SharedClient`.
fn word(debug: &str) -> String {
    let inner = debug.strip_prefix("Oddity(").unwrap_or(debug);
    inner.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// A1, A2, A3: each tool's file, found out by looking; nothing is written, and no secret is in what is shown.
#[tokio::test]
async fn each_tools_file_is_recognised_and_told_without_touching_anything() {
    let bench = Bench::new();
    let expected: [(&str, ImportFormat, usize, &[&str]); 13] = [
        (
            "gcloud",
            ImportFormat::Gcloud,
            0,
            &[
                "application_default_credentials.json google:address csr !SharedClient",
                "mira@fjordstudio.example google:address csr !SharedClient",
            ],
        ),
        ("google_token.json", ImportFormat::Gcloud, 0, &["mira@fjordstudio.example google:address csra"]),
        ("client_secret_google.json", ImportFormat::Gcloud, 0, &["fjordstudio-demo google:address cs"]),
        ("service_account.json", ImportFormat::Gcloud, 0, &["service_account.json ?:  xOtherKind"]),
        (
            "rclone.conf",
            ImportFormat::Rclone,
            1,
            &["gdrive google:name csra", "shared google:name ra xNoClient", "office microsoft:name csra !TwoHolders"],
        ),
        (
            "n8n_decrypted.json",
            ImportFormat::N8n,
            1,
            &[
                "Sheets prod google:name csra !ExpiryGuessed",
                "Bases airtable:name csra !TwoHolders",
                "Lab IdP ?: csra !ExpiryGuessed xHostUnknown",
                "Machine to machine ?: cs xOtherKind",
            ],
        ),
        (
            "postman_collection.json",
            ImportFormat::Postman,
            1,
            &[
                "Studio APIs google:address c !Placeholder xNoClientSecret",
                "Who am I slack:address csa !NoRefreshToken",
            ],
        ),
        ("postman_environment.json", ImportFormat::Postman, 2, &["Google (production) google:address csr !WasEncoded"]),
        ("notion.bru", ImportFormat::Bruno, 0, &["notion notion:address c !Placeholder xNoClientSecret"]),
        ("insomnia_v4.json", ImportFormat::Insomnia, 1, &["Bases airtable:address csra !TwoHolders"]),
        ("insomnia_v5.yaml", ImportFormat::Insomnia, 0, &["Who am I github:address cs", "Service ?: cs xOtherKind"]),
        (
            "oidc_agent.json",
            ImportFormat::OidcAgent,
            0,
            &["egi https://aai.lab.example/auth/realms/egi:issuer csr !TwoHolders"],
        ),
        (
            "nango.json",
            ImportFormat::Nango,
            1,
            &["fjordstudio-slack slack:name csra !TwoHolders", "fjordstudio-notion notion:name a xNoClient"],
        ),
    ];
    for (name, format, passed_over, items) in expected {
        let path = fixture(name);
        let before = seen(&path);

        let preview =
            bench.engine.preview_import(&path, None).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!(preview.format, format, "{name} is recognised");
        assert_eq!(preview.items.iter().map(brief).collect::<Vec<_>>(), items, "{name}");
        assert_eq!(preview.passed_over, passed_over, "{name}: keys and passwords are none of ours");
        assert_eq!(seen(&path), before, "{name} is only read");
        let shown = format!("{preview:?}");
        for secret in ["notreal-adc", "GOCSPX", "1//0", "ya29", "-refresh", "-secret\"", "xoxb", "xoxe", "ntn_"] {
            assert!(!shown.contains(secret), "{name}: {secret} is shown: {shown}");
        }
        bench.engine.drop_import(&preview.id);
    }
    assert_eq!(bench.keychain.items().len(), 0, "a preview stores nothing");
    assert_eq!(bench.engine.list_clients().unwrap(), []);
    assert!(bench.engine.list_connections().unwrap().is_empty());
}

/// Bytes and time of change of a file, or of all in a folder.
pub(crate) fn seen(path: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut all = vec![];
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else {
            let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
            all.push((path.clone(), std::fs::read(&path).unwrap(), changed));
        }
    }
    all.sort();
    all
}

/// A2: odd encodings of a whole file: PowerShell's UTF-16, a byte order mark, Windows line ends.
#[tokio::test]
async fn a_file_in_another_encoding_is_read_all_the_same() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(fixture("rclone.conf")).unwrap();
    let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let windows = text.replace('\n', "\r\n").into_bytes();
    let plain = bench.engine.preview_import(&fixture("rclone.conf"), None).await.unwrap();
    for (name, bytes) in [("little", little), ("big", big), ("marked", marked), ("windows", windows)] {
        let path = bench.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();

        let preview = bench.engine.preview_import(&path, None).await.unwrap();

        let tokens = |items: &[ImportItem]| items.iter().map(|it| it.refresh_token.clone()).collect::<Vec<_>>();
        assert_eq!(tokens(&preview.items), tokens(&plain.items), "{name}: the same secrets");
    }
}

/// A3: what cannot be read is told by file and place, and never by what stands there.
#[tokio::test]
async fn a_broken_or_strange_file_is_refused_by_name_and_place() {
    let bench = Bench::new();
    let n8n = std::fs::read_to_string(fixture("n8n_decrypted.json")).unwrap();
    let half = &n8n.as_bytes()[..n8n.len() / 2];
    let deep = "[".repeat(100_000);
    let deep_yaml = format!("type: collection.insomnia.rest/5.0\ncollection: {}", "[".repeat(100_000));
    let bomb = "type: collection.insomnia.rest/5.0\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    let one = r#"{"name":"a","type":"oAuth2Api","data":{"clientId":"i"}},"#;
    let many = format!("[{}{}]", one.repeat(20_000), one.trim_end_matches(','));
    let million = format!("[{}1]", "1,".repeat(1_000_000));
    let n8n_format = Some(ImportFormat::N8n);
    let cases: Vec<(&str, Vec<u8>, Option<ImportFormat>, &str)> = vec![
        ("empty.json", b" \n ".to_vec(), None, "empty.json is empty"),
        ("half.json", half.to_vec(), None, "half.json is broken at line"),
        ("half.json", half.to_vec(), n8n_format, "it ends in the middle"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), None, "picture.png is no text: line 1"),
        ("latin.conf", b"[a]\ntype = drive\nclient_id = K\xE4se\n".to_vec(), None, "no text: line 3"),
        ("odd.conf", b"\xFF\xFE[\0a".to_vec(), None, "no text: line 1"),
        ("zero.json", b"{\"a\":\n\"\0\"}".to_vec(), None, "no text: line 2"),
        ("deep.json", deep.into_bytes(), None, "nested too deeply"),
        ("deep.yaml", deep_yaml.into_bytes(), None, "nested too deeply"),
        ("bomb.yaml", bomb.as_bytes().to_vec(), None, "bomb.yaml is broken"),
        ("many.json", many.into_bytes(), None, "more than 1000 entries"),
        ("million.json", million.into_bytes(), None, "of no tool that is known here"),
        ("million.json", format!("[{}1]", "1,".repeat(1_000_000)).into_bytes(), n8n_format, "`[0]` is no object"),
        ("letter.txt", b"Dear Mira,\nall is well.\n".to_vec(), None, "of no tool that is known here"),
        ("package.json", br#"{"name":"x","version":"1"}"#.to_vec(), None, "of no tool"),
        ("package.json", br#"{"name":"x","version":"1"}"#.to_vec(), n8n_format, "`data` is missing"),
        ("number.json", b"7".to_vec(), Some(ImportFormat::Gcloud), "no JSON object"),
        ("field.json", br#"{"type":"authorized_user","client_id":{"a":1}}"#.to_vec(), None, "`client_id` is no text"),
        (
            "field.json",
            br#"[{"name":"a","type":"oAuth2Api","data":{"clientId":[1]}}]"#.to_vec(),
            None,
            "`[0].data.clientId` is no text",
        ),
        (
            "token.conf",
            b"[a]\ntype = drive\ntoken = {\"refresh_token\":\"hunter2hunter2\n".to_vec(),
            None,
            "`[a] token` is no JSON",
        ),
        ("ini.conf", b"[a]\ntype = drive\nhunter2hunter2\n".to_vec(), None, "ini.conf is broken at line"),
        ("git.conf", b"[core]\nbare = false\n".to_vec(), None, "no section says `type"),
        ("open.bru", b"auth:oauth2 {\n  client_id: a\n".to_vec(), None, "block that begins here does not end"),
        ("bad.bru", b"auth:oauth2 {\n  hunter2hunter2\n}\n".to_vec(), None, "line 2"),
        ("credentials.db", b"SQLite format 3\0rest".to_vec(), None, "legacy_credentials"),
        ("agent", [b"a1".repeat(60), b"\n".to_vec()].concat(), Some(ImportFormat::OidcAgent), "oidc-gen -p"),
    ];
    for (name, bytes, format, says) in cases {
        let said = bench.refused(name, &bytes, format).await;
        assert!(said.contains(says) && said.contains(name), "{name}: {said}");
        assert!(!said.contains("hunter2"), "{name} quotes what stands there: {said}");
    }
    for (name, says) in [("n8n_encrypted.json", "--decrypted"), ("rclone_encrypted.conf", "rclone config show")] {
        let said = bench.refused_at(&fixture(name), None).await;
        assert!(said.contains(says) && said.contains("is encrypted"), "{name}: {said}");
    }
}

/// What is no file, or none that anybody exports.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_a_folder_a_giant_and_nothing_at_all_are_refused_at_once() {
    let bench = Bench::new();
    let at = |name: &str| bench.folder.path().join(name);
    let giant = std::fs::File::create(at("giant.json")).unwrap();
    giant.set_len(1024 * 1024 * 1024).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    std::fs::create_dir(at("folder")).unwrap();
    std::fs::write(at("closed.json"), "{}").unwrap();

    for (name, says) in [
        ("giant.json", "giant.json is larger than 8 MiB"),
        ("pipe", "pipe is a pipe"),
        ("folder", "folder is a folder without files of a known tool"),
        ("missing.json", "missing.json cannot be read"),
    ] {
        let said = tokio::time::timeout(Duration::from_secs(20), bench.refused_at(&at(name), None)).await;
        assert!(said.as_ref().is_ok_and(|said| said.contains(says)), "{name}: {said:?}");
    }
}

/// S010, S073: an address of the file's is never one that a grant goes to.
#[tokio::test]
async fn a_hostile_address_makes_a_find_untakable() {
    let bench = Bench::new();
    for (address, expected) in [
        ("javascript:alert(1)", ImportRefusal::AddressRefused { field: "token_url" }),
        ("file:///etc/passwd", ImportRefusal::AddressRefused { field: "token_url" }),
        ("http://oauth2.googleapis.com/token", ImportRefusal::AddressRefused { field: "token_url" }),
        ("https://oauth2.googleapis.com@evil.example/token", ImportRefusal::AddressRefused { field: "token_url" }),
        ("https://evil.example/token", ImportRefusal::HostUnknown("evil.example".into())),
        ("https://169.254.169.254/token", ImportRefusal::HostUnknown("169.254.169.254".into())),
    ] {
        let path = bench.folder.path().join("hostile.json");
        let entry = serde_json::json!([{ "name": "Drive", "type": "googleDriveOAuth2Api", "data": {
            "clientId": "i", "clientSecret": "s3cr3t", "accessTokenUrl": address,
            "oauthTokenData": { "refresh_token": "1//0notreal" } } }]);
        std::fs::write(&path, entry.to_string()).unwrap();

        let preview = bench.engine.preview_import(&path, None).await.unwrap();

        assert_eq!(preview.items[0].refusal, Some(expected), "{address}");
        let taken = bench.engine.take_import(&preview.id, &[1], Default::default()).await;
        assert!(matches!(taken, Err(Error::BadInput(_))), "{address}: what is refused cannot be ticked");
    }
}

/// The same grant twice in one file is one grant.
#[tokio::test]
async fn a_grant_that_stands_twice_in_a_file_can_be_taken_once() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(fixture("n8n_decrypted.json")).unwrap();
    let entries: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let path = bench.folder.path().join("twice.json");
    std::fs::write(&path, serde_json::json!([entries[0], entries[0]]).to_string()).unwrap();

    let preview = bench.engine.preview_import(&path, None).await.unwrap();

    assert_eq!(preview.items[0].refusal, None);
    assert_eq!(preview.items[1].refusal, Some(ImportRefusal::TwiceInFile { number: 1 }));
    assert!(!preview.items[0].warnings.iter().any(|it| matches!(it, ImportWarning::TwoHolders { .. })));
}

/// A3: whatever is cut off or changed in a file, there is an answer, no panic, and nothing quoted.
#[test]
fn every_file_cut_or_changed_anywhere_gets_an_answer() {
    let names = [
        "google_token.json",
        "rclone.conf",
        "n8n_decrypted.json",
        "postman_collection.json",
        "postman_environment.json",
        "notion.bru",
        "insomnia_v4.json",
        "insomnia_v5.yaml",
        "oidc_agent.json",
        "nango.json",
    ];
    for name in names {
        let whole = std::fs::read(fixture(name)).unwrap();
        let mut variants: Vec<Vec<u8>> = (0..whole.len()).step_by(97).map(|end| whole[..end].to_vec()).collect();
        for at in (0..whole.len()).step_by(101) {
            for byte in [b'"', b'{', b'}', b'[', 0, 0xFF, b'\n', b':', b'%', b'&', b'*'] {
                let mut changed = whole.clone();
                changed[at] = byte;
                variants.push(changed);
            }
        }
        let formats = [None].into_iter().chain(ImportFormat::ALL.map(Some));
        for (index, bytes) in variants.into_iter().enumerate() {
            // Each variant as itself, and every so often as a file of every other tool.
            for format in formats.clone().take(if index % 50 == 0 { 9 } else { 1 }) {
                let source = Source { name: name.to_owned(), path: name.into(), bytes: bytes.clone().into() };
                let said = match read(&source, format) {
                    Ok((_, findings)) => format!("{findings:?}"),
                    Err(refused @ ImportRefused::Unreadable { .. }) => panic!("nothing was opened: {refused}"),
                    Err(refused) => format!("{refused} {refused:?}"),
                };
                assert!(!said.contains("notreal-n8n-refresh"), "{name} {index}: {said}");
                assert!(!said.contains("1//0notreal-rclone"), "{name} {index}: {said}");
            }
        }
    }
}
