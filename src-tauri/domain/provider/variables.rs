//! Values that make a provider's endpoints whole: a shop, a tenant, an organisation's own host [A1, A2, S010].

use thiserror::Error;

/// One value a person gives before a sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointVariable {
    /// As it stands between braces in the provider's file.
    pub name: String,
    /// What a person is asked for: "Shop".
    pub asks: String,
    /// `my-shop`, as a hint.
    pub example: String,
    /// Taken where nothing is said.
    pub usual: Option<String>,
    pub shape: VariableShape,
    /// What it is in this provider: the usual one, or what was chosen.
    pub value: Option<String>,
}

/// What a value may consist of: it becomes part of an address, and must not change whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableShape {
    /// One label of a host name, or one step of a path: letters, digits, `-` and `_`.
    Label,
    /// A whole host name, optionally with a port.
    Host,
    /// One of a few.
    Region,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}` is {complaint}")]
pub struct VariableRefused {
    pub name: String,
    pub complaint: &'static str,
}

impl EndpointVariable {
    /// The value as it may stand in an address, or why it may not.
    pub fn checked(&self, text: &str) -> Result<String, VariableRefused> {
        let refused = |complaint| VariableRefused { name: self.name.clone(), complaint };
        let text = text.trim().trim_end_matches('/');
        let is_label_letter = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        let is_host_letter = |it: u8| is_label_letter(it) || b".:[]".contains(&it);
        if text.is_empty() {
            return Err(refused("empty"));
        }
        if text.len() > 253 {
            return Err(refused("too long"));
        }
        match self.shape {
            VariableShape::Label if !text.bytes().all(is_label_letter) => {
                Err(refused("a single name: letters, digits, - and _ only"))
            }
            VariableShape::Region if !text.bytes().all(|it| is_label_letter(it) || it == b'.') => {
                Err(refused("a region's ending: letters, digits, dots and - only"))
            }
            VariableShape::Host if !text.bytes().all(is_host_letter) => {
                Err(refused("a host name, without https:// and without a path"))
            }
            VariableShape::Label | VariableShape::Region | VariableShape::Host => Ok(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S010: a value cannot lead an address elsewhere.
    #[test]
    fn a_value_that_would_change_the_address_is_refused() {
        let variable = |shape| EndpointVariable {
            name: "shop".into(),
            asks: "Shop".into(),
            example: "my-shop".into(),
            usual: None,
            shape,
            value: None,
        };
        for text in ["", "a/b", "a@b", "a?b", "a#b", "a.evil.example", "a b", "a\\b", "a%2fb"] {
            assert!(variable(VariableShape::Label).checked(text).is_err(), "{text:?} is no label");
        }
        for text in ["", "https://x.example", "x.example/path", "u@x.example", "x.example?y"] {
            assert!(variable(VariableShape::Host).checked(text).is_err(), "{text:?} is no host");
        }
        assert_eq!(variable(VariableShape::Label).checked(" my-shop ").as_deref(), Ok("my-shop"));
        assert_eq!(variable(VariableShape::Host).checked("sso.example:8443/").as_deref(), Ok("sso.example:8443"));
        assert_eq!(variable(VariableShape::Region).checked("com.au").as_deref(), Ok("com.au"));
    }
}
