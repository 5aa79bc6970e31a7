//! A provider's own way of saying what went wrong, and whether an answer says it that way [C1, C2].

use crate::diagnosis::{ActionLabel, CauseLabel, FailedEndpoint};

/// One way of saying it. Everything that is given has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSignature {
    /// `None`: wherever it is said.
    pub endpoint: Option<SignatureEndpoint>,
    pub http_status: Option<u16>,
    /// This text stands in the answer, letter case aside. Empty where `fields` or `header` decide.
    pub contains: String,
    /// The answer has fields of these names, at any depth, with exactly these values, letter case aside.
    /// Numbers are compared as they are written.
    pub fields: Vec<(String, String)>,
    pub header: Option<SignatureHeader>,
    pub cause: CauseLabel,
    /// The next best action, where it is another than usual for the cause; always one that is safe for it.
    pub action: Option<ActionLabel>,
    /// What the provider means by it, in one plain sentence.
    pub meaning: Option<String>,
}

/// Where a refusal is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureEndpoint {
    Authorize,
    /// The token endpoint, whatever was asked of it.
    Token,
    TokenExchange,
    TokenRefresh,
    Api,
}

/// A header that an answer carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeader {
    /// Letter case aside.
    pub name: String,
    /// Stands in its value, letter case aside. `None`: any value.
    pub contains: Option<String>,
}

/// What a signature is held against.
pub struct SaidAnswer<'a> {
    pub endpoint: FailedEndpoint,
    pub http_status: Option<u16>,
    /// Whether this text stands in body or challenge, as a person reads them, letter case aside.
    pub has_text: &'a dyn Fn(&str) -> bool,
    pub headers: &'a [(String, String)],
    /// Whether the body has a field of that name with that value.
    pub has_field: &'a dyn Fn(&str, &str) -> bool,
}

impl ErrorSignature {
    /// A text at an endpoint, and what it means.
    pub fn of(endpoint: SignatureEndpoint, contains: &str, cause: CauseLabel) -> Self {
        Self {
            endpoint: Some(endpoint),
            http_status: None,
            contains: contains.to_owned(),
            fields: vec![],
            header: None,
            cause,
            action: None,
            meaning: None,
        }
    }

    /// Whether the answer says it this way.
    pub fn fits(&self, said: &SaidAnswer<'_>) -> bool {
        self.endpoint.is_none_or(|it| it.covers(said.endpoint))
            // A status that was not seen contradicts nothing.
            && self.http_status.is_none_or(|it| said.http_status.is_none_or(|status| status == it))
            && (self.contains.is_empty() || (said.has_text)(&self.contains))
            && self.fields.iter().all(|(name, value)| (said.has_field)(name, value))
            && self.header.as_ref().is_none_or(|it| said.headers.iter().any(|(name, value)| it.fits(name, value)))
    }
}

impl SignatureEndpoint {
    /// Whether what is said there is heard at that endpoint.
    pub fn covers(self, endpoint: FailedEndpoint) -> bool {
        match endpoint {
            FailedEndpoint::Authorize => self == Self::Authorize,
            FailedEndpoint::TokenExchange => matches!(self, Self::Token | Self::TokenExchange),
            FailedEndpoint::TokenRefresh => matches!(self, Self::Token | Self::TokenRefresh),
            FailedEndpoint::Device | FailedEndpoint::Revoke => self == Self::Token,
            FailedEndpoint::Api | FailedEndpoint::Introspect => self == Self::Api,
        }
    }
}

impl SignatureHeader {
    /// Whether a header is this one.
    pub fn fits(&self, name: &str, value: &str) -> bool {
        let is_in = |text: &String| value.to_lowercase().contains(&text.to_lowercase());
        self.name.eq_ignore_ascii_case(name) && self.contains.as_ref().is_none_or(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(headers: &'a [(String, String)], has_field: &'a dyn Fn(&str, &str) -> bool) -> SaidAnswer<'a> {
        SaidAnswer {
            endpoint: FailedEndpoint::TokenRefresh,
            http_status: Some(400),
            has_text: &|text| text.eq_ignore_ascii_case("grant is over"),
            headers,
            has_field,
        }
    }

    /// C1
    #[test]
    fn everything_that_a_signature_names_has_to_fit() {
        let good = ErrorSignature {
            http_status: Some(400),
            fields: vec![("code".to_owned(), "190".to_owned())],
            header: Some(SignatureHeader { name: "X-Sso".to_owned(), contains: Some("Required".to_owned()) }),
            ..ErrorSignature::of(SignatureEndpoint::Token, "Grant is over", CauseLabel::GrantRevoked)
        };
        let headers = [("x-sso".to_owned(), "required; url=https://x.example".to_owned())];
        let code = |name: &str, value: &str| (name, value) == ("code", "190");

        assert!(good.fits(&said(&headers, &code)), "all of it fits");
        assert!(!good.fits(&said(&[], &code)), "the header is missing");
        assert!(!good.fits(&said(&headers, &|_, _| false)), "the field is missing");
        assert!(!ErrorSignature { http_status: Some(401), ..good.clone() }.fits(&said(&headers, &code)), "the status");
        assert!(!ErrorSignature { contains: "alive".to_owned(), ..good }.fits(&said(&headers, &code)), "the text");
    }

    /// C1
    #[test]
    fn a_signature_is_heard_where_it_is_said() {
        let heard = |endpoint| {
            let signature =
                ErrorSignature { endpoint, ..ErrorSignature::of(SignatureEndpoint::Api, "", CauseLabel::GrantRevoked) };
            signature.fits(&said(&[], &|_, _| false))
        };

        assert!(heard(None) && heard(Some(SignatureEndpoint::Token)) && heard(Some(SignatureEndpoint::TokenRefresh)));
        assert!(!heard(Some(SignatureEndpoint::TokenExchange)) && !heard(Some(SignatureEndpoint::Api)));
        assert!(!heard(Some(SignatureEndpoint::Authorize)), "a refresh is no sign-in");
    }
}
