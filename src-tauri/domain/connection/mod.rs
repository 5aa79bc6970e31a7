//! Connection: one authorised grant — provider, client, account, workspace, environment [A1, A9].

pub mod authorization;
pub mod binding;
pub mod client_rotation;
pub mod farewell;
pub mod grant_budget;
pub mod reconnect;
pub mod sprawl;
pub mod status;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::diagnosis::{CauseLabel, Diagnosis};
use crate::ids::{ClientId, ConnectionId, DependantId, ProviderId, TokenVersion};
use crate::lifecycle::refresh_reason::RefreshReason;
use crate::provider::{ClientAuthentication, RedirectRule};
use crate::secret::KnownSecrets;
use crate::token::{Expiry, TokenFacts};

/// One connection, as the database knows it. Holds no secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    pub id: ConnectionId,
    pub name: String,
    pub provider: ProviderId,
    pub client: ClientId,
    pub customer: Option<String>,
    pub environment: Environment,
    pub identity: Identity,
    pub endpoints: FrozenEndpoints,
    pub scopes: Scopes,
    pub automatic_refresh: bool,
    pub created_at: Timestamp,
    pub grant: GrantState,
    pub token: Option<TokenFacts>,
    /// When the provider said the refresh token ends, if it did.
    pub refresh_token_ends_at: Option<Timestamp>,
    /// Whether a refresh was seen to move that end. `None`: none has shown it yet.
    pub refresh_end_moves: Option<bool>,
    pub refresh_failures: Option<FailureStreak>,
    /// When it last came back by itself: a refresh or a call that worked after one that had not. `None` since the
    /// sign-in.
    pub recovered_at: Option<Timestamp>,
    pub proof: Option<Proof>,
}

impl Connection {
    /// The version of the token bundle that counts; zero where none does [A4].
    pub fn token_version(&self) -> TokenVersion {
        self.token.as_ref().map(|token| token.version).unwrap_or_default()
    }

    /// Whether a grant of it lives at the provider, as far as is known.
    pub fn is_living(&self) -> bool {
        let is_alive = match self.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } => true,
            GrantState::Ended { .. } | GrantState::SecretMissing { .. } | GrantState::Disconnected { .. } => false,
        };
        is_alive && self.token.is_some()
    }

    /// Whether tokens of another account lie here: a refresh brought them. They are given to nobody, and kept until they
    /// can be revoked [S101].
    pub fn keeps_tokens_of_others(&self) -> bool {
        match &self.grant {
            GrantState::Ended { diagnosis, .. } => {
                diagnosis.cause == CauseLabel::WrongTenantOrAccount && self.token.is_some()
            }
            GrantState::Alive { .. }
            | GrantState::OutcomeUnknown { .. }
            | GrantState::SecretMissing { .. }
            | GrantState::Disconnected { .. } => false,
        }
    }

    /// Whether tokens of it may work at the provider, ours or not: then they are revoked when it is let go [A10].
    pub fn has_tokens_to_revoke(&self) -> bool {
        self.is_living() || self.keeps_tokens_of_others() || self.is_blocked()
    }

    /// The provider refuses the grant, and has not ended it: an administrator may bring it back without a sign-in.
    pub fn is_blocked(&self) -> bool {
        matches!(&self.grant, GrantState::Ended { diagnosis, .. } if diagnosis.cause.is_block())
    }

    /// Whether secrets of it ought to be in the keychain: then it works no more than that does [A3].
    pub fn rests_on_keychain(&self) -> bool {
        match self.grant {
            GrantState::Alive { .. } | GrantState::OutcomeUnknown { .. } | GrantState::SecretMissing { .. } => true,
            GrantState::Ended { .. } | GrantState::Disconnected { .. } => false,
        }
    }

    /// When the token in hand ends without anything to renew it: a person is needed from then on [B10].
    pub fn runs_out_at(&self) -> Option<Timestamp> {
        let token = self.token.as_ref().filter(|_| matches!(self.grant, GrantState::Alive { .. }))?;
        match token.expiry {
            Expiry::At(at) if !token.has_refresh_token => Some(at),
            Expiry::At(_) | Expiry::Unknown | Expiry::Never => None,
        }
    }

    /// A person knows of refusals without a word, which are tried again [B4].
    pub fn is_told_of_refusals(&self) -> bool {
        self.refresh_failures.as_ref().is_some_and(|streak| streak.told_at().is_some())
    }

    /// Its refresh token was sent twice in vain, and a person knows: it is not sent again by itself [A5].
    pub fn has_lost_answers(&self) -> bool {
        self.refresh_failures.as_ref().is_some_and(|streak| streak.last.is_of_answers_lost())
    }

    /// What was last seen of it is a failure: the next success is a recovery.
    pub fn is_failing(&self) -> bool {
        self.refresh_failures.is_some()
            || matches!(self.grant, GrantState::OutcomeUnknown { .. })
            || self.proof.as_ref().is_some_and(|proof| proof.failure.as_ref().is_some_and(|it| !it.is_transient()))
    }

    /// The last call showed another account or workspace than the connection's: only a call that shows the right one, or
    /// a sign-in, says otherwise [A7, S101].
    pub fn answers_as_another(&self) -> bool {
        let failure = self.proof.as_ref().and_then(|proof| proof.failure.as_ref());
        failure.is_some_and(|it| it.cause == CauseLabel::WrongTenantOrAccount)
    }

    /// The last thing proved is that the API refuses the token in hand, whatever its expiry says. A refresh
    /// that succeeds proves the opposite.
    pub fn is_token_refused(&self) -> bool {
        let failure = self.proof.as_ref().and_then(|proof| proof.failure.as_ref());
        failure.is_some_and(|it| {
            matches!(it.cause, CauseLabel::AccessTokenExpired | CauseLabel::AccessTokenInvalid | CauseLabel::ClockSkew)
        })
    }
}

