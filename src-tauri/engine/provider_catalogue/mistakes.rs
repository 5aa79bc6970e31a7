//! Every kind of mistake a person can make in a provider file, and that its error names file, line and field [A2, S010].

use std::path::Path;

use super::ProviderCatalogue;

const GOOD: &str = include_str!("gitlab.json");

/// What is written in place of what, and how the error calls the field. The line is that of what was written.
const MISTAKES: &[(&str, &str, &str, &str, &str)] = &[
    ("unknown field", "\"name\": \"GitLab\",", "\"name\": \"GitLab\", \"colour\": 1,", "colour", "unknown field"),
    ("unknown inner field", "\"is_port_compared\"", "\"is_port_kept\"", "redirect.is_port_kept", "unknown field"),
    ("wrong type", "\"tag\": \"Gl\"", "\"tag\": 7", "tag", "invalid type: integer `7`, expected a string"),
    ("wrong inner type", "[\"read_user\"]", "\"read_user\"", "scopes.always", "expected a sequence"),
    ("no such choice", "\"pkce\": \"supported\"", "\"pkce\": \"maybe\"", "pkce", "unknown variant `maybe`"),
    ("http", "\"https://{host}/oauth/token\"", "\"http://git.example/token\"", "token_endpoint", "must be an https"),
    ("file:", "\"https://{host}/oauth/token\"", "\"file:///etc/passwd\"", "token_endpoint", "must be an https"),
    (
        "javascript:",
        "\"https://{host}/oauth/authorize\"",
        "\"javascript:alert(1)\"",
        "authorization_endpoint",
        "must be an https",
    ),
    ("no URL", "\"https://{host}/oauth/token\"", "\"git.example/token\"", "token_endpoint", "relative URL"),
    ("userinfo", "\"https://{host}/oauth/token\"", "\"https://u:p@git.example/\"", "token_endpoint", "no user"),
    ("fragment", "\"https://{host}/oauth/token\"", "\"https://git.example/t#f\"", "token_endpoint", "fragment"),
    (
        "call in http",
        "\"https://{host}/api/v4/user\"",
        "\"http://git.example/user\"",
        "identity.url",
        "must be an https",
    ),
    ("check in http", "\"https://{host}/oauth/token/info\"", "\"http://git.example/\"", "checks[0].url", "must be an"),
    ("revocation", "\"https://{host}/oauth/revoke\"", "\"http://git.example/\"", "revocation.url", "must be an https"),
    ("page", "\"https://status.gitlab.com\"", "\"javascript:alert(1)\"", "pages.status", "must be an https"),
    (
        "every host of a top domain to mend at",
        "\"status\": \"https://status.gitlab.com\"",
        "\"mending_pages\": [\".com/**\"]",
        "pages.mending_pages[0]",
        "is no host name",
    ),
    (
        "every page of a host to mend at",
        "\"status\": \"https://status.gitlab.com\"",
        "\"mending_pages\": [\"git.example\"]",
        "pages.mending_pages[0]",
        "has no path",
    ),
    (
        "a path to mend at with something in its middle",
        "\"status\": \"https://status.gitlab.com\"",
        "\"mending_pages\": [\"git.example/**/sso\"]",
        "pages.mending_pages[0]",
        "is no path",
    ),
    (
        "address for a host to mend at",
        "\"status\": \"https://status.gitlab.com\"",
        "\"mending_pages\": [\"https://git.example/\"]",
        "pages.mending_pages[0]",
        "is no host name",
    ),
    (
        "reserved parameter",
        "\"refresh\":",
        "\"authorize_parameters\": { \"response_type\": \"token\" },\n  \"refresh\":",
        "authorize_parameters.response_type",
        "set by the sign-in itself",
    ),
    (
        "kept parameter of the flow itself",
        "\"refresh\":",
        "\"answer\": { \"kept_parameters\": { \"company\": \"state\" } },\n  \"refresh\":",
        "answer.kept_parameters.company",
        "read by the sign-in itself",
    ),
    (
        "second scopes in a parameter of the flow",
        "\"scopes\": {",
        "\"scopes\": { \"apart\": { \"parameter\": \"state\", \"prefix\": \"user:\", \"token_type\": \"user\" },",
        "scopes.apart.parameter",
        "set by the sign-in itself",
    ),
    (
        "reserved code parameter",
        "\"refresh\":",
        "\"token_request\": { \"code_parameters\": { \"client_id\": \"x\" } },\n  \"refresh\":",
        "token_request.code_parameters.client_id",
        "set by the sign-in itself",
    ),
    (
        "reserved in an address",
        "\"https://{host}/oauth/authorize\"",
        "\"https://git.example/?state=x\"",
        "authorization_endpoint",
        "set by the sign-in itself",
    ),
    ("bad pointer", "[\"/id\"]", "[\"id\"]", "identity.subject[0]", "not a JSON pointer"),
    ("bad escape", "[\"/id\"]", "[\"/a~2b\"]", "identity.subject[0]", "not a JSON pointer"),
    ("unknown cause", "\"grant_revoked\"", "\"bad_weather\"", "error_signatures[0].cause", "is no cause"),
    ("unknown shape", "\"shape\": \"host\"", "\"shape\": \"round\"", "variables[0].shape", "unknown variant `round`"),
    ("bad example", "\"git.fjord.example\"", "\"https://git.example\"", "variables[0].example", "without https"),
    ("bad usual value", "\"usual\": \"gitlab.com\"", "\"usual\": \"a/b\"", "variables[0].usual", "without a path"),
    ("unknown evidence", "\"request_id\": {", "\"weather\": {", "evidence.weather", "no part of a provider file"),
    (
        "unknown quirk",
        "\"wants_redirect_uri_on_refresh\"",
        "\"wants_a_blue_moon\"",
        "quirks[1].fault",
        "`wants_a_blue_moon` is no fault",
    ),
    ("bad certainty", "\"certainty\": \"verified\"", "\"certainty\": \"sure\"", "certainty", "unknown variant `sure`"),
    (
        "bad life",
        "\"issued\": \"always\"",
        "\"issued\": \"always\", \"idle_life_days\": 0",
        "refresh.idle_life_days",
        "1 to",
    ),
    (
        "negative life",
        "\"issued\": \"always\"",
        "\"issued\": \"always\", \"idle_life_days\": -1",
        "refresh.idle_life_days",
        "invalid value",
    ),
    ("no method", "[\"post\", \"public\"]", "[]", "client_authentication", "names no method"),
    ("bad path", "\"host\": \"127.0.0.1\"", "\"host\": \"127.0.0.1\", \"path\": \"//x\"", "redirect.path", "plain"),
    (
        "undeclared variable",
        "\"https://{host}/oauth/token\"",
        "\"https://{hots}/oauth/token\"",
        "token_endpoint",
        "`{hots}` is no variable",
    ),
    (
        "undeclared in a check",
        "\"https://{host}/oauth/token/info\"",
        "\"https://git.example/{who}\"",
        "checks[0].url",
        "no kept field",
    ),
    (
        "undeclared in the identity call",
        "\"https://{host}/api/v4/user\"",
        "\"https://{host}/{token}\"",
        "identity.url",
        "`{token}` is no variable",
    ),
    (
        "undeclared in the revocation",
        "\"https://{host}/oauth/revoke\"",
        "\"https://{host}/{client_secret}\"",
        "revocation.url",
        "`{client_secret}` is no variable",
    ),
    (
        "open brace",
        "\"https://{host}/oauth/authorize\"",
        "\"https://{host/oauth\"",
        "authorization_endpoint",
        "not closed",
    ),
    (
        "line break in a header",
        "\"refresh\":",
        "\"token_request\": { \"headers\": { \"X-A\": \"b\\r\\nHost: c\" } },\n  \"refresh\":",
        "token_request.headers.X-A",
        "cannot stand in an HTTP header",
    ),
    (
        "line break in a header's name",
        "\"refresh\":",
        "\"token_request\": { \"headers\": { \"X\\r\\nA\": \"b\" } },\n  \"refresh\":",
        "token_request.headers.X\\r\\nA",
        "no name of an HTTP header",
    ),
    (
        "header of the request's own",
        "\"url\": \"https://{host}/api/v4/user\"",
        "\"headers\": { \"authorization\": \"Bearer x\" }, \"url\": \"https://{host}/api/v4/user\"",
        "identity.headers.authorization",
        "set by the request itself",
    ),
    (
        "token in a header of the request's own",
        "\"url\": \"https://{host}/api/v4/user\"",
        "\"token_in\": { \"header\": { \"name\": \"Host\" } }, \"url\": \"https://{host}/api/v4/user\"",
        "identity.token_in.header.name",
        "set by the request itself",
    ),
    (
        "cookie in a check",
        "\"url\": \"https://{host}/oauth/token/info\"",
        "\"headers\": { \"Cookie\": \"a=b\" }, \"url\": \"https://{host}/oauth/token/info\"",
        "checks[0].headers.Cookie",
        "set by the request itself",
    ),
    (
        "proof in a revocation",
        "\"url\": \"https://{host}/oauth/revoke\"",
        "\"headers\": { \"DPoP\": \"x\" }, \"url\": \"https://{host}/oauth/revoke\"",
        "revocation.headers.DPoP",
        "set by the request itself",
    ),
    ("every host of a top domain", "[\"{host}\"]", "[\".com\"]", "api_hosts[0]", "at least two labels"),
    ("every host", "[\"{host}\"]", "[\"*\"]", "api_hosts[0]", "is no host"),
    ("address for a host", "[\"{host}\"]", "[\"https://a.example/\"]", "api_hosts[0]", "is no host"),
    (
        "signature that fits everything",
        "\"cause\": \"grant_revoked\"",
        "\"cause\": \"grant_revoked\" }, { \"endpoint\": \"api\", \"contains\": \"\", \"cause\": \"grant_revoked\"",
        "error_signatures[1].contains",
        "must not be empty",
    ),
    (
        "unknown action",
        "\"cause\": \"grant_revoked\"",
        "\"cause\": \"grant_revoked\", \"action\": \"hope\"",
        "error_signatures[0].action",
        "is no action",
    ),
    (
        "action that makes it worse",
        "\"cause\": \"grant_revoked\"",
        "\"cause\": \"grant_revoked\", \"action\": \"refresh\"",
        "error_signatures[0].action",
        "is not safe advice",
    ),
    (
        "meaning that is no sentence",
        "\"cause\": \"grant_revoked\"",
        "\"cause\": \"grant_revoked\", \"meaning\": \"gone\"",
        "error_signatures[0].meaning",
        "one short sentence",
    ),
    (
        "port of the system",
        "\"host\": \"127.0.0.1\"",
        "\"host\": \"127.0.0.1\", \"port\": 80",
        "redirect.port",
        "1024 to 65535",
    ),
    (
        "reserved in other letters",
        "\"refresh\":",
        "\"authorize_parameters\": { \"Redirect_URI\": \"https://x.example\" },\n  \"refresh\":",
        "authorize_parameters.Redirect_URI",
        "set by the sign-in itself",
    ),
    ("list for an object", "\"pages\": {", "\"pages\": [], \"setup\": {", "pages", "must be an object"),
    ("id of wrong shape", "\"id\": \"gitlab\"", "\"id\": \"Git Lab\"", "id", "lower-case"),
];

