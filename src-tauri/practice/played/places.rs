//! Where a played provider answers: every host of its file becomes a first step of a path on the one loopback port [A2].

use std::collections::BTreeMap;

use crate::parameters::Parameters;

/// What may stand between braces until a request fills it.
const FILLED_BY_REQUESTS: &[&str] = &["client_id", "client_secret", "token", "token_type_hint"];

/// `https://host/path` as it is reached here; anything else stays what it is.
pub(super) fn moved(text: &str, issuer: &str) -> String {
    text.strip_prefix("https://").map_or_else(|| text.to_owned(), |rest| format!("{issuer}/{rest}"))
}

/// Names between braces become their values.
pub(super) fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// A path and what stands in its query, with names that only a request fills.
pub(super) struct Place {
    steps: Vec<String>,
    query: Vec<(String, String)>,
}

impl Place {
    /// Reads an address of the file; `None` if it does not lead to this provider, or has a gap nobody can fill.
    pub(super) fn read(text: &str, issuer: &str, values: &BTreeMap<String, String>) -> Option<Place> {
        let here = moved(&filled(text, values), issuer);
        let rest = here.strip_prefix(issuer)?.strip_prefix('/')?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let steps: Vec<String> = path.split('/').map(ToOwned::to_owned).collect();
        let gaps_are_known = steps.iter().all(|step| match gap(step) {
            Some((_, name, after)) => FILLED_BY_REQUESTS.contains(&name) && !after.contains('{'),
            None => !step.contains('{'),
        });
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let gaps_are_known = gaps_are_known
            && query.iter().all(|(_, value)| gap(value).is_none_or(|(_, name, _)| FILLED_BY_REQUESTS.contains(&name)));
        gaps_are_known.then_some(Place { steps, query })
    }

    /// What fills the gaps if the path is this one; `None` if it is another.
    pub(super) fn bind(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let given: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        if given.len() != self.steps.len() {
            return None;
        }
        let mut bound = BTreeMap::new();
        for (step, given) in self.steps.iter().zip(given) {
            let Some((before, name, after)) = gap(step) else {
                if step == given {
                    continue;
                }
                return None;
            };
            let value = given.strip_prefix(before)?.strip_suffix(after)?;
            // A lone value, read as the half of a form's pair.
            let (value, _) = url::form_urlencoded::parse(value.as_bytes()).next()?;
            bound.insert(name.to_owned(), value.into_owned());
        }
        Some(bound)
    }

    /// The path without what fills it: a token in an address is not for the log.
    pub(super) fn shown(&self) -> String {
        format!("/{}", self.steps.join("/"))
    }

    pub(super) fn has_query(&self) -> bool {
        !self.query.is_empty()
    }

    /// Whether what stands in the query of the file's address came along, its gaps filled with something.
    pub(super) fn came_whole(&self, parameters: &Parameters) -> bool {
        self.query.iter().all(|(name, value)| match (parameters.one(name), gap(value)) {
            (Some(given), None) => given == value,
            (given, Some(_)) => given.is_some(),
            (None, None) => value.is_empty(),
        })
    }

    /// What fills the gaps of the query.
    pub(super) fn bind_query(&self, parameters: &Parameters) -> Vec<(String, String)> {
        let filled = |(name, value): &(String, String)| {
            let (before, gap, after) = gap(value)?;
            let given = parameters.one(name)?.strip_prefix(before)?.strip_suffix(after)?;
            Some((gap.to_owned(), given.to_owned()))
        };
        self.query.iter().filter_map(filled).collect()
    }
}

/// `before{name}after`
pub(super) fn gap(step: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = step.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "http://127.0.0.1:9";

    fn place(text: &str) -> Option<Place> {
        let values = [("shop", "my-shop"), ("instance_url", "http://127.0.0.1:9/instance.example")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Place::read(text, ISSUER, &BTreeMap::from(values))
    }

    /// A2
    #[test]
    fn hosts_become_steps_and_variables_their_values() {
        let token = place("https://{shop}.example/oauth/token").unwrap();
        let identity = place("{instance_url}/me?full=1").unwrap();

        assert!(token.bind("/my-shop.example/oauth/token").is_some());
        for other in ["/my-shop.example/oauth/token/", "/other.example/oauth/token", "/oauth/token", ""] {
            assert!(token.bind(other).is_none(), "{other:?} is another address");
        }
        assert!(identity.bind("/instance.example/me").is_some());
        assert!(identity.came_whole(&Parameters::from_form(b"full=1&more=2")));
        assert!(!identity.came_whole(&Parameters::from_form(b"full=2")), "the query is part of the address");
    }

    /// A10
    #[test]
    fn a_request_fills_the_gaps_and_the_log_does_not_learn_with_what() {
        let grant = place("https://api.example/apps/{client_id}/tokens/{token}").unwrap();

        let bound = grant.bind("/api.example/apps/an%20id/tokens/s3cret").unwrap();

        assert_eq!(bound.get("client_id").map(String::as_str), Some("an id"));
        assert_eq!(bound.get("token").map(String::as_str), Some("s3cret"));
        assert!(!grant.shown().contains("s3cret"));
        assert!(place("https://api.example/{nobody_knows}/token").is_none(), "nothing would ever arrive there");
    }
}
