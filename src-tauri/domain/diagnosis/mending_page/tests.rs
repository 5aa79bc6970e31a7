use serde_json::json;

use super::*;
use crate::ProviderId;
use crate::diagnosis::redaction::of_foreign_words;
use crate::diagnosis::{Diagnosis, Fact, FailedEndpoint, classify_answer_of};
use crate::provider::MendingHeader;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A provider as the catalogue describes one.
fn acme() -> Provider {
    let mut provider = Provider::bare(ProviderId::from_text("acme"), url("https://oauth.acme.example/token"));
    provider.authorization_endpoint = url("https://acme.example/login/oauth/authorize");
    provider.pages.console = Some(url("https://console.acme.example/clients"));
    let pages = ["apis.acme.example/**", "console.acme.example/", "console.acme.example/**", "acme.example/orgs/*/sso"];
    provider.pages.mending_pages =
        pages.into_iter().chain(["acme.example/sso", "acme.example/on"]).map(str::to_owned).collect();
    provider.pages.mending_header = Some(MendingHeader { name: "x-acme-sso".to_owned(), parameter: "url".to_owned() });
    provider
}

fn refusal(header: Option<&str>, body: &Value) -> Evidence {
    Evidence {
        endpoint: FailedEndpoint::Api,
        http_status: Some(403),
        headers: header.map(|it| ("X-Acme-SSO".to_owned(), it.to_owned())).into_iter().collect(),
        body: body.to_string().into_bytes(),
        ..Evidence::default()
    }
}

fn named(header: Option<&str>, body: &Value, provider: &Provider) -> Option<String> {
    MendingPage::named_in(&refusal(header, body), provider).map(|it| it.url().to_string())
}

/// A page at every place where an answer can name one.
fn everywhere(address: &str) -> Vec<(Option<String>, Value)> {
    vec![
        (Some(format!("required; url={address}")), json!({})),
        (None, json!({ "error": { "details": [{ "metadata": { "activationUrl": address } }] } })),
        (None, json!({ "error": { "details": [{ "links": [{ "description": "Switch on", "url": address }] }] } })),
        (None, json!({ "error": { "message": format!("It is off. Enable it by visiting {address} then retry.") } })),
        (None, json!({ "error": { "errors": [{ "reason": "accessNotConfigured", "extendedHelp": address }] } })),
    ]
}

/// C5: GitHub's header, with and without an address.
#[test]
fn a_header_names_the_page_of_the_organisations_sign_on() {
    let page = "https://acme.example/orgs/fjord/sso?authorization_request=AZSCKtL4U8yX";

    assert_eq!(named(Some(&format!("required; url={page}")), &json!({}), &acme()).as_deref(), Some(page));
    assert_eq!(named(Some(&format!("required; URL=\"{page}\"")), &json!({}), &acme()).as_deref(), Some(page));
    assert_eq!(named(Some("partial-results; organizations=21955855,20582480"), &json!({}), &acme()), None);
    assert_eq!(named(Some("required"), &json!({}), &acme()), None);
}

/// C5: `google.rpc.ErrorInfo`, `google.rpc.Help`, the sentence, and the console's front page at last.
#[test]
fn the_page_that_switches_it_on_goes_before_the_one_that_merely_helps() {
    let best = "https://apis.acme.example/mail/overview?project=481";
    let mut body = json!({ "error": {
        "message": "Mail API has not been used in project 481 before or it is disabled. Enable it by visiting \
                    https://apis.acme.example/words then retry.",
        "errors": [{ "reason": "accessNotConfigured", "extendedHelp": "https://console.acme.example" }],
        "details": [
            { "@type": "type.googleapis.com/google.rpc.Help",
              "links": [{ "description": "Console", "url": "https://apis.acme.example/link" }] },
            { "@type": "type.googleapis.com/google.rpc.ErrorInfo", "metadata": { "activationUrl": best } },
        ],
    } });

    assert_eq!(named(None, &body, &acme()).as_deref(), Some(best));
    body["error"]["details"][1]["metadata"] = json!({});
    assert_eq!(named(None, &body, &acme()).as_deref(), Some("https://apis.acme.example/link"));
    body["error"]["details"] = json!([]);
    assert_eq!(named(None, &body, &acme()).as_deref(), Some("https://apis.acme.example/words"));
    body["error"]["message"] = json!("It is off.");
    assert_eq!(named(None, &body, &acme()).as_deref(), Some("https://console.acme.example/"));
}

