//! What an authorization endpoint's answer to a machine says of client, redirect URI and scopes [C5].
//!
//! A server that dislikes the client or the redirect URI must not redirect there, and shows a page (RFC 6749
//! §4.1.2.1); one that likes both shows a sign-in page, or redirects to one. Pages are for people, so this reads
//! codes where there are some, then words, and says so where neither tells.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use url::Url;

/// One answer, not followed anywhere.
#[derive(Debug, Clone, Default)]
pub struct AuthorizeAnswer {
    pub status: u16,
    pub location: Option<Url>,
    pub body: String,
}

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeVerdict {
    Accepted(Sign),
    ClientRefused(String),
    RedirectRefused(String),
    ScopeRefused(String),
    PkceRefused(String),
    /// Refused, for something else: its code, or words of ours.
    Refused(String),
    /// The server is not well, or there is no such page.
    Broken,
    NotTold,
}

/// By what acceptance is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It answered at our redirect URI.
    CameBack,
    /// A page that asks somebody to sign in.
    AtItsPage,
    /// A redirect to such a page.
    RedirectedThere,
}

const REDIRECT_MARKS: [&str; 11] = [
    "redirect_uri_mismatch",
    "invalid_redirect_uri",
    "bad_redirect_uri",
    "aadsts50011",
    "aadsts500112",
    "redirect_uri did not match",
    "redirect uri did not match",
    "redirect_uri mismatch",
    "redirect uri mismatch",
    "invalid redirect_uri",
    "invalid redirect uri",
];
const CLIENT_MARKS: [&str; 12] = [
    "invalid_client",
    "deleted_client",
    "disabled_client",
    "unauthorized_client",
    "invalid_client_id",
    "aadsts700016",
    "aadsts900144",
    "unknown client",
    "client not found",
    "application not found",
    "invalid client_id",
    "invalid client id",
];
const SCOPE_MARKS: [&str; 4] = ["invalid_scope", "aadsts70011", "aadsts650053", "invalid scope"];
/// What only stands on a page that asks somebody to sign in.
const SIGN_IN_MARKS: [&str; 7] =
    ["type=\"password\"", "type='password'", "type=password", "<form", "sign in", "log in", "login"];

/// Reads one answer to a request with this redirect URI.
pub fn read_authorize_answer(answer: &AuthorizeAnswer, redirect_uri: &str) -> AuthorizeVerdict {
    match answer.status {
        300..=399 => match &answer.location {
            Some(location) if leads_to(location, redirect_uri) => read_return(location),
            Some(location) => read_elsewhere(location),
            None => AuthorizeVerdict::NotTold,
        },
        200..=299 => read_page(&answer.body),
        404 | 405 | 410 | 500..=599 => AuthorizeVerdict::Broken,
        429 => AuthorizeVerdict::NotTold,
        400..=499 => read_refusal(answer.status, &answer.body),
        _ => AuthorizeVerdict::NotTold,
    }
}

fn leads_to(location: &Url, redirect_uri: &str) -> bool {
    Url::parse(redirect_uri).is_ok_and(|ours| {
        ours.scheme() == location.scheme()
            && ours.host_str() == location.host_str()
            && ours.port_or_known_default() == location.port_or_known_default()
            && ours.path() == location.path()
    })
}

/// RFC 6749 §4.1.2.1: it redirects to us only once client and redirect URI are known.
fn read_return(location: &Url) -> AuthorizeVerdict {
    let fragment = location.fragment().unwrap_or_default();
    let mut parameters = location
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .chain(url::form_urlencoded::parse(fragment.as_bytes()).map(|(n, v)| (n.into_owned(), v.into_owned())));
    let all: Vec<_> = parameters.by_ref().collect();
    let value = |name: &str| all.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let Some(error) = value("error") else { return AuthorizeVerdict::Accepted(Sign::CameBack) };
    let said = format!("{error} {}", value("error_description").unwrap_or_default()).to_lowercase();
    let code = shown(error);
    match error {
        "unauthorized_client" | "invalid_client" => AuthorizeVerdict::ClientRefused(code),
        "invalid_scope" => AuthorizeVerdict::ScopeRefused(code),
        // Somebody has to sign in or agree: everything else was in order.
        "login_required"
        | "interaction_required"
        | "consent_required"
        | "account_selection_required"
        | "access_denied" => AuthorizeVerdict::Accepted(Sign::CameBack),
        "server_error" | "temporarily_unavailable" => AuthorizeVerdict::NotTold,
        _ if said.contains("code_challenge") || said.contains("pkce") => AuthorizeVerdict::PkceRefused(code),
        _ if said.contains("scope") => AuthorizeVerdict::ScopeRefused(code),
        _ => AuthorizeVerdict::Refused(code),
    }
}

