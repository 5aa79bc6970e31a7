//! The rules a provider file must keep beyond its format: addresses, names, pointers, lives [S001, S010, S011].

use std::collections::BTreeMap;
use std::path::Path;

use domain::diagnosis::CauseLabel;
use domain::provider::{ErrorSignature, SignatureEndpoint};
use url::{Host, Url};

use super::CatalogueError;
use super::file::{
    AnswerModeFile, PreviousTokenFile, ProviderFile, RefreshFile, RotationFile, SignatureEndpointFile, SignatureFile,
};

/// Names that only the flow itself may set [S011].
const RESERVED_PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
    "dpop_jkt",
];

/// The parts of a file that `evidence` may speak of.
const EVIDENCE_PARTS: &[&str] = &[
    "endpoints",
    "client_authentication",
    "pkce",
    "scopes",
    "authorize_parameters",
    "token_answer",
    "access_token",
    "refresh",
    "redirect",
    "identity",
    "checks",
    "revocation",
    "rate_limits",
    "request_id",
    "error_signatures",
    "pages",
    "setup",
];

/// Longer than any documented life.
const MAX_LIFE_DAYS: u32 = 3650;
/// More than any provider has a use for.
const MAX_AT_ONCE: usize = 64;

/// Who wrote the file: a person may name servers on the own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    BuiltIn,
    Person,
}

/// What every file must keep to.
pub(super) struct Rules<'a> {
    pub(super) path: &'a Path,
    pub(super) origin: Origin,
}

