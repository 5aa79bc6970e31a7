//! What a preview warns of, why something cannot be taken, and what became of it, in sentences.

use engine::connection_import::{Certainty, ImportRefused, Oddity};
use engine::flows::import_connections::{ImportRefusal, ImportWarning};

use crate::failure::FailureWords;

/// A file that cannot be used.
pub(crate) fn refused(refused: &ImportRefused) -> FailureWords {
    let (code, advice) = match refused {
        ImportRefused::Unreadable { .. } => ("import_unreadable", "Check the path and who may read it."),
        ImportRefused::NotAFile { .. } => ("import_not_a_file", "Give the file itself."),
        ImportRefused::TooLarge { .. } | ImportRefused::TooMany { .. } => {
            ("import_too_large", "Export fewer entries at a time.")
        }
        ImportRefused::Empty { .. } => ("import_empty", "Export it again."),
        ImportRefused::NotText { .. } | ImportRefused::Malformed { .. } => {
            ("import_malformed", "It may have been cut off: export it again.")
        }
        ImportRefused::AnotherTool { .. } | ImportRefused::Unrecognised { .. } => {
            ("import_another_tool", "Say whose file it is; patchbay import --help lists the tools.")
        }
        ImportRefused::WrongField { .. } => ("import_wrong_field", "Mend that entry, or export it again."),
        ImportRefused::Encrypted { .. } => ("import_encrypted", ""),
        ImportRefused::Database { .. } => ("import_database", ""),
    };
    let detail = std::error::Error::source(refused).map(ToString::to_string).unwrap_or_default();
    FailureWords {
        code,
        happened: format!("{refused}."),
        meaning: "Nothing was taken, and the file is as it was.".to_owned(),
        advice: advice.to_owned(),
        detail,
    }
}

/// How sure it is that this is the provider.
pub(crate) fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Address => "by its token endpoint",
        Certainty::Host => "by its host",
        Certainty::Issuer => "by its issuer, which will be asked",
        Certainty::Name => "by the tool's name for it only",
    }
}

/// The code a script sees.
pub(crate) fn warning_code(warning: &ImportWarning) -> &'static str {
    match warning {
        ImportWarning::Oddity(Oddity::Placeholder { .. }) => "placeholder",
        ImportWarning::Oddity(Oddity::WasEncoded { .. }) => "was_encoded",
        ImportWarning::Oddity(Oddity::Unusable { .. }) => "unusable",
        ImportWarning::Oddity(Oddity::SharedClient { .. }) => "shared_client",
        ImportWarning::Oddity(Oddity::ExpiryGuessed) => "expiry_guessed",
        ImportWarning::TwoHolders { .. } => "two_holders",
        ImportWarning::NoRefreshToken => "no_refresh_token",
        ImportWarning::ClientKnown { .. } => "client_known",
    }
}

pub(crate) fn warning(warning: &ImportWarning) -> String {
    match warning {
        ImportWarning::Oddity(Oddity::Placeholder { field }) => {
            format!("{field} is a placeholder: the file names the value and does not hold it.")
        }
        ImportWarning::Oddity(Oddity::WasEncoded { field }) => {
            format!("{field} was encoded; what it stands for is taken.")
        }
        ImportWarning::Oddity(Oddity::Unusable { field }) => {
            format!("{field} is too long, or holds what no secret may, and is left out.")
        }
        ImportWarning::Oddity(Oddity::SharedClient { owner }) => {
            format!("The client is {owner}'s own, shared by all its users: revoking it signs {owner} out too.")
        }
        ImportWarning::Oddity(Oddity::ExpiryGuessed) => {
            "The file does not say when the token was issued, so its end is a guess.".to_owned()
        }
        ImportWarning::TwoHolders { tool } => format!(
            "{tool} still holds this refresh token; whoever refreshes first ends the other's. Better: take the \
             client alone into use and reconnect, for a grant of its own."
        ),
        ImportWarning::NoRefreshToken => "It has no refresh token: it ends with its access token.".to_owned(),
        ImportWarning::ClientKnown { name } => {
            format!("Its client is on the board already, as {name}; the secret there stays.")
        }
    }
}

/// The code a script sees.
pub(crate) fn refusal_code(refusal: &ImportRefusal) -> &'static str {
    match refusal {
        ImportRefusal::HostUnknown(_) => "host_unknown",
        ImportRefusal::AddressRefused { .. } => "address_refused",
        ImportRefusal::ProviderUnclear => "provider_unclear",
        ImportRefusal::NameUnknown(_) => "name_unknown",
        ImportRefusal::VariableMissing { .. } => "variable_missing",
        ImportRefusal::NoClient => "no_client",
        ImportRefusal::NoClientSecret => "no_client_secret",
        ImportRefusal::NothingUsable => "nothing_usable",
        ImportRefusal::OtherKind(_) => "other_kind",
        ImportRefusal::AlreadyOnBoard { .. } => "already_on_board",
        ImportRefusal::TwiceInFile { .. } => "twice_in_file",
    }
}

pub(crate) fn refusal(refusal: &ImportRefusal) -> String {
    match refusal {
        ImportRefusal::HostUnknown(host) => {
            format!("No known provider is at {host}. Connect to it once by its issuer, then import again.")
        }
        ImportRefusal::AddressRefused { field } => {
            format!("{field} is no address that a grant may go to: no https, or with a user name in it.")
        }
        ImportRefusal::ProviderUnclear => "The file does not say which provider it is of.".to_owned(),
        ImportRefusal::NameUnknown(name) => format!("The catalogue has no provider for {name}."),
        ImportRefusal::VariableMissing { asks } => {
            format!("The file does not tell the {asks} in the provider's addresses.")
        }
        ImportRefusal::NoClient => {
            "Its client is not in the file, and a refresh token works with its own client only.".to_owned()
        }
        ImportRefusal::NoClientSecret => {
            "The provider wants a client secret, and the file does not hold it: add the client first.".to_owned()
        }
        ImportRefusal::NothingUsable => "It holds neither a client nor a token.".to_owned(),
        ImportRefusal::OtherKind(kind) => format!("It is of another kind ({kind}): nobody signed in for it."),
        ImportRefusal::AlreadyOnBoard { name, .. } => format!("Its token is, or was, that of {name} on the board."),
        ImportRefusal::TwiceInFile { number } => format!("It is the same grant as {number}."),
    }
}
