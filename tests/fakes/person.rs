//! A person with a browser: follows an address and its redirects with the headers that Chromium sends [A2, S029].

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use url::Url;

/// Browsers give up at twenty.
const MAX_REDIRECTS: usize = 20;

/// One browser; clones are the same one and remember the same addresses.
#[derive(Clone, Default)]
pub struct Person {
    visited: Arc<watch::Sender<Vec<Url>>>,
}

/// The page that was reached.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub location: Option<String>,
    pub body: String,
}

impl Person {
    /// What a program calls to open an address: returns at once, and goes there on the present tokio runtime.
    pub fn opener(&self) -> Arc<dyn Fn(&Url) + Send + Sync> {
        let person = self.clone();
        Arc::new(move |url| {
            let (person, url) = (person.clone(), url.clone());
            tokio::spawn(async move { person.follow(&url).await });
        })
    }

    /// Every address gone to, redirects included.
    pub fn visited(&self) -> Vec<Url> {
        self.visited.borrow().clone()
    }

    /// Waits until such an address was gone to. The caller sets the deadline.
    pub async fn until_visited(&self, wanted: impl Fn(&Url) -> bool) -> Option<Url> {
        let mut visited = self.visited.subscribe();
        let seen = visited.wait_for(|all| all.iter().any(&wanted)).await.ok()?;
        seen.iter().find(|url| wanted(url)).cloned()
    }

    /// Goes there and wherever it is sent on to.
    ///
    /// # Errors
    /// A server that cannot be reached, or answers no HTTP.
    pub async fn follow(&self, url: &Url) -> io::Result<Page> {
        let mut url = url.clone();
        for _ in 0..MAX_REDIRECTS {
            let page = self.visit(&url).await?;
            match page.redirect() {
                Some(next) => url = next,
                None => return Ok(page),
            }
        }
        Err(io::Error::other("too many redirects"))
    }

    /// Goes as far as the provider leads, and says where it would send the browser next: the callback, not yet
    /// visited.
    ///
    /// # Errors
    /// As [`Person::follow`]; also a provider that sends nobody anywhere.
    pub async fn until_callback(&self, authorize_url: &Url) -> io::Result<Url> {
        let page = self.visit(authorize_url).await?;
        page.redirect().ok_or_else(|| io::Error::other(format!("no redirect: {}", page.status)))
    }

    /// Goes there, and no further.
    ///
    /// # Errors
    /// As [`Person::follow`].
    pub async fn visit(&self, url: &Url) -> io::Result<Page> {
        self.visited.send_modify(|visited| visited.push(url.clone()));
        let headers = "Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/140\r\n\
                       Accept: text/html,application/xhtml+xml\r\nSec-Fetch-Site: cross-site\r\n\
                       Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n\
                       Accept-Language: en\r\n\r\n";
        exchange(url, "GET", headers).await
    }

    /// Posts a form, as a program of somebody else's would.
    ///
    /// # Errors
    /// As [`Person::follow`].
    pub async fn post(&self, url: &Url, form: &str) -> io::Result<Page> {
        let length = form.len();
        let rest = format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}");
        exchange(url, "POST", &rest).await
    }
}

/// One request on a connection of its own; `rest` is what follows the lines that every request has.
async fn exchange(url: &Url, method: &str, rest: &str) -> io::Result<Page> {
    let host = url.host_str().ok_or_else(|| io::Error::other("no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| io::Error::other("no port"))?;
    // Brackets belong to the address, not to its name.
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n");
    stream.write_all(format!("{head}{rest}").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Page::read(url, &String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::other("no HTTP answer"))
}

impl Page {
    fn read(url: &Url, answer: &str) -> Option<Self> {
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let location = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned())
        });
        Some(Self { url: url.clone(), status, location, body: body.to_owned() })
    }

    /// Where the browser goes next, if it is sent on.
    pub fn redirect(&self) -> Option<Url> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        self.url.join(self.location.as_deref()?).ok()
    }
}