/// S048, S049: wherever a hostile answer puts it, an address that is not plainly the provider's own is no page.
#[test]
fn an_answer_puts_no_page_of_anybody_elses_behind_a_button() {
    let long = format!("https://acme.example/{}", "a".repeat(MAX_LENGTH));
    for address in [
        "https://evil.example/orgs/fjord/sso",
        "https://acme.example.evil.example/",
        "https://evilacme.example/",
        "https://sites.acme.example/evil",
        "https://acme.example/evil",
        "https://acme.example/orgs/fjord",
        "https://acme.example/orgs/fjord/sso/evil",
        "https://acme.example/orgs/fjord/evil/../../../evil",
        "https://acme.example/orgs//sso",
        "https://acme.example/orgs/evil%2Fpages%3F/sso",
        "https://acme.example/login/oauth/authorize?redirect_uri=https://evil.example/",
        "https://console.acme.example/%2e%2e%2fevil",
        "https://console.acme.example/clients%5cevil",
        "https://apis.acme.example/a%0d%0ab",
        "https://apis.acme.example/",
        "https://acme.example@evil.example/",
        "https://evil.example\\@acme.example/",
        "https://acme.example\\@evil.example/",
        "https://mira:secret@acme.example/",
        "https://acme.example:8443/",
        "https://acme.example./",
        "https://аcme.example/",
        "https://xn--cme-7cd.example/",
        "https://acme.exam\tple/",
        "https://evil.example/\u{0}",
        "https://acme.example/\r\nSet-Cookie:a",
        "https://acme.example/\u{202e}",
        "https://acme.example/\"><script>",
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://acme.example/",
        "http://127.0.0.1:4000/",
        "//acme.example/",
        "javascript:alert(1)//acme.example",
        "data:text/html,acme.example",
        "file:///etc/passwd",
        "acme://acme.example/",
        "https:///acme.example",
        "https://",
        "",
        &long,
    ] {
        for (header, body) in everywhere(address) {
            let found = named(header.as_deref(), &body, &acme()).map(|it| url(&it));
            let cut = found.as_ref().is_none_or(|it| {
                // A sentence ends where the address cannot go on; what stands before may be a page of the provider's.
                it.host_str() == Some("acme.example")
                    && it.scheme() == "https"
                    && it.path() == "/"
                    && it.port().is_none()
                    && it.username().is_empty()
                    && it.query().is_none()
            });
            assert!(cut, "{address:?} in {header:?} {body} became {found:?}");
            if body["error"]["message"].is_null() {
                assert_eq!(found, None, "{address:?} in {header:?} {body}");
            }
        }
    }
}

/// C5: a page that explains is no page that mends, and answers without end are not looked through.
#[test]
fn documentation_is_no_page_to_mend_at_and_long_answers_name_none() {
    let explained = json!({ "message": "See https://console.acme.example/docs/apis/enable" });
    assert_eq!(named(None, &explained, &acme()), None);
    let uri = json!({ "error": "x", "error_uri": "https://acme.example/error?code=65001" });
    assert_eq!(named(None, &uri, &acme()), None, "RFC 6749 §5.2: information about the error");
    let long = json!({ "message": "https://acme.example/on", "more": "x".repeat(MAX_BODY) });
    assert_eq!(named(None, &long, &acme()), None);
    let many = json!({ "message": "https://evil.example/ ".repeat(1000) + "https://acme.example/on" });
    assert_eq!(named(None, &many, &acme()), None);
    let deep = "[".repeat(10_000);
    let evidence = Evidence { body: deep.into_bytes(), ..Evidence::default() };
    assert_eq!(MendingPage::named_in(&evidence, &acme()), None);
}

