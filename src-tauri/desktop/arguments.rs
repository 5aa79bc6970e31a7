//! What the program was started with: hidden or not, which board, which link. Everything else is not looked at
//! [S045, S111].

use std::ffi::OsString;
use std::path::PathBuf;

use domain::link::{Link, SCHEME};

/// Starts without showing the window, as at login.
pub(crate) const HIDDEN: &str = "--hidden";
/// Followed by the data folder.
pub(crate) const HOME: &str = "--home";

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) is_hidden: bool,
    pub(crate) home: Option<PathBuf>,
    pub(crate) link: Option<GivenLink>,
}

/// A link that somebody followed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GivenLink {
    Ours(Link),
    /// It begins like one of ours, and is none.
    Unreadable,
}

impl GivenLink {
    pub(crate) fn read(text: &str) -> Self {
        Link::read(text).map_or(Self::Unreadable, Self::Ours)
    }
}

impl Arguments {
    /// From what follows the program's own name.
    pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut read = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument == HIDDEN {
                read.is_hidden = true;
            } else if argument == HOME {
                read.home = arguments.next().filter(|it| !it.is_empty()).map(PathBuf::from);
            } else if let Some(text) = argument.to_str().filter(|it| is_link(it)) {
                read.link.get_or_insert_with(|| GivenLink::read(text));
            }
        }
        read
    }
}

fn is_link(text: &str) -> bool {
    let start = text.as_bytes().get(..SCHEME.len() + 1);
    start.is_some_and(|it| it[..SCHEME.len()].eq_ignore_ascii_case(SCHEME.as_bytes()) && it[SCHEME.len()] == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Arguments {
        Arguments::read(arguments.iter().map(OsString::from))
    }

    /// S111, F4
    #[test]
    fn a_start_may_be_hidden_of_a_board_and_with_one_link() {
        let read = read(&["--hidden", "--home", "/data/a b", "patchbay://board", "patchbay://connection/con_1"]);
        let expected =
            Arguments { is_hidden: true, home: Some("/data/a b".into()), link: Some(GivenLink::Ours(Link::Board)) };
        assert_eq!(read, expected);
    }

    /// S045, S111
    #[test]
    fn what_is_no_argument_of_ours_does_nothing() {
        let long = format!("patchbay://reconnect/{}", "a".repeat(1 << 20));
        for odd in ["patchbay:", "PATCHBAY://evil/..", "patchbay://board?x", &long] {
            assert_eq!(read(&[odd]).link, Some(GivenLink::Unreadable), "{}", &odd[..odd.len().min(60)]);
        }
        for other in ["", "--help", "patchbayx://board", "https://patchbay://board", "-hidden", "päätchbay"] {
            assert_eq!(read(&[other]), Arguments::default(), "{other}");
        }
        assert_eq!(read(&["--home"]), Arguments::default());
    }
}
