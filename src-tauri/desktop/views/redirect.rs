//! Redirect URIs and pasted addresses: what was refused, as a reason the window has words for [A2].

use domain::provider::redirect_uri::RedirectUriRefused;
use engine::redirect_listener::pasted::PasteRefused;
use serde::Serialize;
use ts_rs::TS;

/// Why a pasted address was not the answer; the sign-in goes on waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PasteRefusedView {
    Empty,
    TooLong,
    OtherAddress,
    Garbled,
    NoAnswer,
    OtherSignIn,
    Posted,
}

/// Why no browser can be waited for at a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RedirectRefusedView {
    NotAnAddress,
    CustomScheme,
    OtherHost,
    NotPlain,
    OddPath,
    OtherSpelling,
}

impl From<PasteRefused> for PasteRefusedView {
    fn from(refused: PasteRefused) -> Self {
        match refused {
            PasteRefused::Empty => Self::Empty,
            PasteRefused::TooLong => Self::TooLong,
            PasteRefused::OtherAddress => Self::OtherAddress,
            PasteRefused::Garbled => Self::Garbled,
            PasteRefused::NoAnswer => Self::NoAnswer,
            PasteRefused::OtherSignIn => Self::OtherSignIn,
            PasteRefused::Posted => Self::Posted,
        }
    }
}

impl From<RedirectUriRefused> for RedirectRefusedView {
    fn from(refused: RedirectUriRefused) -> Self {
        match refused {
            RedirectUriRefused::NotAnAddress => Self::NotAnAddress,
            RedirectUriRefused::CustomScheme => Self::CustomScheme,
            RedirectUriRefused::OtherHost => Self::OtherHost,
            RedirectUriRefused::NotPlain => Self::NotPlain,
            RedirectUriRefused::OddPath => Self::OddPath,
            RedirectUriRefused::OtherSpelling(_) => Self::OtherSpelling,
        }
    }
}
