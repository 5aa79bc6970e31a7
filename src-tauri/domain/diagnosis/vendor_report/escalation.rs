//! What is tried first, and from when on only the vendor can help [C7].

use jiff::{SignedDuration, Timestamp};

use super::cause_of;
use crate::diagnosis::failure_bundle::FailureFacts;
use crate::diagnosis::{ActionLabel, CauseLabel};
use crate::lifecycle_event::EventKind;

/// A grant that ends again within this time after a reconnect does not end by chance.
const AGAIN_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);
/// An outage this long is worth a word.
const LONG_OUTAGE: SignedDuration = SignedDuration::from_hours(1);
/// A limit that has not let go within a day is no burst.
const LONG_LIMIT: SignedDuration = SignedDuration::from_hours(24);

/// What to do about it, in the order of what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscalationStep {
    Nothing,
    Wait,
    Refresh,
    /// The same account, once more through the consent page.
    Reconnect,
    /// Clock, network, or the request itself: on this side.
    MendHere,
    ShareResource,
    AskAdmin,
    /// A new client secret.
    RotateCredentials,
    /// The client's set-up, or a new client and new connections.
    Rebuild,
    ContactVendor,
}

impl EscalationStep {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Wait => "wait",
            Self::Refresh => "refresh",
            Self::Reconnect => "reconnect",
            Self::MendHere => "mend_here",
            Self::ShareResource => "share_resource",
            Self::AskAdmin => "ask_admin",
            Self::RotateCredentials => "rotate_credentials",
            Self::Rebuild => "rebuild",
            Self::ContactVendor => "contact_vendor",
        }
    }
}

/// One step, why that one, and what would make it the vendor's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    pub step: EscalationStep,
    pub reason: String,
    pub vendor_when: String,
}

/// Follows from the cause, the action advised for it, and whether that has been tried already.
pub fn escalation(facts: &FailureFacts<'_>) -> Escalation {
    let cause = cause_of(facts);
    let name = &facts.provider.name;
    let action = facts.report.map_or_else(
        || cause.usual_action(),
        |it| {
            if it.verdict.diagnosis.cause == cause { it.verdict.diagnosis.action } else { cause.usual_action() }
        },
    );
    let of = |step, reason: String, vendor_when: String| Escalation { step, reason, vendor_when };
    match action {
        ActionLabel::Reconnect | ActionLabel::ReconnectWithMoreScopes | ActionLabel::ReconnectOtherAccount => {
            reconnecting(facts, cause)
        }
        ActionLabel::WaitAndRetry => waiting(facts, cause),
        ActionLabel::Refresh => of(
            EscalationStep::Refresh,
            "Only the access token is over; the grant behind it stands.".to_owned(),
            format!("When {name} refuses a token that was refreshed a moment before."),
        ),
        ActionLabel::FixClientConfig if cause == CauseLabel::ClientCredentialsMismatch => of(
            EscalationStep::RotateCredentials,
            "The client itself is refused, so every connection of it fails, and a reconnect would fail alike. Compare \
             its id with the provider's console, then rotate its secret."
                .to_owned(),
            "When a secret that was made just now is refused too.".to_owned(),
        ),
        ActionLabel::FixClientConfig => of(
            EscalationStep::Rebuild,
            "The client is not registered for what is asked of it. Mend its set-up in the provider's console; where \
             that cannot be changed, make a new client and connect again with it."
                .to_owned(),
            "When the console shows the right set-up, and the answer is the same an hour later.".to_owned(),
        ),
        ActionLabel::FixRequest => of(
            EscalationStep::MendHere,
            "The request is refused as it was sent, and not whoever sent it.".to_owned(),
            "When the request is as their documentation has it.".to_owned(),
        ),
        ActionLabel::FixClock => of(
            EscalationStep::MendHere,
            "The clock of this computer is off. Nothing is wrong at the provider.".to_owned(),
            "Not for this.".to_owned(),
        ),
        ActionLabel::ShareResource => of(
            EscalationStep::ShareResource,
            "The grant works; whoever owns the object has to let the account or the app in.".to_owned(),
            "When it is shared, and still not found a quarter of an hour later.".to_owned(),
        ),
        ActionLabel::AskAdmin => of(
            EscalationStep::AskAdmin,
            "A rule of the organisation decides, and only its administrator can change that. Consent given once more \
             changes nothing."
                .to_owned(),
            "When the administrator finds no rule that would do this.".to_owned(),
        ),
        ActionLabel::ContactProvider => of(
            EscalationStep::ContactVendor,
            format!("What is in the way is set at {name}, and nothing on this side changes it."),
            "At once.".to_owned(),
        ),
        ActionLabel::None => of(
            EscalationStep::Nothing,
            "Nothing fails at the moment.".to_owned(),
            "When it fails again, with the ids of those requests.".to_owned(),
        ),
    }
}

