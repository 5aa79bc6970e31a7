//! The pages a person sees in the browser: calm, without script, and plainly a practice [A2].

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, html};

use crate::accounts::{AccountType, PracticeAccount};

/// Scopes and what they mean to a person.
pub(crate) const SCOPES: &[(&str, &str)] = &[
    ("openid", "Know which account this is"),
    ("profile", "See the account's name"),
    ("email", "See the account's e-mail address"),
    ("offline_access", "Stay connected while you are away"),
    ("files.read", "Read the practice files"),
    ("files.write", "Create, change and delete practice files"),
];

/// Known at the authorization endpoint and in no metadata, which may leave scopes out (RFC 8414 §2): what a call is
/// said to lack that a client could not have known of.
pub(crate) const UNLISTED_SCOPE: (&str, &str) = ("files.share", "Share practice files with others");

/// What the consent page shows.
pub(crate) struct Consent<'a> {
    pub(crate) pending_id: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: &'a [String],
    pub(crate) accounts: &'a [PracticeAccount],
    pub(crate) preselected: &'a str,
}

/// The page that asks. Its answer goes to `/authorize/decision`.
pub(crate) fn consent(page: &Consent<'_>) -> Response {
    let body = html! {
        h1 { strong { (page.client_id) } " asks for access" }
        form method="post" action="/authorize/decision" {
            input type="hidden" name="request" value=(page.pending_id);
            fieldset {
                legend { "Account" }
                @for account in page.accounts {
                    label.choice for={ "account-" (account.id) } {
                        input type="radio" name="account" required
                            id={ "account-" (account.id) } value=(account.id)
                            checked[account.id == page.preselected];
                        span {
                            span.name { (account.name) }
                            span.more {
                                (account.email) " · " (account.workspace.name)
                                @if account.account_type == AccountType::Service { " · service account" }
                            }
                        }
                    }
                }
            }
            fieldset {
                legend { "It may" }
                @for scope in page.scopes {
                    label.choice for={ "scope-" (scope) } {
                        input type="checkbox" name="scope" id={ "scope-" (scope) } value=(scope) checked;
                        span.scope {
                            span.name { (meaning(scope)) }
                            code.more { (scope) }
                        }
                    }
                }
            }
            div.buttons {
                button.primary type="submit" name="decision" value="allow" id="allow" { "Allow" }
                button type="submit" name="decision" value="deny" id="deny" { "Deny" }
            }
        }
    };
    let mut response = page_of(StatusCode::OK, "Practice sign-in", &body);
    let policy = content_security_policy(Some(page.redirect_uri));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// A request that must not be redirected anywhere, explained.
pub(crate) fn refused(status: StatusCode, title: &str, explanation: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p { (explanation) }
        p { "Nothing was granted. You can close this page and start again in the program that sent you here." }
    };
    page_of(status, title, &body)
}

/// A page with one button, which is answered at the same path.
pub(crate) fn mending(title: &str, sentence: &str, path: &str, button: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p { (sentence) }
        form method="post" action=(path) {
            div.buttons { button.primary type="submit" id="mend" { (button) } }
        }
    };
    let mut response = page_of(StatusCode::OK, title, &body);
    let policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                  frame-ancestors 'none'; form-action 'self'";
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// A page that says one thing.
pub(crate) fn told(title: &str, sentence: &str) -> Response {
    let body = html! {
        h1 { (title) }
        p { (sentence) }
    };
    page_of(StatusCode::OK, title, &body)
}

/// What somebody sees who opens the provider's own address.
pub(crate) async fn front() -> Response {
    let body = html! {
        h1 { "Practice provider" }
        p { "This is an authorization server for trying things out. It runs on this computer only." }
        p { "Its accounts are invented, and what is granted here opens nothing real." }
    };
    page_of(StatusCode::OK, "Practice provider", &body)
}

pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css")).into_response()
}

fn page_of(status: StatusCode, title: &str, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body {
                p.practice role="note" { "Practice provider: not a real account" }
                main { (body) }
            }
        }
    };
    let mut response = (status, Html(page.into_string())).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(content_security_policy(None)));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// Chromium applies `form-action` to the redirect that answers the form, so the client's callback
/// must be allowed; for an address it cannot express (an IPv6 literal) the rule is left out.
fn content_security_policy(redirect_uri: Option<&str>) -> &'static str {
    let Some(uri) = redirect_uri else {
        return "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                frame-ancestors 'none'; form-action 'none'";
    };
    if uri.starts_with("http://127.0.0.1:") || uri.starts_with("http://localhost:") {
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' http://127.0.0.1:* http://localhost:*"
    } else {
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
    }
}

fn meaning(scope: &str) -> &str {
    SCOPES.iter().chain([&UNLISTED_SCOPE]).find(|(name, _)| *name == scope).map_or(scope, |(_, meaning)| meaning)
}