/// Fixed with the grant: a refresh token goes nowhere else [S073, S009].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrozenEndpoints {
    pub issuer: Option<String>,
    pub token_endpoint: Url,
    /// Fields of the token answer that later calls need (`instance_url`).
    pub kept_fields: Vec<(String, String)>,
}

/// A label that never mixes with another [A9].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Environment {
    #[default]
    Production,
    Staging,
    Sandbox,
}

impl Environment {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Sandbox => "sandbox",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Production, Self::Staging, Self::Sandbox].into_iter().find(|it| it.as_str() == text)
    }
}

/// Who a grant belongs to, as the provider says. The subject decides; the label is for people [S101].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub subject: Option<String>,
    /// An e-mail address, login or name.
    pub label: Option<String>,
    pub workspace_id: Option<String>,
    pub workspace_name: Option<String>,
    /// `consumer`, `organisation halden.no`, `bot`: in words [C8].
    pub account_kind: Option<String>,
}

impl Identity {
    /// Without the secrets in hand: who is asked for a name may answer with the token it was shown [A3].
    #[must_use]
    pub fn without(self, secrets: &KnownSecrets) -> Self {
        let cleaned = |text: Option<String>| text.map(|it| secrets.named_in(&it));
        Self {
            subject: cleaned(self.subject),
            label: cleaned(self.label),
            workspace_id: cleaned(self.workspace_id),
            workspace_name: cleaned(self.workspace_name),
            account_kind: cleaned(self.account_kind),
        }
    }

    /// What a person recognises the account by.
    pub fn account(&self) -> Option<&str> {
        self.label.as_deref().or(self.subject.as_deref())
    }

    /// Whether both are one account: by subject where both have one, else by e-mail address, in which the case of a to z
    /// says nothing. `None`: neither is known on both sides; a name or a login may be anybody's [S101].
    pub fn is_same_account(&self, other: &Self) -> Option<bool> {
        if let (Some(ours), Some(theirs)) = (&self.subject, &other.subject) {
            return Some(ours == theirs);
        }
        let address = |identity: &Self| identity.label.clone().filter(|it| it.contains('@'));
        let (ours, theirs) = address(self).zip(address(other))?;
        Some(ours.eq_ignore_ascii_case(&theirs))
    }

    /// The organisation's domain: as the provider says, else the one of the e-mail address [C8].
    pub fn domain(&self) -> Option<&str> {
        let said = self.account_kind.as_deref().and_then(|kind| kind.strip_prefix("organisation "));
        said.or_else(|| {
            let (name, domain) = self.label.as_deref()?.rsplit_once('@')?;
            (!name.is_empty() && domain.contains('.') && !domain.contains(' ')).then_some(domain)
        })
    }