/// To a page of the server's own: an error page names itself.
fn read_elsewhere(location: &Url) -> AuthorizeVerdict {
    let mut said = location.path().to_lowercase();
    for (name, value) in location.query_pairs() {
        said.push_str(&format!(" {name}={value} {}", decoded(&value)).to_lowercase());
    }
    if let Some(marked) = by_marks(&said) {
        return marked;
    }
    let is_error = location.path_segments().into_iter().flatten().any(|step| step.to_lowercase().contains("error"))
        || location.query_pairs().any(|(name, _)| name.to_lowercase().contains("error"));
    if is_error {
        return AuthorizeVerdict::Refused("a page of errors".to_owned());
    }
    AuthorizeVerdict::Accepted(Sign::RedirectedThere)
}

fn read_page(body: &str) -> AuthorizeVerdict {
    let whole = body.to_lowercase();
    let visible = visible_text(&whole);
    // Scripts of a sign-in page hold every error it could ever show; numbered ones stand there only when meant.
    let numbered = whole.split(|it: char| !it.is_alphanumeric()).filter(|word| word.starts_with("aadsts"));
    let numbered = numbered.collect::<Vec<_>>().join(" ");
    if let Some(marked) = by_marks(&visible).or_else(|| by_marks(&numbered)) {
        return marked;
    }
    if SIGN_IN_MARKS.iter().any(|mark| whole.contains(mark)) {
        return AuthorizeVerdict::Accepted(Sign::AtItsPage);
    }
    AuthorizeVerdict::NotTold
}

fn read_refusal(status: u16, body: &str) -> AuthorizeVerdict {
    let whole = body.to_lowercase();
    let text = if whole.trim_start().starts_with('<') { visible_text(&whole) } else { whole };
    if let Some(marked) = by_marks(&text) {
        return marked;
    }
    let status = status.to_string();
    if ["redirect_uri", "redirect uri", "redirect url", "return address", "callback"].iter().any(|it| text.contains(it))
    {
        return AuthorizeVerdict::RedirectRefused(status);
    }
    if text.contains("code_challenge") || text.contains("pkce") {
        return AuthorizeVerdict::PkceRefused(status);
    }
    if ["client_id", "client id", "unknown app", "this program is not known"].iter().any(|it| text.contains(it)) {
        return AuthorizeVerdict::ClientRefused(status);
    }
    if text.contains("scope") {
        return AuthorizeVerdict::ScopeRefused(status);
    }
    AuthorizeVerdict::Refused(status)
}

fn by_marks(text: &str) -> Option<AuthorizeVerdict> {
    let found = |marks: &[&str]| marks.iter().find(|mark| text.contains(**mark)).map(|mark| (*mark).to_owned());
    found(&REDIRECT_MARKS)
        .map(AuthorizeVerdict::RedirectRefused)
        .or_else(|| found(&CLIENT_MARKS).map(AuthorizeVerdict::ClientRefused))
        .or_else(|| found(&SCOPE_MARKS).map(AuthorizeVerdict::ScopeRefused))
}