/// The one complaint about a data folder that holds this file.
fn complaint(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.json"), bytes).unwrap();

    let (catalogue, errors) = ProviderCatalogue::load(folder.path());

    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(catalogue.list().count() + 1 >= super::BUILT_IN.len(), "all others stand");
    let said = errors[0].to_string();
    assert!(said.contains("mine.json"), "it names the file: {said}");
    said
}

/// A2, S010
#[test]
fn every_kind_of_mistake_names_its_line_and_field() {
    for (name, right, wrong, field, reason) in MISTAKES {
        assert!(GOOD.contains(right), "{name}: the file to spoil holds {right}");
        let text = GOOD.replacen(right, wrong, 1);
        let line = text[..text.find(wrong).unwrap()].matches('\n').count() + 1;

        let said = complaint(text.as_bytes());

        assert!(said.contains(&format!("wrong at line {line} in `")), "{name} is on line {line}: {said}");
        assert!(said.contains(&format!("{field}`: ")), "{name} is in {field}: {said}");
        assert!(said.contains(reason), "{name}: {said}");
    }
}

/// A2
#[test]
fn a_field_that_is_missing_is_named() {
    for (cut, field) in [
        ("  \"token_endpoint\": \"https://{host}/oauth/token\",\n", "token_endpoint"),
        ("\"rotation\": \"always\", ", "refresh.rotation"),
        ("\"cause\": \"grant_revoked\"", "error_signatures[0].cause"),
    ] {
        assert!(GOOD.contains(cut), "the file to spoil holds {cut}");
        let text = GOOD.replacen(cut, "", 1).replace("revoked\",  }", "revoked\" }");

        let said = complaint(text.as_bytes());

        assert!(said.contains(&format!("in `{field}`: missing field")), "{field}: {said}");
    }
}

