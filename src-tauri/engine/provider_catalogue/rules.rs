//! The rules a provider file must keep beyond its format: addresses, names, pointers, lives [S001, S010, S011].

use std::collections::BTreeMap;
use std::path::Path;

use domain::diagnosis::{ActionLabel, CauseLabel};
use domain::provider::{ErrorSignature, SignatureEndpoint, SignatureHeader};
use url::{Host, Url};

use super::file::{
    AnswerModeFile, PreviousTokenFile, ProviderFile, RefreshFile, RotationFile, SignatureEndpointFile, SignatureFile,
};
use super::quirk_faults::QUIRK_FAULTS;
use super::{CatalogueError, places};

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

/// Servers may not mind the case of a parameter's name.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED_PARAMETERS.iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// The parts of a file that `evidence` may speak of.
pub(super) const EVIDENCE_PARTS: &[&str] = &[
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
    "write_checks",
    "trial_objects",
    "revocation",
    "rate_limits",
    "request_id",
    "error_signatures",
    "pages",
    "setup",
];

/// A sentence that fits a card, in bytes.
const MAX_MEANING: usize = 240;

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
    /// What the file says, to find the line of a field in.
    pub(super) text: &'a str,
    pub(super) origin: Origin,
}

impl Rules<'_> {
    /// `field` as it is written in errors: `refresh.endpoint`, `checks[0].url`.
    pub(super) fn wrong(&self, field: &str, reason: impl Into<String>) -> CatalogueError {
        CatalogueError::Wrong {
            file: self.path.to_owned(),
            line: places::line_of(self.text, field),
            field: field.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn check_id(&self, id: &str) -> Result<(), CatalogueError> {
        let is_name = !id.is_empty()
            && id.len() <= 40
            && id.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        is_name.then_some(()).ok_or_else(|| self.wrong("id", "must be lower-case letters, digits and dashes"))
    }

    pub(super) fn check_parameters(
        &self,
        field: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(), CatalogueError> {
        match parameters.keys().find(|name| is_reserved(name)) {
            Some(name) => Err(self.wrong(&format!("{field}.{name}"), format!("{name} is set by the sign-in itself"))),
            None => Ok(()),
        }
    }

    pub(super) fn check_own_name(&self, field: &str, name: Option<&str>) -> Result<(), CatalogueError> {
        match name.filter(|name| is_reserved(name)) {
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
        if let Some(name) = given.iter().find(|name| !is_plain(name) || is_reserved(name)) {
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
            .ok_or_else(|| self.wrong("redirect.path", "its path must be plain: letters, digits, - _ and single /"))
    }

    /// A name that the flow itself reads tells nothing further.
    pub(super) fn check_kept_parameters(&self, kept: &BTreeMap<String, String>) -> Result<(), CatalogueError> {
        match kept.iter().find(|(_, it)| it.is_empty() || ["code", "state", "iss", "error"].contains(&it.as_str())) {
            Some((name, parameter)) => Err(self.wrong(
                &format!("answer.kept_parameters.{name}"),
                format!("`{parameter}` is read by the sign-in itself"),
            )),
            None => Ok(()),
        }
    }

    /// Ports below belong to the system: listening there takes rights that a desktop app has not.
    pub(super) fn check_port(&self, port: Option<u16>) -> Result<(), CatalogueError> {
        match port {
            Some(..1024) => Err(self.wrong("redirect.port", "must be 1024 to 65535")),
            Some(_) | None => Ok(()),
        }
    }

    /// Lives up to ten years, limits that let something through, and no successor where nothing rotates.
    pub(super) fn check_refresh(&self, file: &RefreshFile) -> Result<(), CatalogueError> {
        let mut lives = [
            ("idle_life_days", file.idle_life_days),
            ("absolute_life_days", file.absolute_life_days),
            ("testing_life_days", file.testing_life_days),
        ]
        .into_iter()
        .filter_map(|(field, days)| Some((field, days?)));
        let is_out_of_range = |seconds: u32| !(1..=MAX_LIFE_DAYS * 86_400).contains(&seconds);
        let (field, complaint) = if let Some((field, _)) = lives.find(|(_, days)| !(1..=MAX_LIFE_DAYS).contains(days)) {
            (field, "a life is 1 to 3650 days")
        } else if file.at_once.is_some_and(|count| !(1..=MAX_AT_ONCE).contains(&count)) {
            ("at_once", "it is 1 to 64")
        } else if file.budget.is_some_and(|it| it.count == 0 || is_out_of_range(it.within_seconds)) {
            ("budget", "it lets nothing through")
        } else if matches!(file.previous_token, Some(PreviousTokenFile::WorksForSeconds(it)) if is_out_of_range(it)) {
            ("previous_token", "it works for no time, or for more than ten years")
        } else if file.previous_token.is_some() && matches!(file.rotation, RotationFile::Never) {
            ("previous_token", "it says what follows a rotation, and `rotation` says that there is none")
        } else if file.live_tokens.is_some_and(|it| it.count == 0) {
            ("live_tokens.count", "a provider lets at least one live")
        } else {
            return Ok(());
        };
        Err(self.wrong(&format!("refresh.{field}"), complaint))
    }

    pub(super) fn check_json_pointers(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        match pointers(file).find(|(_, it)| !is_pointer(it)) {
            Some((field, pointer)) => Err(self.wrong(&field, format!("`{pointer}` is not a JSON pointer (RFC 6901)"))),
            None => Ok(()),
        }
    }

    /// A source is said of a part that a file can have, so that a slip of the pen does not go unseen.
    /// What is odd can be rehearsed, or names no fault at all.
    pub(super) fn check_quirks(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        let named = file.quirks.iter().enumerate().filter_map(|(index, quirk)| Some((index, quirk.fault.as_deref()?)));
        match named.into_iter().find(|(_, fault)| !QUIRK_FAULTS.contains(fault)) {
            Some((index, fault)) => Err(self.wrong(
                &format!("quirks[{index}].fault"),
                format!(
                    "`{fault}` is no fault of the practice provider; the known ones are: {}",
                    QUIRK_FAULTS.join(", ")
                ),
            )),
            None => Ok(()),
        }
    }

    pub(super) fn check_evidence(&self, file: &ProviderFile) -> Result<(), CatalogueError> {
        match file.evidence.keys().find(|part| !EVIDENCE_PARTS.contains(&part.as_str())) {
            Some(part) => {
                Err(self.wrong(&format!("evidence.{part}"), format!("`{part}` is no part of a provider file")))
            }
            None => Ok(()),
        }
    }

    /// https, without userinfo or fragment; http only for a person's server on this machine [S010].
    pub(super) fn endpoint(&self, field: &str, text: &str) -> Result<Url, CatalogueError> {
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
        if let Some((name, _)) = url.query_pairs().find(|(name, _)| is_reserved(name)) {
            return Err(self.wrong(field, format!("{name} is set by the sign-in itself")));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || url.host().is_none() {
            return Err(self.wrong(field, "must name a host, and no user, password or fragment"));
        }
        Ok(url)
    }

    /// An endpoint that may hold `{field}` placeholders; those that begin with one are checked when filled.
    pub(super) fn template_url(&self, field: &str, text: &str) -> Result<(), CatalogueError> {
        if super::kept_fields::opening(text).is_some() {
            return Ok(());
        }
        self.endpoint(field, &text.replace(['{', '}'], "")).map(|_| ())
    }

    pub(super) fn page(&self, field: &str, text: Option<String>) -> Result<Option<Url>, CatalogueError> {
        // Consoles written as one page say where to go in the fragment.
        let check = |text: String| {
            let address = text.split('#').next().unwrap_or_default();
            self.endpoint(field, address)?;
            Url::parse(&text).map_err(|error| self.wrong(field, error.to_string()))
        };
        text.map(check).transpose()
    }

    /// Whole names of hosts, each of them with a path: below a name, and on a host that customers share, anybody has a
    /// page.
    pub(super) fn mending_pages(&self, pages: Vec<String>) -> Result<Vec<String>, CatalogueError> {
        for (number, page) in pages.iter().enumerate() {
            let field = format!("pages.mending_pages[{number}]");
            let Some((host, path)) = page.split_once('/') else {
                return Err(self.wrong(&field, format!("`{page}` has no path: `host/` is the front page alone")));
            };
            let is_name = Url::parse(&format!("https://{host}/")).is_ok_and(|it| it.domain() == Some(host));
            if !is_name || !host.contains('.') || host.starts_with('.') {
                return Err(self.wrong(&field, format!("`{host}` is no host name")));
            }
            let is_part = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
            let parts: Vec<&str> = path.split('/').collect();
            let last = parts.len() - 1;
            let is_path = parts.iter().enumerate().all(|(at, it)| match *it {
                "**" => at == last,
                "*" => true,
                "" => at == last,
                part => is_part(part) && part != "." && part != "..",
            });
            if !is_path {
                return Err(self.wrong(&field, format!("`{path}` is no path of parts, `*` and a last `**`")));
            }
        }
        Ok(pages)
    }

    pub(super) fn signature(&self, number: usize, file: SignatureFile) -> Result<ErrorSignature, CatalogueError> {
        let at = |field: &str| format!("error_signatures[{number}].{field}");
        let is_bare = file.contains.is_none() && file.fields.is_empty() && file.header.is_none();
        if is_bare || file.contains.as_deref().is_some_and(|it| it.trim().is_empty()) {
            return Err(self.wrong(&at("contains"), "must not be empty: every answer would fit"));
        }
        let cause = CauseLabel::from_text(&file.cause)
            .ok_or_else(|| self.wrong(&at("cause"), format!("`{}` is no cause", file.cause)))?;
        let action = match file.action.as_deref() {
            None => None,
            Some(text) => Some(
                ActionLabel::from_text(text)
                    .ok_or_else(|| self.wrong(&at("action"), format!("`{text}` is no action")))?,
            ),
        };
        if let Some(action) = action.filter(|it| !cause.allows(*it)) {
            let reason = format!("`{}` is not safe advice for `{}`", action.as_str(), cause.as_str());
            return Err(self.wrong(&at("action"), reason));
        }
        if file.meaning.as_deref().is_some_and(|it| !it.ends_with('.') || it.len() > MAX_MEANING) {
            return Err(self.wrong(&at("meaning"), "must be one short sentence that ends in a full stop"));
        }
        Ok(ErrorSignature {
            endpoint: file.endpoint.map(|it| match it {
                SignatureEndpointFile::Authorize => SignatureEndpoint::Authorize,
                SignatureEndpointFile::Token => SignatureEndpoint::Token,
                SignatureEndpointFile::TokenExchange => SignatureEndpoint::TokenExchange,
                SignatureEndpointFile::TokenRefresh => SignatureEndpoint::TokenRefresh,
                SignatureEndpointFile::Api => SignatureEndpoint::Api,
            }),
            http_status: file.http_status,
            contains: file.contains.unwrap_or_default(),
            fields: file.fields.into_iter().collect(),
            header: file.header.map(|it| SignatureHeader { name: it.name, contains: it.contains }),
            cause,
            action,
            meaning: file.meaning,
        })
    }
}

/// Every JSON pointer of a file, with the field it stands in.
fn pointers(file: &ProviderFile) -> impl Iterator<Item = (String, &str)> {
    let identity = file.identity.iter().flat_map(|it| {
        let lists = [
            ("subject", &it.subject),
            ("label", &it.label),
            ("workspace_id", &it.workspace_id),
            ("workspace_name", &it.workspace_name),
        ];
        let singles = [
            ("account_domain", &it.account_domain),
            ("account_kind", &it.account_kind),
            ("success_flag", &it.success_flag),
        ];
        let workspaces = it.workspaces.iter().flat_map(|it| {
            [("list", Some(it.list.as_str())), ("id", Some(it.id.as_str())), ("name", it.name.as_deref())]
        });
        let workspaces = workspaces.filter_map(|(field, it)| Some((format!("identity.workspaces.{field}"), it?)));
        let lists = lists.into_iter().flat_map(|(field, list)| {
            list.iter().enumerate().map(move |(number, it)| (format!("identity.{field}[{number}]"), it.as_str()))
        });
        let singles = singles.into_iter().filter_map(|(field, it)| Some((format!("identity.{field}"), it.as_deref()?)));
        lists.chain(singles).chain(workspaces)
    });
    let locations = file.token_answer.locations.iter().flatten().enumerate();
    let kept = file.token_answer.kept_fields.iter();
    let checks = file
        .checks
        .iter()
        .enumerate()
        .filter_map(|(number, it)| Some((format!("checks[{number}].success_flag"), it.success_flag.as_deref()?)));
    let refusals = file.checks.iter().enumerate().filter_map(|(number, it)| {
        let pointer = it.refused_with.as_ref()?.pointer.as_deref()?;
        Some((format!("checks[{number}].refused_with.pointer"), pointer))
    });
    let others = [
        ("revocation.success_flag", file.revocation.as_ref().and_then(|it| it.success_flag.as_deref())),
        ("request_id_pointer", file.request_id_pointer.as_deref()),
    ];
    identity
        .chain(locations.map(|(number, it)| (format!("token_answer.locations[{number}]"), it.as_str())))
        .chain(kept.map(|(name, it)| (format!("token_answer.kept_fields.{name}"), it.as_str())))
        .chain(checks)
        .chain(refusals)
        .chain(others.into_iter().filter_map(|(field, it)| Some((field.to_owned(), it?))))
}

/// Empty, or steps that each begin with `/`; `~` stands before 0 or 1 only (RFC 6901 §3).
pub(super) fn is_pointer(text: &str) -> bool {
    let is_escaped = text.split('~').skip(1).all(|it| it.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && is_escaped
}