    /// The kind of account without its domain: `organisation`, `consumer`, `bot` [C8].
    pub fn kind(&self) -> Option<&str> {
        let kind = self.account_kind.as_deref()?;
        Some(if kind.starts_with("organisation ") { "organisation" } else { kind })
    }

    /// What a person recognises the workspace by.
    pub fn workspace(&self) -> Option<&str> {
        self.workspace_name.as_deref().or(self.workspace_id.as_deref())
    }
}

/// Asked for and granted, kept apart [S013].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    pub requested: Vec<String>,
    pub granted: Vec<String>,
}

impl Scopes {
    /// Asked for, not granted.
    pub fn missing(&self) -> impl Iterator<Item = &String> {
        self.requested.iter().filter(|scope| !self.granted.contains(scope))
    }
}

/// Where the grant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantState {
    Alive {
        granted_at: Timestamp,
    },
    /// A refresh left and no answer came back: the refresh token is probably spent.
    OutcomeUnknown {
        granted_at: Timestamp,
        asked_at: Timestamp,
    },
    /// The provider has ended it; no refresh is tried again [B5].
    Ended {
        at: Timestamp,
        diagnosis: Diagnosis,
    },
    /// The keychain holds no secret for it, though it answers.
    SecretMissing {
        at: Timestamp,
    },
    /// A person disconnected it.
    Disconnected {
        at: Timestamp,
    },
}

impl GrantState {
    /// The same after a request at `asked_at` that may have spent its refresh token. `None`: there is nothing to doubt.
    pub fn in_doubt_since(&self, asked_at: Timestamp) -> Option<Self> {
        match *self {
            Self::Alive { granted_at } => Some(Self::OutcomeUnknown { granted_at, asked_at }),
            Self::OutcomeUnknown { .. }
            | Self::Ended { .. }
            | Self::SecretMissing { .. }
            | Self::Disconnected { .. } => None,
        }
    }
}

/// Refreshes that failed one after the other, for reasons that may pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureStreak {
    pub since: Timestamp,
    pub count: u32,
    pub last: Diagnosis,
    pub retry_at: Timestamp,
    /// Those of them that were refused without a word.
    pub wordless: Option<WordlessRefusals>,
}

/// Refusals that name no reason, whatever outages lie between them [B4].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordlessRefusals {
    pub since: Timestamp,
    pub count: u32,
    pub last: Diagnosis,
    /// When they were so many, over so long, that a person was told.
    pub told_at: Option<Timestamp>,
}

/// So many refusals without a word, over so long, are no accident: the first tries follow each other in seconds.
const REPEATED: u32 = 3;
const REPEATED_OVER: SignedDuration = SignedDuration::from_mins(5);

impl FailureStreak {
    /// The streak as it is after one more failure. An outage neither counts as a refusal nor makes one undone [B4].
    #[must_use]
    pub fn after(before: Option<&Self>, diagnosis: Diagnosis, retry_at: Timestamp, now: Timestamp) -> Self {
        let wordless = before.and_then(|it| it.wordless.as_ref());
        Self {
            since: before.map_or(now, |it| it.since),
            count: before.map_or(1, |it| it.count.saturating_add(1)),
            wordless: if diagnosis.is_guessed() {
                Some(WordlessRefusals::after(wordless, diagnosis.clone(), now))
            } else {
                wordless.cloned()
            },
            last: diagnosis,
            retry_at,
        }
    }

    /// Since when a person knows of refusals without a word. They are tried again all the same.
    pub fn told_at(&self) -> Option<Timestamp> {
        self.wordless.as_ref()?.told_at
    }

    /// Whether a person has to mend it: what does not pass by itself, and a refusal without a word that was repeated.
    /// An outage after that changes nothing [B4, B5].
    pub fn is_for_person(&self) -> bool {
        self.told_at().is_some() || !self.last.is_transient() && !self.last.is_guessed()
    }

    /// The failure that says what is wrong: once a person was told of refusals without a word, that is them, whatever
    /// else happens to a try.
    pub fn telling(&self) -> &Diagnosis {
        match &self.wordless {
            Some(WordlessRefusals { told_at: Some(_), last, .. }) if self.last.is_transient() => last,
            _ => &self.last,
        }
    }
}