/// Some servers carry the error in base64.
fn decoded(value: &str) -> String {
    let bare = value.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(bare).or_else(|_| STANDARD_NO_PAD.decode(bare)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Without scripts, styles and tags; the input is in lower case.
fn visible_text(html: &str) -> String {
    let mut rest = html;
    let mut text = String::new();
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        text.push(' ');
        let tag = &rest[start..];
        let closing = if tag.starts_with("<script") {
            Some("</script")
        } else if tag.starts_with("<style") {
            Some("</style")
        } else {
            None
        };
        let from = match closing {
            Some(end) => tag.find(end).unwrap_or(tag.len()),
            None => 0,
        };
        rest = tag[from..].find('>').map_or("", |end| &tag[from + end + 1..]);
    }
    text.push_str(rest);
    text
}

/// A server's own code, as it may be shown.
fn shown(code: &str) -> String {
    code.chars().filter(char::is_ascii_graphic).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "http://127.0.0.1:43117/callback/acme";

    fn redirected(to: &str) -> AuthorizeVerdict {
        let location = Some(Url::parse(to).unwrap());
        read_authorize_answer(&AuthorizeAnswer { status: 302, location, body: String::new() }, OURS)
    }

    fn page(status: u16, body: &str) -> AuthorizeVerdict {
        read_authorize_answer(&AuthorizeAnswer { status, location: None, body: body.to_owned() }, OURS)
    }

    /// C5: only a server that knows client and redirect URI answers there.
    #[test]
    fn an_answer_at_our_redirect_uri_accepts_it() {
        let accepted = AuthorizeVerdict::Accepted(Sign::CameBack);
        assert_eq!(redirected(&format!("{OURS}?code=x&state=y")), accepted);
        assert_eq!(redirected(&format!("{OURS}?error=login_required&state=y")), accepted);
        assert_eq!(
            redirected(&format!("{OURS}#error=invalid_scope")),
            AuthorizeVerdict::ScopeRefused("invalid_scope".into())
        );
        assert_eq!(
            redirected(&format!("{OURS}?error=unauthorized_client")),
            AuthorizeVerdict::ClientRefused("unauthorized_client".into())
        );
        assert_eq!(
            redirected(&format!("{OURS}?error=invalid_request&error_description=code_challenge+is+missing")),
            AuthorizeVerdict::PkceRefused("invalid_request".into())
        );
        assert_eq!(
            redirected("http://127.0.0.1:43117/callback/other?error=invalid_scope"),
            AuthorizeVerdict::ScopeRefused("invalid_scope".into()),
            "read by its words: the path is not ours"
        );
    }

    /// C5: error pages that are redirected to, one of them with its reason in base64.
    #[test]
    fn a_redirect_to_a_page_of_errors_is_a_refusal() {
        let coded = URL_SAFE_NO_PAD.encode("\u{a}\u{15}redirect_uri_mismatch\u{12}");
        assert_eq!(
            redirected(&format!("https://accounts.example/signin/oauth/error?authError={coded}%3D")),
            AuthorizeVerdict::RedirectRefused("redirect_uri_mismatch".into())
        );
        assert_eq!(
            redirected("https://accounts.example/oauth/error?code=77"),
            AuthorizeVerdict::Refused("a page of errors".into())
        );
        assert_eq!(
            redirected("https://accounts.example/v3/signin/identifier?continue=x"),
            AuthorizeVerdict::Accepted(Sign::RedirectedThere)
        );
    }

    /// C5
    #[test]
    fn a_page_is_read_by_what_a_person_would_see() {
        let sign_in = "<html><script>const all=['redirect_uri_mismatch','invalid_client']</script><form><input type=\"password\"></form></html>";
        assert_eq!(page(200, sign_in), AuthorizeVerdict::Accepted(Sign::AtItsPage), "scripts hold every error");
        assert_eq!(
            page(200, "<html><script>$Config={\"m\":\"AADSTS50011: The redirect URI …\"}</script><form></form></html>"),
            AuthorizeVerdict::RedirectRefused("aadsts50011".into())
        );
        assert_eq!(
            page(200, "<h1>Error 400: <b>redirect_uri_mismatch</b></h1>"),
            AuthorizeVerdict::RedirectRefused("redirect_uri_mismatch".into())
        );
        assert_eq!(page(200, "<div id=app></div>"), AuthorizeVerdict::NotTold, "an empty frame says nothing");
        assert_eq!(page(200, ""), AuthorizeVerdict::NotTold);
        assert_eq!(page(200, "<script>never closed"), AuthorizeVerdict::NotTold);
    }

    /// C5
    #[test]
    fn a_refusal_is_read_by_its_code_then_by_its_words() {
        assert_eq!(
            page(400, "{\"error\":\"invalid_client\"}"),
            AuthorizeVerdict::ClientRefused("invalid_client".into())
        );
        assert_eq!(
            page(400, "<p>The redirect_uri of the request is not registered</p>"),
            AuthorizeVerdict::RedirectRefused("400".into())
        );
        assert_eq!(page(401, "<p>Unknown client</p>"), AuthorizeVerdict::ClientRefused("unknown client".into()));
        assert_eq!(page(403, "<p>No.</p>"), AuthorizeVerdict::Refused("403".into()));
        assert_eq!(page(404, "Not found"), AuthorizeVerdict::Broken);
        assert_eq!(page(503, "<form>"), AuthorizeVerdict::Broken);
        assert_eq!(page(429, "slow down"), AuthorizeVerdict::NotTold);
    }
}
