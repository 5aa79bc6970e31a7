//! Reads form, query and JSON parameters as RFC 6749 §3.1 wants them: none twice, empty means absent [A2].

/// Parameters in the order they arrived.
#[derive(Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`, in a body or a query.
    pub(crate) fn from_form(raw: &[u8]) -> Parameters {
        Parameters(url::form_urlencoded::parse(raw).into_owned().collect())
    }

    /// Reads a flat JSON object of strings; anything else is `None`.
    pub(crate) fn from_json(raw: &[u8]) -> Option<Parameters> {
        let object: std::collections::BTreeMap<String, String> = serde_json::from_slice(raw).ok()?;
        Some(Parameters(object.into_iter().collect()))
    }

    /// The first name that stands there twice.
    pub(crate) fn repeated(&self) -> Option<&str> {
        self.repeated_besides("")
    }

    /// As `repeated`, but `allowed` may come more than once (the tick boxes of the consent page).
    pub(crate) fn repeated_besides(&self, allowed: &str) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(index, (name, _))| name != allowed && self.0[..*index].iter().any(|(earlier, _)| earlier == name))
            .map(|(_, (name, _))| name.as_str())
    }

    pub(crate) fn one<'a>(&'a self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every name, empty values included.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every value of a name that may repeat.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(given, value)| given == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2
    #[test]
    fn a_parameter_that_stands_there_twice_is_found() {
        let parameters = Parameters::from_form(b"scope=a&state=1&scope=b&state=2");

        assert_eq!(parameters.repeated(), Some("scope"), "a second value must never win silently");
        assert_eq!(parameters.repeated_besides("scope"), Some("state"), "only scope may repeat");
    }

    /// A2
    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let parameters = Parameters::from_form(b"state=&scope=openid+email");

        assert_eq!(parameters.one("state"), None, "RFC 6749 section 3.1");
        assert_eq!(parameters.one("scope"), Some("openid email"), "a plus is a space in a form");
    }
}
