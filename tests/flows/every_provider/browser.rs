//! A browser that does what a page's own script would: carries fragments, posts forms, comes by https with a
//! certificate nobody vouches for [A2, S029].

use std::sync::LazyLock;

use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use url::Url;

/// Browsers give up at twenty.
const MAX_REDIRECTS: usize = 20;

static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
    // Another test may have done it.
    drop(rustls::crypto::ring::default_provider().install_default());
    #[expect(clippy::disallowed_methods, reason = "a browser, not the app")]
    let builder = reqwest::Client::builder();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // A person clicks the browser's warning away.
        .danger_accept_invalid_certs(true)
        .build()
        .unwrap()
});

/// What a form holds.
type Fields = Vec<(String, String)>;

/// Where the browser ended.
pub(super) struct Ended {
    pub(super) url: Url,
    pub(super) status: u16,
    pub(super) body: String,
}

/// Goes there and wherever it is led; forms that send themselves are sent.
pub(super) async fn follow(url: &Url) -> Ended {
    let mut url = url.clone();
    let mut form: Option<Fields> = None;
    let mut came_from: Option<Url> = None;
    for _ in 0..MAX_REDIRECTS {
        let mut address = url.clone();
        address.set_fragment(None);
        let request = match &form {
            None => CLIENT.get(address),
            Some(fields) => CLIENT.post(address).form_of(fields),
        };
        let answer = request.headers(navigation(came_from.as_ref(), &url, form.is_some())).send().await.unwrap();
        let status = answer.status().as_u16();
        let location = answer.headers().get(LOCATION).and_then(|it| it.to_str().ok()).map(str::to_owned);
        let body = answer.text().await.unwrap_or_default();
        if let Some(next) = location.filter(|_| (300..400).contains(&status)) {
            url = url.join(&next).unwrap();
            form = None;
            continue;
        }
        let Some((action, mut fields)) = sent_by_itself(&body) else { return Ended { url, status, body } };
        if let ([(_, value)], Some(fragment)) = (fields.as_mut_slice(), url.fragment())
            && value.is_empty()
        {
            fragment.clone_into(value);
        } else if fields.iter().all(|(_, value)| value.is_empty()) {
            return Ended { url, status, body };
        }
        came_from = Some(url.clone());
        url.set_fragment(None);
        url = action.map_or_else(|| url.clone(), |action| url.join(&action).unwrap());
        form = Some(fields);
    }
    panic!("too many redirects: {url}");
}

/// The headers of Chromium's navigations.
fn navigation(from: Option<&Url>, to: &Url, is_form: bool) -> HeaderMap {
    let is_same = from.is_some_and(|from| from.origin() == to.origin());
    let mut headers = HeaderMap::new();
    let mut add = |name: &'static str, value: &str| drop(headers.insert(name, HeaderValue::from_str(value).unwrap()));
    add("upgrade-insecure-requests", "1");
    add("accept", "text/html,application/xhtml+xml");
    add("sec-fetch-site", if is_same { "same-origin" } else { "cross-site" });
    add("sec-fetch-mode", "navigate");
    add("sec-fetch-dest", "document");
    if is_form {
        let origin = from.filter(|_| is_same).map_or_else(|| "null".to_owned(), |it| it.origin().ascii_serialization());
        add("origin", &origin);
    }
    headers
}

/// The form of a page whose script submits it: where it goes, and its hidden fields.
fn sent_by_itself(page: &str) -> Option<(Option<String>, Fields)> {
    if !page.contains("submit()") {
        return None;
    }
    let form = page.split_once("<form")?.1.split_once("</form>")?.0;
    let (head, fields) = form.split_once('>')?;
    let attribute = |tag: &str, name: &str| {
        let value = tag.split_once(&format!("{name}=\""))?.1.split_once('"')?.0;
        Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    };
    let fields = fields
        .split("<input")
        .skip(1)
        .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default())))
        .collect();
    Some((attribute(head, "action"), fields))
}

/// A form without the feature of the crate that nothing else needs.
trait Form {
    fn form_of(self, fields: &[(String, String)]) -> Self;
}

impl Form for reqwest::RequestBuilder {
    fn form_of(self, fields: &[(String, String)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header("content-type", "application/x-www-form-urlencoded").body(body)
    }
}
