//! git's credential helper protocol (gitcredentials(7), git-credential(1)): lines in, lines out, and never for a host that the
//! connection is not for [F2, S075].

use std::io::{self, Read as _};

use engine::Engine;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::{bearer_token, exposed, print};
use crate::arguments::{GitArguments, GitOperation};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// git's own lines are shorter by far.
const MAX_INPUT: u64 = 64 * 1024;

/// What git is to do where there is no token: not ask a person for a password that would not help.
const STOP: &[u8] = b"quit=1\n";

/// What git asks for, as far as it decides anything here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    protocol: String,
    /// With its port where it has one.
    host: String,
}

pub(super) async fn git(engine: &Engine, terminal: &Terminal, asked: &GitArguments) -> Result<Exit, Failure> {
    let wanted = read(io::stdin().lock())?;
    if asked.operation == GitOperation::Store {
        return Ok(Exit::Done);
    }
    let connection = engine.find_connection(&asked.which.connection);
    let connection = connection.map_err(Failure::from).or_else(stop)?;
    let sign_in = engine.provider(&connection.provider).map_err(Failure::from).or_else(stop)?.authorization_endpoint;
    if !is_for(&wanted, &sign_in, &asked.host) {
        return Ok(Exit::Done);
    }
    if asked.operation == GitOperation::Erase {
        // The host refused the token: found out now, so that the next one is another or a person hears of it.
        if let Err(error) = engine.run_test_call(&connection.id).await {
            tracing::debug!(%error, "a token that git saw refused could not be tried");
        }
        return Ok(Exit::Done);
    }

    let fresh = bearer_token(engine, terminal, &asked.which.connection, None, "git").await.or_else(stop)?;
    let token = exposed(&fresh);
    if token.contains(['\n', '\r', '\0']) {
        return stop(Failure::unusable_token(
            format!("The token of {} has a line break in it.", connection.name),
            "git's protocol has one line for it.",
            "Take it with `patchbay token` instead.",
        ));
    }
    let username = asked.username.as_deref().unwrap_or_else(|| usual_username(&wanted.host));
    let mut answer = Zeroizing::new(format!("username={username}\npassword={token}\n"));
    if let Some(expires_at) = fresh.expires_at {
        answer.push_str(&format!("password_expiry_utc={}\n", expires_at.as_second()));
    }
    print(answer.as_bytes())?;
    Ok(Exit::Done)
}

fn stop<T>(failure: Failure) -> Result<T, Failure> {
    print(STOP)?;
    Err(failure)
}

fn read(from: impl io::Read) -> Result<Asked, Failure> {
    let mut text = Zeroizing::new(String::new());
    let taken = from.take(MAX_INPUT + 1).read_to_string(&mut text);
    if taken.is_err() || text.len() as u64 > MAX_INPUT {
        return Err(Failure::usage("What came on standard input is not what git says to a credential helper."));
    }
    let mut asked = Asked::default();
    for (key, value) in text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once('=')) {
        match key {
            "protocol" => value.clone_into(&mut asked.protocol),
            "host" => value.to_lowercase().clone_into(&mut asked.host),
            _ => {}
        }
    }
    if asked.host.is_empty() {
        return Err(Failure::usage("git names a host on standard input; none came. Set it up with `git config`."));
    }
    Ok(asked)
}

/// Whether this host may see the token. In the clear only on this machine, and only where a person named the host.
fn is_for(wanted: &Asked, sign_in: &Url, named: &[String]) -> bool {
    let is_named = named.iter().any(|host| host.to_lowercase() == wanted.host);
    let is_sign_in = |scheme: &str| sign_in.scheme() == scheme && authority(sign_in).as_ref() == Some(&wanted.host);
    match wanted.protocol.as_str() {
        "https" => is_named || is_sign_in("https"),
        "http" => (is_named || is_sign_in("http")) && is_loopback(&wanted.host),
        _ => false,
    }
}

fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// GitLab wants this one (docs.gitlab.com, "OAuth 2.0 identity provider API": Access Git over HTTPS), GitHub takes any,
/// Bitbucket has its own (support.atlassian.com, "Use OAuth on Bitbucket Cloud").
fn usual_username(host: &str) -> &'static str {
    match host {
        "bitbucket.org" => "x-token-auth",
        _ => "oauth2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(protocol: &str, host: &str) -> Asked {
        Asked { protocol: protocol.to_owned(), host: host.to_owned() }
    }

    #[test]
    fn what_git_says_is_read_up_to_the_empty_line() {
        let said =
            "capability[]=authtype\nprotocol=https\nhost=GitHub.com\nwwwauth[]=Basic realm=\"a=b\"\n\nhost=other\n";

        assert_eq!(read(said.as_bytes()).ok(), Some(asked("https", "github.com")));
        assert!(read("protocol=https\n\n".as_bytes()).is_err(), "no host");
        assert!(read(&[0xff, 0xfe][..]).is_err(), "no text");
        assert!(read("host=a\n".repeat(20_000).as_bytes()).is_err(), "more than git says");
    }

    #[test]
    fn only_the_host_of_the_sign_in_and_those_that_were_named_see_the_token() {
        let sign_in = Url::parse("https://github.com/login/oauth/authorize").unwrap();
        let named = ["git.example.com:8443".to_owned(), "127.0.0.1:4000".to_owned()];

        for (protocol, host, is) in [
            ("https", "github.com", true),
            ("https", "github.com:444", false),
            ("https", "github.com.evil.example", false),
            ("https", "evil.example", false),
            ("https", "git.example.com:8443", true),
            ("https", "git.example.com", false),
            ("http", "github.com", false),
            ("http", "git.example.com:8443", false),
            ("http", "127.0.0.1:4000", true),
            ("http", "127.0.0.1:4001", false),
            ("ssh", "github.com", false),
            ("", "github.com", false),
        ] {
            assert_eq!(is_for(&asked(protocol, host), &sign_in, &named), is, "{protocol}://{host}");
        }
        let here = Url::parse("http://127.0.0.1:5000/authorize").unwrap();
        assert!(is_for(&asked("http", "127.0.0.1:5000"), &here, &[]), "where the sign-in itself is in the clear");
        assert!(!is_for(&asked("https", "127.0.0.1:5000"), &here, &[]), "another server, as far as anybody knows");
    }
}