impl WordlessRefusals {
    fn after(before: Option<&Self>, diagnosis: Diagnosis, now: Timestamp) -> Self {
        let since = before.map_or(now, |it| it.since);
        let count = before.map_or(1, |it| it.count.saturating_add(1));
        let is_repeated = count >= REPEATED && now.duration_since(since) >= REPEATED_OVER;
        Self { since, count, last: diagnosis, told_at: before.and_then(|it| it.told_at).or(is_repeated.then_some(now)) }
    }
}

/// The last time someone looked, how, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub at: Timestamp,
    pub by: ProofKind,
    /// `None` when it worked.
    pub failure: Option<Diagnosis>,
    pub latency_ms: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    SignIn,
    Refresh,
    TestCall,
}

impl ProofKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Refresh => "refresh",
            Self::TestCall => "test_call",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::SignIn, Self::Refresh, Self::TestCall].into_iter().find(|it| it.as_str() == text)
    }
}

/// A client: the OAuth app a person registered at a provider, or the built-in one of a practice provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: ClientId,
    pub provider: ProviderId,
    pub name: String,
    /// What the provider calls it.
    pub client_id: String,
    pub has_secret: bool,
    pub environment: Environment,
    /// The port registered in its redirect URI, where the provider compares ports.
    pub redirect_port: Option<u16>,
    /// Values of the provider's variables, taken where a sign-in says none.
    pub variables: BTreeMap<String, String>,
    /// The redirect URI registered with it, where it is another than the provider's usual one.
    pub redirect: Option<RedirectRule>,
    /// How it proves itself, where the provider knows several ways and one was chosen.
    pub authentication: Option<ClientAuthentication>,
    pub created_at: Timestamp,
}

/// A workflow that leans on a connection [D1].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependant {
    pub id: DependantId,
    pub connection: ConnectionId,
    pub workflow: String,
    /// Where it runs: a platform, a machine, a script.
    pub place: String,
    pub step: Option<String>,
    pub owner: Option<String>,
    pub provenance: Provenance,
    pub seen_at: Timestamp,
}

/// How a dependant came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    ByHand,
    TokenDoor,
}

impl Provenance {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::TokenDoor => "token_door",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::ByHand, Self::TokenDoor].into_iter().find(|it| it.as_str() == text)
    }
}

/// One link in the chain of a connection's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenLink {
    pub version: crate::TokenVersion,
    pub access_fingerprint: Option<crate::Fingerprint>,
    pub refresh_fingerprint: Option<crate::Fingerprint>,
    pub issued_at: Timestamp,
    pub issued_by: IssuedBy,
    /// Why it was fetched, where a refresh brought it.
    pub reason: Option<RefreshReason>,
    pub outcome: LinkOutcome,
    /// When it stopped counting.
    pub ended_at: Option<Timestamp>,
}

/// What became of a token version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    InUse,
    Replaced,
    /// It was sent, and no answer came back.
    ProbablySpent,
    /// The provider refused it for good.
    Refused,
    /// The keychain answered and did not hold it.
    Missing,
    /// A person disconnected.
    Disconnected,
    /// It ran out, and nothing renews it: derived, never stored.
    Expired,
}

impl LinkOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Replaced => "replaced",
            Self::ProbablySpent => "probably_spent",
            Self::Refused => "refused",
            Self::Missing => "missing",
            Self::Disconnected => "disconnected",
            Self::Expired => "expired",
        }
    }

    /// Of what is stored.
    pub fn from_text(text: &str) -> Option<Self> {
        let all = [Self::InUse, Self::Replaced, Self::ProbablySpent, Self::Refused, Self::Missing, Self::Disconnected];
        all.into_iter().find(|it| it.as_str() == text)
    }
}

/// What brought a token version about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuedBy {
    Connect,
    Refresh,
    Reconnect,
    /// Another tool held it before.
    Import,
}

impl IssuedBy {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Refresh => "refresh",
            Self::Reconnect => "reconnect",
            Self::Import => "import",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Connect, Self::Refresh, Self::Reconnect, Self::Import].into_iter().find(|it| it.as_str() == text)
    }
}
