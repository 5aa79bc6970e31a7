//! From what was seen to a line for each setting: verdict, evidence, what to do [C5].

use super::{
    AuthorizeSeen, AuthorizeVerdict, CauseLabel, ConnectionSeen, DiscoverySeen, KeychainSeen, ListenerSeen,
    PairVerdict, SetupLine, SetupObservations, SetupPart, TokenSeen, Verdict, authorize_answer::Sign,
    read_authorize_answer,
};
use crate::provider::Pkce;
use crate::token::clock_skew::is_off;

/// Judges every setting, in the order of [`SetupPart::ALL`].
pub fn judge(seen: &SetupObservations) -> Vec<SetupLine> {
    let verdict = match &seen.authorize {
        AuthorizeSeen::Answered { answer, .. } => read_authorize_answer(answer, &seen.redirect_uri),
        AuthorizeSeen::TooLarge { .. } | AuthorizeSeen::Unreachable { .. } | AuthorizeSeen::NotAsked(_) => {
            AuthorizeVerdict::NotTold
        }
    };
    let finding = |part| match part {
        SetupPart::AuthorizeUrl => authorize_url(seen),
        SetupPart::TokenUrl => token_url(seen),
        SetupPart::RefreshUrl => refresh_url(seen),
        SetupPart::ClientPair => client_pair(seen, &verdict),
        SetupPart::RedirectUri => redirect_uri(seen, &verdict),
        SetupPart::Scopes => scopes(seen, &verdict),
        SetupPart::ResponseMapping => response_mapping(seen),
        SetupPart::TestCall => test_call(seen),
        SetupPart::Discovery => discovery(seen),
        SetupPart::Pkce => pkce(seen, &verdict),
        SetupPart::Clock => clock(seen),
        SetupPart::Listener => listener(seen),
        SetupPart::Keychain => keychain(seen),
    };
    SetupPart::ALL
        .into_iter()
        .map(|part| {
            let Finding { verdict, evidence, advice } = finding(part);
            SetupLine { part, verdict, evidence, advice }
        })
        .collect()
}

/// The worst of all lines: one failure fails the check; what is not known does not.
pub fn overall(lines: &[SetupLine]) -> Verdict {
    if lines.iter().any(|line| line.verdict == Verdict::Failed) {
        return Verdict::Failed;
    }
    let is_told = lines.iter().any(|line| line.part == SetupPart::ClientPair && line.verdict == Verdict::Passed);
    if is_told { Verdict::Passed } else { Verdict::NotKnown }
}

struct Finding {
    verdict: Verdict,
    evidence: String,
    advice: Option<String>,
}

