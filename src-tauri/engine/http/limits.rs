//! What an answer tells of the server's limits: how many calls, how many are left, when it begins anew [B6, C6].

use domain::display_text::cleaned;

use super::HttpAnswer;

/// One limit is told in three headers; a few have two limits.
const MAX_LIMITS: usize = 12;
/// A number, a date, or a policy such as `100;w=60`.
const MAX_VALUE: usize = 80;

/// In use by many, and the draft standard's own (draft-ietf-httpapi-ratelimit-headers).
const USUAL: &[&str] = &["retry-after", "ratelimit", "ratelimit-policy"];
const USUAL_BEGINNINGS: &[&str] = &["x-ratelimit-", "ratelimit-", "x-rate-limit-", "x-retry-after"];

impl HttpAnswer {
    /// Names and values, of `known` (the provider's own) and of those in use. A value is a short plain text; anything
    /// else is left out.
    pub fn limits(&self, known: &[String]) -> Vec<(String, String)> {
        let is_limit = |name: &str| {
            known.iter().any(|it| it.eq_ignore_ascii_case(name))
                || USUAL.contains(&name)
                || USUAL_BEGINNINGS.iter().any(|it| name.starts_with(it))
        };
        let told = self.headers.iter().filter(|(name, _)| is_limit(name.as_str()));
        told.filter_map(|(name, value)| {
            let value = value.to_str().ok().filter(|it| it.len() <= MAX_VALUE)?;
            Some((name.as_str().to_owned(), cleaned(value, MAX_VALUE)))
        })
        .take(MAX_LIMITS)
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::HeaderMap;

    use super::*;

    /// B6, C6: names of the provider's own, the draft's and the usual ones; nothing else, and no essay.
    #[test]
    fn limits_are_told_by_name_and_value() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ratelimit-remaining", "0"),
            ("ratelimit", "\"default\";r=0;t=30"),
            ("retry-after", "30"),
            ("x-shop-api-call-limit", "40/40"),
            ("x-request-id", "abc"),
            ("x-ratelimit-note", &"long ".repeat(40)),
        ] {
            headers.append(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        }
        let answer = HttpAnswer {
            status: 429,
            headers,
            body: vec![],
            was_compressed: false,
            remote_address: None,
            latency: Duration::ZERO,
        };

        let told = answer.limits(&["X-Shop-Api-Call-Limit".to_owned()]);

        let shown: Vec<_> = told.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            shown,
            [
                "x-ratelimit-remaining=0",
                "ratelimit=\"default\";r=0;t=30",
                "retry-after=30",
                "x-shop-api-call-limit=40/40"
            ]
        );
    }
}
