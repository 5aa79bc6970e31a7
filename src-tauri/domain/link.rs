//! Links that open a screen: three verbs and an id, nothing else, whoever wrote them [S045, S111, F4].
//!
//! A link opens a view and never acts: anyone can write one, and a person who follows it has agreed to nothing yet.
//! Also `reconnect` only asks; the sign-in begins with a click in the window.

use crate::ConnectionId;

/// The scheme that the bundle registers.
pub const SCHEME: &str = "patchbay";

/// Longer is no link of ours: the longest verb and the longest id are far below.
const LONGEST: usize = 128;
const LONGEST_ID: usize = 40;

/// Which view a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    Board,
    Connection(ConnectionId),
    /// The connection, with the question whether to reconnect it.
    Reconnect(ConnectionId),
}

impl Link {
    /// `patchbay://reconnect/ID`, `patchbay://connection/ID`, `patchbay://board`. `None`: it is no link of ours. Nothing
    /// is decoded: what needs decoding was not written by us.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        // A scheme has no case (RFC 3986, section 3.1).
        scheme.eq_ignore_ascii_case(SCHEME).then(|| Self::read_path(rest))?
    }

    /// The same behind the scheme, or behind the slash of a loopback address.
    pub fn read_path(path: &str) -> Option<Self> {
        if path.len() > LONGEST {
            return None;
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let (verb, id) = path.split_once('/').map_or((path, None), |(verb, id)| (verb, Some(id)));
        match (verb, id) {
            ("board", None) => Some(Self::Board),
            ("connection", Some(id)) => Some(Self::Connection(id_of(id)?)),
            ("reconnect", Some(id)) => Some(Self::Reconnect(id_of(id)?)),
            (_, Some(_) | None) => None,
        }
    }

    /// `reconnect/ID`.
    pub fn path(&self) -> String {
        match self {
            Self::Board => "board".to_owned(),
            Self::Connection(id) => format!("connection/{id}"),
            Self::Reconnect(id) => format!("reconnect/{id}"),
        }
    }

    /// `patchbay://reconnect/ID`.
    pub fn address(&self) -> String {
        format!("{SCHEME}://{}", self.path())
    }
}

/// As we make ids: letters, digits and one underscore.
fn id_of(text: &str) -> Option<ConnectionId> {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    let is_id = text.starts_with("con_") && text.len() <= LONGEST_ID && text.bytes().all(is_plain);
    is_id.then(|| ConnectionId::from_text(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// S111
    #[test]
    fn links_of_ours_are_read_and_written() {
        let id = ConnectionId::from_random(7);
        for link in [Link::Board, Link::Connection(id.clone()), Link::Reconnect(id.clone())] {
            assert_eq!(Link::read(&link.address()), Some(link.clone()));
            assert_eq!(Link::read(&format!("{}/", link.address())), Some(link.clone()), "browsers add a slash");
            assert_eq!(Link::read_path(&link.path()), Some(link));
        }
        assert_eq!(Link::read(&format!("PATCHBAY://reconnect/{id}")), Some(Link::Reconnect(id)));
    }

    /// S111: fixed verbs, ids only.
    #[test]
    fn everything_else_is_no_link() {
        for text in [
            "",
            "patchbay:",
            "patchbay://",
            "patchbay:board",
            "patchbay:///board",
            "patchbay://board/x",
            "patchbay://board//",
            "patchbay://board?x",
            "patchbay://board#x",
            "patchbay://BOARD",
            "patchbay://user@board",
            "patchbay://board:80",
            "patchbay://reconnect",
            "patchbay://reconnect/",
            "patchbay://reconnect/con_1/yes",
            "patchbay://reconnect/con_1?yes=1",
            "patchbay://reconnect/con_1%2f..",
            "patchbay://reconnect/%63on_1",
            "patchbay://reconnect/../board",
            "patchbay://connection/..",
            "patchbay://connection/con_\u{202e}1",
            "patchbay://connection/con_1\n",
            "patchbay://connection/con_1 ",
            "patchbay://disconnect/con_1",
            "patchbay://evil.example/con_1",
            "https://board",
            "http://127.0.0.1/board",
            "file:///etc/passwd",
            "javascript://board",
            " patchbay://board",
            "--hidden",
        ] {
            assert_eq!(Link::read(text), None, "{text:?}");
        }
        assert_eq!(Link::read(&format!("patchbay://reconnect/con_{}", "a".repeat(1 << 20))), None);
    }

    proptest! {
        /// S111: whatever is read is one of the three, and says the same when it is written again.
        #[test]
        fn what_is_read_is_what_was_written(text in "(patchbay://)?[a-z/_.%?#:0-9A-Z-]{0,60}") {
            if let Some(link) = Link::read(&text) {
                prop_assert_eq!(link.address(), text.trim_end_matches('/').to_owned());
            }
        }
    }
}
