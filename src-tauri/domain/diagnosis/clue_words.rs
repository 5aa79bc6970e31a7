//! What decided a diagnosis, and what rules its look-alikes out, in sentences [C1].

use std::time::Duration;

use super::redaction::of_foreign_words;
use super::{Clue, ClueWeight, Fact, NetworkFailure};

impl Clue {
    /// One plain sentence.
    pub fn sentence(&self) -> String {
        let fact = self.fact.words();
        match self.weight {
            ClueWeight::Decides => format!("{fact}."),
            ClueWeight::Supports if matches!(self.fact, Fact::MendingPage(_)) => format!("{fact}."),
            ClueWeight::Supports => format!("{fact}, which fits."),
            ClueWeight::RulesOut(cause) => format!("{fact}, so it is hardly \"{}\".", cause.words()),
        }
    }

    /// What of it may be kept: nothing that an answer said in its own words, which may hold anything.
    #[must_use]
    pub fn kept(&self) -> Self {
        if matches!(self.fact, Fact::MendingPage(_)) {
            return self.clone();
        }
        Self { weight: self.weight, fact: Fact::Kept(self.fact.unquoted("").words()) }
    }
}

impl Fact {
    /// Without what an answer said in words of its own. `said`: its status and code.
    #[must_use]
    pub(super) fn unquoted(&self, said: &str) -> Self {
        let is_bare = |it: &&String| of_foreign_words(it) == **it;
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others are sentences of ours")]
        match self {
            Self::Words(_) if said.is_empty() || said == "no answer" => Self::Words(String::new()),
            Self::Words(_) => Self::Kept(format!("What was said along with {said} speaks of it")),
            Self::MendingPage(page) => Self::MendingPage(page.clone()),
            Self::ScopesNamed(scopes) => Self::ScopesNamed(scopes.iter().filter(is_bare).cloned().collect()),
            fact => {
                let words = fact.words();
                let bare = of_foreign_words(&words);
                if bare == words { fact.clone() } else { Self::Kept(bare) }
            }
        }
    }

    /// As the beginning of a sentence.
    pub fn words(&self) -> String {
        match self {
            Fact::Signature { says, .. } => format!("The provider says \"{says}\", which its catalogue entry knows"),
            Fact::Code(code) => format!("The answer carries the code \"{code}\""),
            Fact::Words(words) if words.is_empty() => "The words of the answer say so".to_owned(),
            Fact::Words(words) => format!("The answer says \"{words}\""),
            Fact::Status(status) => format!("The answer has the status {status}"),
            Fact::ErrorInSuccess(status) => format!("The answer is an error in spite of its status {status}"),
            Fact::Succeeded => "The answer carries what was asked for, and no error".to_owned(),
            Fact::Lifetime(raw) => {
                format!("The lifetime of the new token came as {raw}, which is no number of seconds to go by")
            }
            Fact::Network(failure) => network(*failure).to_owned(),
            Fact::ToldToWait => "The answer says to wait, or that nothing remains of a limit".to_owned(),
            Fact::AccessTokenAge { age, lifetime } => {
                format!("The access token is {} old and lives {}", span(*age), span(*lifetime))
            }
            Fact::NoRefreshToken => "There is no refresh token to renew it with".to_owned(),
            Fact::RefreshTokenAge { age, limit } => {
                format!("The refresh token is {} old, and the provider ends it after {}", span(*age), span(*limit))
            }
            Fact::LatestToken => "The refresh token that was sent is the last one the provider gave".to_owned(),
            Fact::Superseded => "The refresh token that was sent is not the last one the provider gave".to_owned(),
            Fact::ConcurrentRefresh => "Another refresh of the same grant ran at the same time".to_owned(),
            Fact::RotatedAgo(ago) => format!("The refresh token was replaced {} ago", span(*ago)),
            Fact::TokensIssued { issued, limit: Some(limit) } => {
                format!("{issued} refresh tokens were issued, and the provider keeps {limit}")
            }
            Fact::TokensIssued { issued, limit: None } => {
                format!("{issued} refresh tokens were issued for this account")
            }
            Fact::ScopesMissing(scopes) => format!("Asked for and not granted: {}", scopes.join(", ")),
            Fact::ScopesNamed(scopes) => format!("The API names what the call takes: {}", scopes.join(", ")),
            Fact::OtherTenant { expected, actual } => {
                format!("The call goes to \"{expected}\", and the token is of \"{actual}\"")
            }
            Fact::StateDiffers => "The state that came back is not the one that was sent".to_owned(),
            Fact::StateMissing => "No state came back".to_owned(),
            Fact::ClientInTesting { age: Some(age) } => {
                format!("The client is in testing at the provider, and the grant is {} old", span(*age))
            }
            Fact::ClientInTesting { age: None } => {
                "The client is in testing at the provider, where grants are short".to_owned()
            }
            Fact::ClientSecretEnded(ago) => {
                format!("The client's secret ended {} ago, as the server had said when it registered it", span(*ago))
            }
            Fact::ClockOff(seconds) if *seconds > 0 => format!("Our clock is {seconds} s ahead of the server's"),
            Fact::ClockOff(seconds) => format!("Our clock is {} s behind the server's", seconds.unsigned_abs()),
            Fact::PageInsteadOfData => "A page came where data should be".to_owned(),
            Fact::MendingPage(page) => {
                format!("The provider itself names the page where it is mended: {}", page.shown())
            }
            Fact::NothingMore => "Nothing in the answer says more".to_owned(),
            Fact::Kept(words) => words.clone(),
        }
    }
}

fn network(failure: NetworkFailure) -> &'static str {
    match failure {
        NetworkFailure::NameNotResolved => "The server's name was not found",
        NetworkFailure::NotConnected => "The server could not be reached",
        NetworkFailure::TimedOut => "The server did not answer in time",
        NetworkFailure::Tls => "No safe connection to the server could be made",
        NetworkFailure::CertificateOfAnotherTime => "By our clock the server's certificate is of another time",
        NetworkFailure::Intercepted => "Somebody between here and the server answers with a certificate of their own",
        NetworkFailure::Proxy => "The proxy on the way to the server refused",
        NetworkFailure::Broken => "The connection to the server broke",
    }
}

fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..=179 => format!("{seconds} s"),
        180..=10_799 => format!("{} min", seconds / 60),
        10_800..=259_199 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