impl Rules<'_> {
    pub(super) fn wrong(&self, field: &'static str, reason: impl Into<String>) -> CatalogueError {
        CatalogueError::Wrong { file: self.path.to_owned(), field, reason: reason.into() }
    }

    pub(super) fn check_id(&self, id: &str) -> Result<(), CatalogueError> {
        let is_name = !id.is_empty()
            && id.len() <= 40
            && id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        is_name.then_some(()).ok_or_else(|| self.wrong("id", "must be lower-case letters, digits and dashes"))
    }

    pub(super) fn check_parameters(
        &self,
        field: &'static str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(), CatalogueError> {
        match parameters.keys().find(|name| RESERVED_PARAMETERS.contains(&name.as_str())) {
            Some(name) => Err(self.wrong(field, format!("{name} is set by the sign-in itself"))),
            None => Ok(()),
        }
    }

    pub(super) fn check_own_name(&self, field: &'static str, name: Option<&str>) -> Result<(), CatalogueError> {
        match name.filter(|name| RESERVED_PARAMETERS.contains(name)) {
            Some(name) => Err(self.wrong(field, format!("{name} is set by the sign-in itself"))),
            None => Ok(()),
        }
    }

    /// A token comes in a fragment, which no server on the way writes down; and no name stands for two things.
    pub(super) fn check_answer(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        let (answer, names) = (&file.answer, &file.authorize_names);
        if answer.holds_token && !matches!(answer.mode, AnswerModeFile::Fragment) {
            return Err(self.wrong("answer", "a token may come in the fragment only"));
        }
        if names.state_in_redirect && !answer.holds_token {
            return Err(self.wrong("authorize_names", "`state_in_redirect` is for answers that hold the token"));
        }
        let own = [&names.client_id, &names.redirect_uri, &names.access_token];
        let is_plain = |name: &str| {
            let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"_-".contains(&it);
            !name.is_empty() && name.bytes().all(is_letter) && name != "error"
        };
        let mut given: Vec<&str> = own.into_iter().flatten().map(String::as_str).collect();
        if let Some(name) = given.iter().find(|name| !is_plain(name) || RESERVED_PARAMETERS.contains(name)) {
            return Err(self.wrong("authorize_names", format!("`{name}` cannot stand for another parameter")));
        }
        let count = given.len();
        given.sort_unstable();
        given.dedup();
        let is_taken = given.iter().any(|name| file.authorize_parameters.contains_key(*name));
        if given.len() < count || is_taken {
            return Err(self.wrong("authorize_names", "one name stands for two parameters"));
        }
        Ok(())
    }

    pub(super) fn check_path(&self, path: Option<&str>) -> Result<(), CatalogueError> {
        let is_plain = path.is_none_or(|path| {
            let is_letter = |it: u8| it.is_ascii_alphanumeric() || b"/-_".contains(&it);
            path.starts_with('/') && path.bytes().all(is_letter) && !path.contains("//") && path.len() <= 200
        });
        is_plain
            .then_some(())
            .ok_or_else(|| self.wrong("redirect", "its path must be plain: letters, digits, - _ and single /"))
    }

    /// Lives up to ten years, limits that let something through, and no successor where nothing rotates.
    pub(super) fn check_refresh(&self, file: &RefreshFile) -> Result<(), CatalogueError> {
        let mut lives = [file.idle_life_days, file.absolute_life_days, file.testing_life_days].into_iter().flatten();
        let is_out_of_range = |seconds: u32| !(1..=MAX_LIFE_DAYS * 86_400).contains(&seconds);
        let complaint = if lives.any(|days| !(1..=MAX_LIFE_DAYS).contains(&days)) {
            "a life is 1 to 3650 days"
        } else if file.at_once.is_some_and(|count| !(1..=MAX_AT_ONCE).contains(&count)) {
            "`at_once` is 1 to 64"
        } else if file.budget.is_some_and(|it| it.count == 0 || is_out_of_range(it.within_seconds)) {
            "`budget` lets nothing through"
        } else if matches!(file.previous_token, Some(PreviousTokenFile::WorksForSeconds(it)) if is_out_of_range(it)) {
            "`previous_token` works for no time, or for more than ten years"
        } else if file.previous_token.is_some() && matches!(file.rotation, RotationFile::Never) {
            "`previous_token` says what follows a rotation, and `rotation` says that there is none"
        } else {
            return Ok(());
        };
        Err(self.wrong("refresh", complaint))
    }

    pub(super) fn check_json_pointers(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        let identity = file
            .identity
            .iter()
            .flat_map(|it| [&it.subject, &it.label, &it.workspace_id, &it.workspace_name].into_iter().flatten());
        let locations = file.token_answer.locations.iter().flatten();
        match identity
            .chain(locations)
            .chain(file.token_answer.kept_fields.values())
            .find(|it| !it.is_empty() && !it.starts_with('/'))
        {
            Some(pointer) => Err(self.wrong("identity", format!("`{pointer}` is not a JSON pointer (RFC 6901)"))),
            None => Ok(()),
        }
    }

    /// A source is said of a part that a file can have, so that a slip of the pen does not go unseen.
    pub(super) fn check_evidence(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        match file.evidence.keys().find(|part| !EVIDENCE_PARTS.contains(&part.as_str())) {
            Some(part) => Err(self.wrong("evidence", format!("`{part}` is no part of a provider file"))),
            None => Ok(()),
        }
    }

    /// https, without userinfo or fragment; http only for a person's server on this machine [S010].
    pub(super) fn endpoint(&self, field: &'static str, text: &str) -> Result<Url, CatalogueError> {
        let url = Url::parse(text).map_err(|error| self.wrong(field, error.to_string()))?;
        let is_local = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        let may_be_http = self.origin == Origin::Person && is_local;
        if url.scheme() != "https" && !(url.scheme() == "http" && may_be_http) {
            return Err(self.wrong(field, "must be an https address"));
        }
        if let Some((name, _)) = url.query_pairs().find(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_ref())) {
            return Err(self.wrong(field, format!("{name} is set by the sign-in itself")));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || url.host().is_none() {
            return Err(self.wrong(field, "must name a host, and no user, password or fragment"));
        }
        Ok(url)
    }

    /// An endpoint that may hold `{field}` placeholders; those that begin with one are checked when filled.
    pub(super) fn template_url(&self, field: &'static str, text: &str) -> Result<(), CatalogueError> {
        if super::kept_fields::opening(text).is_some() {
            return Ok(());
        }
        self.endpoint(field, &text.replace(['{', '}'], "")).map(|_| ())
    }

    pub(super) fn page(&self, field: &'static str, text: Option<String>) -> Result<Option<Url>, CatalogueError> {
        // Consoles written as one page say where to go in the fragment.
        let check = |text: String| {
            let address = text.split('#').next().unwrap_or_default();
            self.endpoint(field, address)?;
            Url::parse(&text).map_err(|error| self.wrong(field, error.to_string()))
        };
        text.map(check).transpose()
    }

    pub(super) fn signature(&self, file: SignatureFile) -> Result<ErrorSignature, CatalogueError> {
        Ok(ErrorSignature {
            endpoint: match file.endpoint {
                SignatureEndpointFile::Authorize => SignatureEndpoint::Authorize,
                SignatureEndpointFile::Token => SignatureEndpoint::Token,
                SignatureEndpointFile::Api => SignatureEndpoint::Api,
            },
            http_status: file.http_status,
            cause: CauseLabel::from_text(&file.cause)
                .ok_or_else(|| self.wrong("error_signatures", format!("`{}` is no cause", file.cause)))?,
            contains: file.contains,
        })
    }
}