/// S048: in the clear, on this computer, and at the very port: the practice provider, and nobody who says to be it.
#[test]
fn a_page_on_this_computer_is_the_practice_providers_alone() {
    let mut provider = acme();
    provider.authorization_endpoint = url("http://127.0.0.1:4000/authorize");
    let page = |text: &str| MendingPage::from_text(text).unwrap();
    assert!(!page("http://127.0.0.1:4000/sso").is_of(&provider), "a discovered issuer on this computer is not it");
    provider.is_practice = true;

    assert!(page("http://127.0.0.1:4000/sso").is_of(&provider));
    for other in ["http://127.0.0.1:4001/sso", "http://localhost:4000/sso", "https://127.0.0.1:4000/sso"] {
        assert!(!page(other).is_of(&provider), "{other}");
    }
    provider.authorization_endpoint = url("http://practice.example:4000/authorize");
    assert!(!page("http://practice.example:4000/sso").is_of(&provider), "not on this computer");
}

/// C6 A3: what is shown, worded and debugged never holds the query.
#[test]
fn words_show_host_and_path_alone() {
    let evidence = refusal(Some("required; url=https://acme.example/orgs/fjord/sso?request=AZSCKtL4U8yX"), &json!({}));
    let diagnosis = Diagnosis::of(CauseLabel::SsoRequired).with_mending_page(&evidence, &acme());
    let page = diagnosis.mending_page().unwrap();

    assert_eq!(page.shown(), "acme.example/orgs/fjord/sso");
    let clue = &diagnosis.clues[0];
    assert_eq!(clue.sentence(), "The provider itself names the page where it is mended: acme.example/orgs/fjord/sso.");
    assert!(!format!("{diagnosis:?}").contains("AZSCKtL4U8yX"));
    let said = of_foreign_words("Enable it by visiting https://acme.example/on?request=AZSCKtL4U8yX&p=481 then retry.");
    assert!(said.contains("acme.example/on") && !said.contains("AZSC") && !said.contains("481"), "{said}");
    assert_eq!(clue.kept(), *clue, "the page itself is kept, for the button");
    assert_eq!(clue.fact.unquoted("403"), clue.fact);
}

/// C2: where consent, a clock or time mends, a page leads nowhere.
#[test]
fn only_what_a_page_mends_is_given_one() {
    let evidence = refusal(Some("required; url=https://acme.example/sso"), &json!({}));
    for cause in CauseLabel::ALL {
        let has_page = Diagnosis::of(*cause).with_mending_page(&evidence, &acme()).mending_page().is_some();
        assert_eq!(has_page, may_be_mended_at_a_page(*cause), "{cause:?}");
    }
}

/// C5: from the answer to the diagnosis that is kept and shown.
#[test]
fn an_api_that_is_off_is_diagnosed_with_its_switch() {
    let body = json!({ "error": { "code": 403, "status": "PERMISSION_DENIED",
        "message": "Mail API has not been used in project 481 before or it is disabled.",
        "details": [{ "reason": "SERVICE_DISABLED", "metadata": { "activationUrl": "https://apis.acme.example/on?p=1" } }],
    } });

    let diagnosis = classify_answer_of(&acme(), &refusal(None, &body));

    assert_eq!(diagnosis.cause, CauseLabel::ApiNotEnabled);
    assert_eq!(diagnosis.mending_page().map(|it| it.url().as_str()), Some("https://apis.acme.example/on?p=1"));
    assert!(matches!(diagnosis.clues.last().map(|it| &it.fact), Some(Fact::MendingPage(_))));
}