/// A2
#[test]
fn what_is_no_json_is_said_with_its_line() {
    for (name, text, line) in [
        ("nothing", String::new(), 1),
        ("a word", "gitlab".to_owned(), 1),
        ("cut off", GOOD[..GOOD.find("\"scopes\"").unwrap()].to_owned(), 0),
        ("a comma too many", GOOD.replacen("\"tag\": \"Gl\",", "\"tag\": \"Gl\",,", 1), 5),
        ("something behind", format!("{GOOD}x"), GOOD.lines().count() + 1),
    ] {
        let said = complaint(text.as_bytes());

        let line = if line == 0 { text.matches('\n').count() + 1 } else { line };
        assert!(said.contains(&format!("wrong at line {line}")), "{name}: {said}");
    }
}

/// A2
#[test]
fn what_no_file_can_be_read_from_is_said() {
    let latin = GOOD.replace("GitLab", "Gitl\u{e4}b").chars().map(|it| it as u8).collect::<Vec<_>>();
    let line = GOOD[..GOOD.find("GitLab").unwrap()].matches('\n').count() + 1;
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = format!("{GOOD}{}", " ".repeat(1024 * 1024));
    for (bytes, said) in [
        (latin, format!("wrong at line {line}: it is not UTF-8")),
        (utf16.clone(), "it is UTF-16".to_owned()),
        ([vec![0xff, 0xfe], utf16].concat(), "it is UTF-16".to_owned()),
        (long.into_bytes(), "too large: ".to_owned()),
        (b"".to_vec(), "the file is empty".to_owned()),
        (b"\n[]".to_vec(), "wrong at line 2: it must be an object".to_owned()),
        (GOOD[..GOOD.find("\"scopes\"").unwrap()].into(), "the file breaks off there".to_owned()),
    ] {
        let complaint = complaint(&bytes);
        assert!(complaint.contains(&said), "{said}: {complaint}");
        assert!(!complaint.contains('?'), "no field is called so: {complaint}");
    }
}

/// A2: editors write a byte order mark, which is no part of the file.
#[test]
fn a_byte_order_mark_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gitlab.json"), format!("\u{feff}{GOOD}")).unwrap();

    let (_, errors) = ProviderCatalogue::load(folder.path());

    assert!(errors.is_empty(), "{errors:?}");
}

/// A2: a folder of that name is nothing to read.
#[test]
fn a_folder_of_that_name_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine.json")).unwrap();

    let (_, errors) = ProviderCatalogue::load(Path::new(folder.path()));

    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].to_string().contains("it is a folder"), "{errors:?}");
}
