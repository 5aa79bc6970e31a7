//! No secret passes, in whatever spelling and place; what support needs does.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::*;

const SECRET: &str = "rt/of+mira=0042";

fn identity() -> Identity {
    Identity {
        subject: Some("10769150350006150715".to_owned()),
        label: Some("mira@fjordstudio.example".to_owned()),
        ..Identity::default()
    }
}

fn redaction() -> Redaction {
    Redaction::new(&[Secret::new(SECRET)], &identity(), false)
}

/// C6, S137
#[test]
fn a_known_secret_is_found_in_every_spelling() {
    let encoded = |text: &str| STANDARD_NO_PAD.encode(text);
    let spelled = [
        SECRET.to_owned(),
        "rt%2Fof%2Bmira%3D0042".to_owned(),
        SECRET.bytes().map(|byte| format!("{byte:02x}")).collect(),
        encoded(SECRET),
        encoded(&format!("a:{SECRET}:z")),
        encoded(&format!("ab{SECRET}")),
        URL_SAFE_NO_PAD.encode(format!("client:{SECRET}")),
        format!("before{SECRET}after"),
    ];
    for text in spelled {
        let shown = redaction().of_text(&format!("it said {text} and left"));
        let core = text.get(8..text.len() - 4).unwrap_or(&text);
        assert!(!shown.contains(core) || core.is_empty(), "{text} is still in {shown}");
        assert!(shown.contains("secret") && shown.starts_with("it said "), "{shown}");
    }
}

/// C6, S137: a token of digits alone looks like no chance; a time and what support asks for stay.
#[test]
fn long_numbers_in_foreign_words_are_blotted_out() {
    let shown = of_foreign_words("token 4711081512345678 refused at 1700000000123, project 123456789012");

    assert_eq!(shown, "token [secret] refused at 1700000000123, project 123456789012");
    assert_eq!(of_foreign_words("x1234567890123456789y"), "x[secret]y", "a prefix makes it no shorter");
}

/// C6, S137: nobody said that these are secret.
#[test]
fn what_looks_like_a_secret_is_blotted_out() {
    for (text, secret) in [
        ("Authorization: Bearer abc.DEF-123", "abc.DEF-123"),
        ("authorization: basic bWlyYTpodW50ZXIy", "bWlyYTpodW50ZXIy"),
        (r#"{"access_token":"opaque","error":"x"}"#, "opaque"),
        (r#"{"refresh_token" : "short one"}"#, "short"),
        ("grant_type=refresh_token&refresh_token=abc&client_secret=d%20e", "abc"),
        ("client_secret=hunter2", "hunter2"),
        ("password: hunter2", "hunter2"),
        ("code=4711abc&state=xyz", "4711abc"),
        ("your password is hunter2, mira", "hunter2"),
        ("Password was \"hunter2\"", "hunter2"),
        ("the password s3cret! was refused", "s3cret"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("token ya29.a0AfH6SMBx was refused", "a0AfH6SMBx"),
        ("see https://a.example/cb?code=abc123&state=def#access_token=ghi", "abc123"),
        ("see https://a.example/cb?code=abc123&state=def#access_token=ghi", "ghi"),
        ("https://mira:hunter2@a.example/x", "hunter2"),
        ("POST a.example/token?refresh_token=abc123", "abc123"),
        ("it was Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg== there", "Zm9vYmFy"),
        ("it was 9f86d081884c7d659a2feaa0c55ad015 there", "9f86d081"),
        ("it was Kx7Pq2Lm9Rt4Wv8Yz1Bn there", "Kx7Pq2"),
        ("key=\"Kx7Pq2Lm9\" said", "Kx7Pq2Lm9"),
        ("user=mira@a.example&password=abc", "=abc"),
        (r#"{"secret":"abc-def"}"#, "abc-def"),
        ("refresh token 4829104829105829 was revoked", "4829104829105829"),
        ("code 4829104829105829 was used", "4829104829105829"),
        ("the access token \"1000-abcdef-123456\" is invalid", "abcdef-123456"),
    ] {
        let shown = redaction().of_text(text);
        assert!(!shown.contains(secret), "{secret} is still in {shown}");
    }
}

/// C6: a report of blots helps nobody.
#[test]
fn what_support_needs_stays() {
    for text in [
        "POST oauth2.googleapis.com/token",
        "400 invalid_grant Token has been expired or revoked.",
        "AADSTS50173: The provided grant has expired. Trace ID: 0d3f7c1e-1111-2222-3333-444455556666",
        "https://www.googleapis.com/auth/gmail.readonly",
        "sent and stored are both 71d0e5b2c9",
        "2026-03-04T10:31:07.123Z",
        "refresh_token_limit_exceeded_by_the_organisation",
        "error code: invalid_client, status code=400",
        "error code AADSTS7000215 of the token AADSTS7000",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "fjordstudio-invoices-2026-11",
        "con_3e8h1zk0ab",
        "Invalid username or password. AADSTS50126 was logged",
        "the password is incorrect, or the password AADSTS50126 names has expired",
        "password of at least 8 characters, changed 2026-03-04T10:31:07Z",
        "the token was refused (RFC 6749 section 5.2); the code is wrong",
        "0.4 s, measured on rung 2.",
        "crm.objects.contacts.read",
    ] {
        assert_eq!(redaction().of_text(text), text);
    }
}

/// C6: by default nobody is named, on request one person is.
#[test]
fn people_are_masked_but_the_one_who_was_ticked() {
    let text = "mira@fjordstudio.example let kai@halden.example in; 10769150350006150715, mira%40fjordstudio.example";

    let masked = redaction().of_text(text);
    assert_eq!(masked, "m…@fjordstudio.example let k…@halden.example in; 1…, m…@fjordstudio.example");
    let named = Redaction::new(&[], &identity(), true).of_text(text);
    assert!(named.starts_with("mira@fjordstudio.example let k…@halden.example in"), "{named}");
}

/// C6: a login is a name too, where it stands alone.
#[test]
fn a_login_is_masked_as_a_word() {
    let identity = Identity { label: Some("mira".to_owned()), ..Identity::default() };
    let shown = Redaction::new(&[], &identity, false).of_text("mira was refused by admiral; user=mira mira");
    assert_eq!(shown, "m… was refused by admiral; user=m… m…");
}

/// C7: a provider finds a call again by its id.
#[test]
fn an_id_of_a_request_stays_unless_it_is_a_token() {
    let of = |text: &str| {
        let mut value = serde_json::json!({ "request_id": text });
        redaction().of_value(&mut value);
        value["request_id"].as_str().unwrap().to_owned()
    };
    for id in
        ["9f86d081884c7d659a2feaa0c55ad015", "Root=1-67891233-abcdef012345678912345678", "AbC123xyZ_-Kx7Pq2Lm9Rt4"]
    {
        assert_eq!(of(id), id);
    }
    assert_eq!(of("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"), BLOT);
    assert_eq!(of(SECRET), BLOT);
}

/// C6
#[test]
fn a_clients_id_is_cut() {
    assert_eq!(cut_id("1234567890-abcdef.apps.example"), "123456…xample");
    assert_eq!(cut_id("abcdefgh"), "abcd…");
    assert_eq!(cut_id(""), "…");
}

/// S094: nothing that comes makes it slow or ends it.
#[test]
fn any_text_is_taken() {
    for text in ["", "=", ":", "@", "?", "&&&", "a@", "://", "=:=:", "%40", "\u{0}", "é=é", "code=", "Bearer"] {
        redaction().of_text(text);
    }
    let long = "a=b&".repeat(50_000);
    assert!(redaction().of_text(&long).len() <= long.len() * 8);
}
