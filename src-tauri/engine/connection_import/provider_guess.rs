//! Which provider a find is of, and how sure that is: by its addresses first, by the tool's name for it last
//! [A2, S010, S073].

use domain::ProviderId;
use domain::provider::Provider;
use url::{Host, Url};

use super::{Clues, names};

/// A provider a find is probably of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessedProvider {
    /// Of the catalogue, or an issuer's address that must be asked first.
    pub id: ProviderId,
    pub certainty: Certainty,
}

/// How sure it is, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The file names exactly its token endpoint.
    Address,
    /// The file names a host of its.
    Host,
    /// The file names an issuer, which will be asked about itself.
    Issuer,
    /// Only by what the tool calls it.
    Name,
}

impl Certainty {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Host => "host",
            Self::Issuer => "issuer",
            Self::Name => "name",
        }
    }
}

/// Why no provider could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoProvider {
    /// The file names a host that no known provider has.
    HostUnknown(String),
    /// An address that may not be used: no https, or with a user name in it.
    AddressRefused { field: &'static str },
    /// The file names neither address nor kind.
    NothingSaid,
    /// The tool's name for it fits no provider.
    NameUnknown(String),
}

/// Tells the provider among those that are known. An address always outweighs a name: a grant is never sent to a
/// provider that the file does not name.
///
/// # Errors
/// [`NoProvider`].
pub fn guess<'a>(
    clues: &Clues,
    known: impl Iterator<Item = &'a Provider> + Clone,
) -> Result<GuessedProvider, NoProvider> {
    let issuer = checked(clues.issuer.as_deref(), "issuer_url")?;
    let token_url = checked(clues.token_url.as_deref(), "token_url")?;
    let authorize_url = checked(clues.authorize_url.as_deref(), "auth_url")?;
    let of = |provider: &Provider, certainty| Ok(GuessedProvider { id: provider.id.clone(), certainty });

    if let Some(url) = &token_url
        && let Some(provider) = known.clone().find(|it| is_same_address(&it.token_endpoint, url))
    {
        return of(provider, Certainty::Address);
    }
    if let Some(issuer) = &issuer {
        let is_of = |it: &&Provider| {
            it.issuer
                .as_ref()
                .and_then(|it| Url::parse(&it.identifier).ok())
                .is_some_and(|it| is_same_address(&it, issuer))
        };
        return match known.clone().find(is_of) {
            Some(provider) => of(provider, Certainty::Address),
            None => {
                let id = ProviderId::from_text(issuer.as_str().trim_end_matches('/'));
                Ok(GuessedProvider { id, certainty: Certainty::Issuer })
            }
        };
    }
    if let Some(url) = token_url.as_ref().or(authorize_url.as_ref()) {
        return match known.clone().find(|it| has_host(it, url)) {
            Some(provider) => of(provider, Certainty::Host),
            None => Err(NoProvider::HostUnknown(url.host_str().unwrap_or_default().to_owned())),
        };
    }
    let Some(name) = &clues.type_name else { return Err(NoProvider::NothingSaid) };
    let id = clues.format.and_then(|format| names::provider_of(format, name));
    match id.and_then(|id| known.clone().find(|it| it.id.as_str() == id)) {
        Some(provider) => of(provider, Certainty::Name),
        None => Err(NoProvider::NameUnknown(domain::display_text::cleaned(name, 80))),
    }
}

/// An address as only one that a provider may have: https, or http on this machine, and nobody's name in it.
fn checked(text: Option<&str>, field: &'static str) -> Result<Option<Url>, NoProvider> {
    let Some(text) = text else { return Ok(None) };
    let refused = || NoProvider::AddressRefused { field };
    if text.len() > 2_048 {
        return Err(refused());
    }
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(refused()),
    };
    let is_fine = (url.scheme() == "https" || url.scheme() == "http" && is_here)
        && url.username().is_empty()
        && url.password().is_none();
    if is_fine { Ok(Some(url)) } else { Err(refused()) }
}

fn is_same_address(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin() && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
}

fn has_host(provider: &Provider, url: &Url) -> bool {
    let is_endpoint =
        [&provider.token_endpoint, &provider.authorization_endpoint].into_iter().any(|it| it.origin() == url.origin());
    let host = url.host_str().unwrap_or_default();
    let is_api = url.scheme() == "https"
        && provider.api_hosts.iter().any(|allowed| match allowed.strip_prefix('.') {
            Some(_) => host.ends_with(allowed.as_str()),
            None => host == allowed,
        });
    is_endpoint || is_api
}

#[cfg(test)]
mod tests {
    use super::super::ImportFormat;
    use super::*;

    fn known() -> Vec<Provider> {
        let google = Provider::bare(ProviderId::from_text("google"), "https://oauth2.example/token".parse().unwrap());
        vec![Provider { api_hosts: vec!["www.apis.example".into(), ".tenant.example".into()], ..google }]
    }

    fn told(token_url: &str, type_name: Option<&str>) -> Result<(String, Certainty), NoProvider> {
        let clues = Clues {
            token_url: Some(token_url.to_owned()).filter(|it| !it.is_empty()),
            type_name: type_name.map(str::to_owned),
            format: Some(ImportFormat::N8n),
            ..Clues::default()
        };
        guess(&clues, known().iter()).map(|it| (it.id.to_string(), it.certainty))
    }

    /// A2, S073: what a file calls itself does not decide where its grant goes.
    #[test]
    fn an_address_outweighs_a_name_and_a_strange_one_is_nobodys() {
        let google = |certainty| Ok(("google".to_owned(), certainty));
        assert_eq!(told("https://oauth2.example/token/", None), google(Certainty::Address));
        assert_eq!(told("https://oauth2.example/old/token", None), google(Certainty::Host));
        assert_eq!(told("https://www.apis.example/v4/token", None), google(Certainty::Host));
        assert_eq!(told("https://a.tenant.example/token", None), google(Certainty::Host));
        assert_eq!(told("", Some("googleDriveOAuth2Api")), google(Certainty::Name));
        let strange = Err(NoProvider::HostUnknown("evil.example".into()));
        assert_eq!(told("https://evil.example/token", Some("googleDriveOAuth2Api")), strange);
        assert_eq!(told("", Some("httpOAuth")), Err(NoProvider::NameUnknown("httpOAuth".into())));
        assert_eq!(told("", None), Err(NoProvider::NothingSaid));
    }

    /// S010
    #[test]
    fn hostile_addresses_are_refused() {
        for url in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://oauth2.example/token",
            "https://user:pass@oauth2.example/token",
            "https://oauth2.example@evil.example/token",
            "data:text/plain,x",
            "//oauth2.example/token",
            "not an address",
        ] {
            let outcome = told(url, Some("googleDriveOAuth2Api"));
            assert_eq!(outcome, Err(NoProvider::AddressRefused { field: "token_url" }), "{url}");
        }
    }
}