impl Finding {
    fn passed(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, evidence: evidence.into(), advice: None }
    }

    fn failed(evidence: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed, evidence: evidence.into(), advice: Some(advice.into()) }
    }

    fn not_known(evidence: impl Into<String>) -> Self {
        Self { verdict: Verdict::NotKnown, evidence: evidence.into(), advice: None }
    }

    fn advising(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

fn authorize_url(seen: &SetupObservations) -> Finding {
    match &seen.authorize {
        AuthorizeSeen::NotAsked(why) => Finding::not_known(format!("not asked: {why}")),
        AuthorizeSeen::Unreachable { address, why } => Finding::failed(
            format!("GET {address}: {why}"),
            "Check the network and, where the address holds a name of yours, that name.",
        ),
        AuthorizeSeen::TooLarge { address } => {
            Finding::passed(format!("GET {address} answers with a page larger than is read here"))
        }
        AuthorizeSeen::Answered { address, answer } => {
            let said = format!("GET {address} answered {}", answer.status);
            match answer.status {
                404 | 405 | 410 => Finding::failed(said, "There is no such page: the address is wrong."),
                429 | 500..=599 => Finding::not_known(said).advising("The provider is not well just now. Check again."),
                _ => Finding::passed(said),
            }
        }
    }
}

fn token_url(seen: &SetupObservations) -> Finding {
    let address = &seen.token_address;
    match &seen.token {
        TokenSeen::NotAsked(why) => Finding::not_known(format!("not asked: {why}")),
        TokenSeen::Issued => Finding::failed(
            format!("POST {address} gave tokens for a code that nobody was given"),
            "That is no authorization server to trust: check the address.",
        ),
        TokenSeen::Refused(diagnosis) => {
            let Some(status) = diagnosis.http_status else {
                return Finding::failed(
                    format!("POST {address}: no answer"),
                    "Check the network and, where the address holds a name of yours, that name.",
                );
            };
            let code = diagnosis.provider_code.as_deref();
            match (code, status) {
                (_, 429 | 500..=599) => Finding::not_known(format!("POST {address} answered {status}"))
                    .advising("The provider is not well just now. Check again."),
                (Some(code), _) => Finding::passed(format!("POST {address} answered {status} {code}")),
                (None, 404 | 405) => {
                    Finding::failed(format!("POST {address} answered {status}"), "There is no token endpoint there.")
                }
                (None, _) if diagnosis.cause == CauseLabel::NetworkFailure => Finding::failed(
                    format!("POST {address} answered {status} with a page instead of data"),
                    "A sign-in page of a network, a proxy or a wrong address stands in between.",
                ),
                (None, 401) => Finding::passed(format!("POST {address} answered 401")),
                (None, _) => Finding::not_known(format!("POST {address} answered {status} without an error code")),
            }
        }
    }
}

fn refresh_url(seen: &SetupObservations) -> Finding {
    if let Some(failing) = seen.connections.iter().find(|it| it.is_alive && it.refresh_failure.is_some()) {
        if failing.refresh_failure == Some(CauseLabel::ClientCredentialsMismatch)
            && PairVerdict::of(&seen.token) == PairVerdict::Good
        {
            let name = &failing.name;
            return Finding::not_known(format!(
                "the last refresh of {name} was refused, and the client is let in by now"
            ))
            .advising(format!("Refresh {name}: that proves it."));
        }
        let cause = failing.refresh_failure.map_or("unknown", CauseLabel::as_str);
        return Finding::failed(
            format!("the last refresh of {} failed: {cause}", failing.name),
            "Open that connection: it names the cause.",
        );
    }
    if let Some((name, at)) = newest(seen, |it| it.issued_at.filter(|_| it.was_refreshed)) {
        return Finding::passed(format!("{name} was refreshed there at {at}"));
    }
    match &seen.refresh_address {
        None => Finding { evidence: format!("the token URL itself: {}", token_url(seen).evidence), ..token_url(seen) },
        Some(address) => Finding::not_known(format!("{address}: no connection of this client was refreshed yet")),
    }
}

fn client_pair(seen: &SetupObservations, verdict: &AuthorizeVerdict) -> Finding {
    let Some(client) = &seen.client else {
        return Finding::not_known("no client of this provider is known here")
            .advising("Add one: the page says what to register.");
    };
    if client.keychain == KeychainSeen::Missing {
        return Finding::failed("the keychain holds no secret for this client", "Enter the secret again.");
    }
    let said = match &seen.token {
        TokenSeen::Refused(diagnosis) => match (diagnosis.http_status, diagnosis.provider_code.as_deref()) {
            (None, _) => "not asked: the token endpoint could not be reached".to_owned(),
            (Some(status), None) if diagnosis.cause == CauseLabel::NetworkFailure => {
                format!("a wrong code was answered with {status} and a page, not by a token endpoint")
            }
            (Some(status), code) => {
                format!("a wrong code was answered with {status} {}", code.unwrap_or(diagnosis.cause.as_str()))
            }
        },
        TokenSeen::Issued => "a wrong code was answered with tokens".to_owned(),
        TokenSeen::NotAsked(why) => format!("not asked: {why}"),
    };
    let is_public = client.keychain == KeychainSeen::NothingToHold;
    match PairVerdict::of(&seen.token) {
        PairVerdict::Refused => Finding::failed(
            said,
            if is_public {
                "The provider does not know this client id, or wants a secret with it."
            } else {
                "The id and the secret do not belong together, the secret was replaced at the provider, or the client \
                 is registered there for another way to prove itself."
            },
        ),
        PairVerdict::Good if is_public => {
            Finding::passed(format!("{said}: the code is refused, the client id is not; it has no secret"))
        }
        PairVerdict::Good => Finding::passed(format!("{said}: the code is refused, the client is not")),
        PairVerdict::NotTold => match (verdict, newest(seen, |it| it.issued_at)) {
            (AuthorizeVerdict::ClientRefused(code), _) => {
                Finding::failed(format!("the sign-in page refuses the client: {code}"), "Check the client id.")
            }
            (_, Some((name, at))) => Finding::passed(format!("{name} got a token with it at {at}; {said}")),
            (_, None) => Finding::not_known(said).advising("Only a sign-in shows it."),
        },
    }
}

fn redirect_uri(seen: &SetupObservations, verdict: &AuthorizeVerdict) -> Finding {
    let uri = &seen.redirect_uri;
    if seen.client.is_none() {
        return Finding::not_known(format!("{uri}: checked with a client"));
    }
    if let Some(why) = unanswered(seen) {
        return Finding::not_known(why);
    }
    match verdict {
        AuthorizeVerdict::RedirectRefused(code) => Finding::failed(
            format!("the sign-in page refuses {uri}: {code}"),
            format!("Register exactly {uri}: same scheme, host, port and path, no slash at the end."),
        ),
        AuthorizeVerdict::ClientRefused(_) => Finding::not_known("the client is refused before it is looked at"),
        AuthorizeVerdict::Accepted(Sign::CameBack)
        | AuthorizeVerdict::ScopeRefused(_)
        | AuthorizeVerdict::PkceRefused(_)
            if matches!(&seen.authorize, AuthorizeSeen::Answered { answer, .. } if answer.location.is_some()) =>
        {
            Finding::passed(format!("the provider redirects to {uri}"))
        }
        AuthorizeVerdict::Accepted(sign) => {
            let what = if *sign == Sign::AtItsPage { "a sign-in page" } else { "a redirect to a sign-in page" };
            Finding::passed(format!("the request with {uri} is answered with {what}, not with an error"))
        }
        AuthorizeVerdict::Refused(code) => {
            Finding::not_known(format!("the sign-in page refuses, without saying why: {code}"))
                .advising(format!("Compare what is registered with {uri}, character for character."))
        }
        AuthorizeVerdict::ScopeRefused(_)
        | AuthorizeVerdict::PkceRefused(_)
        | AuthorizeVerdict::Broken
        | AuthorizeVerdict::NotTold => Finding::not_known("the page does not tell a machine")
            .advising(format!("Compare what is registered with {uri}, character for character.")),
    }
}

fn scopes(seen: &SetupObservations, verdict: &AuthorizeVerdict) -> Finding {
    if !seen.has_scopes {
        return Finding::passed("this provider knows no scopes");
    }
    if let AuthorizeVerdict::ScopeRefused(code) = verdict {
        return Finding::failed(
            format!("{code} for {}", seen.scopes.join(" ")),
            "Add these scopes to the client at the provider, or ask for fewer.",
        );
    }
    let alive: Vec<_> = seen.connections.iter().filter(|it| it.is_alive).collect();
    if let Some(lacking) = alive.iter().find(|it| !it.missing_scopes.is_empty()) {
        return Finding::failed(
            format!("{} was not granted {}", lacking.name, lacking.missing_scopes.join(" ")),
            "Add the scope to the client where the provider lists them, then reconnect and leave every box ticked.",
        );
    }
    match alive.first() {
        Some(one) => Finding::passed(format!("{} was granted all that was asked for", one.name)),
        None => Finding::not_known(unanswered(seen).unwrap_or_else(|| {
            let said = match verdict {
                AuthorizeVerdict::Accepted(_) => "asked for in the request and not refused",
                AuthorizeVerdict::ClientRefused(_)
                | AuthorizeVerdict::RedirectRefused(_)
                | AuthorizeVerdict::ScopeRefused(_)
                | AuthorizeVerdict::PkceRefused(_)
                | AuthorizeVerdict::Refused(_) => "the request is refused for something else",
                AuthorizeVerdict::Broken | AuthorizeVerdict::NotTold => "the page does not tell a machine",
            };
            format!("{said}; only a consent shows what is granted")
        })),
    }
}

/// Why nothing is known of what only the sign-in page tells.
fn unanswered(seen: &SetupObservations) -> Option<String> {
    match &seen.authorize {
        AuthorizeSeen::Unreachable { .. } => Some("not known: the sign-in page could not be reached".to_owned()),
        AuthorizeSeen::NotAsked(why) => Some(format!("not asked: {why}")),
        AuthorizeSeen::Answered { .. } | AuthorizeSeen::TooLarge { .. } => None,
    }
}

fn response_mapping(seen: &SetupObservations) -> Finding {
    let read = seen.connections.iter().find(|it| it.is_alive && it.has_access_token);
    match read {
        Some(one) if one.account.is_none() && seen.has_identity_call => Finding::not_known(format!(
            "the tokens of {} were read; the provider's answer did not say whose they are",
            one.name
        )),
        Some(one) => {
            let who =
                one.account.as_deref().map_or_else(String::new, |account| format!(", and that they are {account}'s"));
            let odd = match one.defect_count {
                0 => String::new(),
                1 => "; one oddity was understood".to_owned(),
                count => format!("; {count} oddities were understood"),
            };
            Finding::passed(format!("the token answer of {} was read{who}{odd}", one.name))
        }
        None => match &seen.token {
            TokenSeen::Refused(diagnosis) if diagnosis.provider_code.is_some() => {
                Finding::not_known("the error answer was read; tokens were not seen yet")
            }
            TokenSeen::Refused(_) | TokenSeen::Issued | TokenSeen::NotAsked(_) => {
                Finding::not_known("no connection of this client has a token yet")
            }
        },
    }
}

fn test_call(seen: &SetupObservations) -> Finding {
    let last = seen.connections.iter().filter_map(|it| Some((it, it.tested?))).max_by_key(|(_, (at, _))| *at);
    match last {
        Some((one, (at, None))) => Finding::passed(format!("{} answered at {at}", one.name)),
        Some((one, (at, Some(cause)))) => Finding::failed(
            format!("the call with {} failed at {at}: {}", one.name, cause.as_str()),
            "Open that connection: it names the cause.",
        ),
        None if !seen.has_identity_call => Finding::not_known("this provider has no call that says who is signed in"),
        None => Finding::not_known("no connection of this client was tested yet"),
    }
}

fn discovery(seen: &SetupObservations) -> Finding {
    match &seen.discovery {
        DiscoverySeen::NotOffered => Finding::not_known("the provider publishes no document to compare with"),
        DiscoverySeen::Unusable(why) => Finding::not_known(format!("its document could not be read: {why}")),
        DiscoverySeen::Read { differing, .. } => match differing.as_slice() {
            [] => Finding::passed("the provider's own document names the same addresses"),
            all => Finding::failed(
                all.iter()
                    .map(|(field, ours, theirs)| format!("{field}: {ours} here, {theirs} in the provider's document"))
                    .collect::<Vec<_>>()
                    .join("; "),
                "The provider has moved it, or the entry is wrong: put the new address into a provider file of yours.",
            ),
        },
    }
}

fn pkce(seen: &SetupObservations, verdict: &AuthorizeVerdict) -> Finding {
    if let AuthorizeVerdict::PkceRefused(code) = verdict {
        return Finding::failed(
            format!("the sign-in page refuses the challenge: {code}"),
            "Switch PKCE on for the client, or choose another kind of client there.",
        );
    }
    match (&seen.discovery, seen.pkce) {
        (DiscoverySeen::Read { lists_s256: true, .. }, _) => {
            Finding::passed("the provider's document lists S256; it is sent")
        }
        (_, Pkce::Required) => Finding::passed("required by the provider; S256 is sent"),
        (_, Pkce::Supported) => Finding::passed("supported by the provider; S256 is sent"),
        (_, Pkce::Undocumented) => Finding::not_known("not documented; S256 is sent all the same"),
    }
}

fn clock(seen: &SetupObservations) -> Finding {
    let Some(ahead) = seen.clock_ahead_ms else { return Finding::not_known("no answer carried a usable date") };
    let seconds = ahead.unsigned_abs() / 1000;
    let side = if ahead >= 0 { "ahead of" } else { "behind" };
    if is_off(ahead) {
        return Finding::failed(
            format!("this computer's clock is {seconds} s {side} the provider's"),
            "Set the clock by the network.",
        );
    }
    if seconds == 0 {
        return Finding::passed("this computer's clock agrees with the provider's");
    }
    Finding::passed(format!("this computer's clock is {seconds} s {side} the provider's"))
}

fn listener(seen: &SetupObservations) -> Finding {
    match &seen.listener {
        ListenerSeen::Bound if seen.is_any_port => Finding::passed("a free port was opened and closed again"),
        ListenerSeen::Bound => Finding::passed(format!("{} was listened at", seen.redirect_uri)),
        ListenerSeen::Refused(why) => Finding::failed(why.clone(), "Close the program that holds the port."),
    }
}

fn keychain(seen: &SetupObservations) -> Finding {
    match seen.client.as_ref().map(|client| &client.keychain) {
        None => Finding::not_known("there is no client to hold a secret of"),
        Some(KeychainSeen::Holds) => Finding::passed("the keychain holds the secret"),
        Some(KeychainSeen::NothingToHold) => Finding::passed("this client has no secret to hold"),
        Some(KeychainSeen::Missing) => {
            Finding::failed("the keychain holds no secret for this client", "Enter the secret again.")
        }
        Some(KeychainSeen::Unavailable(why)) => Finding::failed(why.clone(), "Unlock the keychain, and check again."),
    }
}

/// The connection for which something happened last, and when, to the second.
fn newest(
    seen: &SetupObservations,
    when: impl Fn(&ConnectionSeen) -> Option<jiff::Timestamp>,
) -> Option<(&str, jiff::Timestamp)> {
    let alive = seen.connections.iter().filter(|it| it.is_alive);
    let (name, at) = alive.filter_map(|it| Some((it.name.as_str(), when(it)?))).max_by_key(|(_, at)| *at)?;
    Some((name, jiff::Timestamp::from_second(at.as_second()).unwrap_or(at)))
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