/// A reconnect helps once. What ends again soon after has a reason that consent does not mend.
fn reconnecting(facts: &FailureFacts<'_>, cause: CauseLabel) -> Escalation {
    let name = &facts.provider.name;
    let count = recent_reconnects(facts);
    if cause.ends_the_grant() && count >= 2 {
        return Escalation {
            step: EscalationStep::ContactVendor,
            reason: format!(
                "It was reconnected {count} times within 14 days, and ended again each time. Another reconnect would \
                 end alike: {name} can say from its logs what ends it."
            ),
            vendor_when: "At once.".to_owned(),
        };
    }
    if cause == CauseLabel::RefreshTokenMissing && count >= 1 {
        return Escalation {
            step: EscalationStep::Rebuild,
            reason: "A reconnect brought no refresh token either: the client is not set up to get one. Mend it in the \
                     provider's console, or make a new client."
                .to_owned(),
            vendor_when: "When the console shows that the client may have refresh tokens, and none come.".to_owned(),
        };
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else a reconnect mends is over")]
    let reason = match cause {
        CauseLabel::InsufficientScope => "The grant works for less than is asked of it. A wider consent mends that.",
        CauseLabel::WrongTenantOrAccount => "The grant is another account's. The right one has to sign in.",
        CauseLabel::SsoRequired | CauseLabel::InteractionRequired | CauseLabel::ConsentRequired => {
            "A person has to be present once; nothing can be done in the background."
        }
        CauseLabel::RefreshTokenReused => {
            "The chain of refresh tokens is broken, and no copy of it can be mended. Stop whatever else uses this \
             grant first, or it breaks again."
        }
        _ => "The grant is over, and no retry brings it back; a new consent does, within a minute.",
    };
    Escalation {
        step: EscalationStep::Reconnect,
        reason: reason.to_owned(),
        vendor_when: "When it ends again within two weeks of a reconnect, twice.".to_owned(),
    }
}

fn waiting(facts: &FailureFacts<'_>, cause: CauseLabel) -> Escalation {
    let name = &facts.provider.name;
    let lasts = failing_since(facts).map(|since| facts.written_at.duration_since(since)).unwrap_or_default();
    let (is_long, vendor_when) = if cause == CauseLabel::RateLimited {
        (lasts >= LONG_LIMIT, "When the limit has not let go within a day.")
    } else if cause == CauseLabel::ProviderOutage {
        (lasts >= LONG_OUTAGE, "When it lasts an hour, and their status page shows nothing.")
    } else {
        (false, "When others reach them from other networks, and you do not.")
    };
    if is_long {
        return Escalation {
            step: EscalationStep::ContactVendor,
            reason: format!(
                "It has lasted {}. Look at the status page of {name} first; if that shows nothing, they do not know.",
                crate::display_text::length(lasts)
            ),
            vendor_when: "At once, unless the status page tells of it.".to_owned(),
        };
    }
    let reason = if cause == CauseLabel::NetworkFailure {
        "No answer came: the way there is broken, and the grant is not touched."
    } else {
        "It passes by itself, and the grant is not touched. A reconnect would change nothing."
    };
    Escalation { step: EscalationStep::Wait, reason: reason.to_owned(), vendor_when: vendor_when.to_owned() }
}

fn failing_since(facts: &FailureFacts<'_>) -> Option<Timestamp> {
    let streak = facts.connection.refresh_failures.as_ref().map(|it| it.since);
    streak.or_else(|| facts.report?.verdict.first_bad.as_ref().map(|it| it.at))
}

fn recent_reconnects(facts: &FailureFacts<'_>) -> usize {
    let is_recent = |at: Timestamp| facts.written_at.duration_since(at) <= AGAIN_WITHIN;
    facts.events.iter().filter(|it| it.kind == EventKind::Reconnected && is_recent(it.at)).count()
}
