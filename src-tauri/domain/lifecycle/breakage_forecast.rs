//! When a grant dies if nobody acts, how sure that is and why: what the provider said of it, what it documents, and
//! how long earlier grants lived [B10, B11, D3].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::connection::{Connection, GrantState};
use crate::diagnosis::CauseLabel;
use crate::ids::{ClientId, ProviderId};
use crate::provider::{RefreshPolicy, Rotation};
use crate::token::durability::{Confidence, ForecastReason, GrantEnd, GrantForecast};
use crate::token::{Expiry, TokenFacts};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Lives that differ by no more than this share are the same life.
const LIKENESS: f64 = 0.1;
/// A grant that died within its first hour did not die of age.
const LEAST_OBSERVED_LIFE: Duration = HOUR;
/// Stated ends are counted from a request, the grant from its answer.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Refreshes closer to each other say nothing of an end that has whole seconds.
const LEAST_TELLING: SignedDuration = SignedDuration::from_secs(5);
/// A keep-alive refresh comes no sooner after the last one [S060].
const LEAST_KEEP_ALIVE: Duration = Duration::from_secs(60);

/// An earlier grant, and what it died of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedGrant {
    pub provider: ProviderId,
    pub client: ClientId,
    pub granted_at: Timestamp,
    pub ended_at: Timestamp,
    pub cause: CauseLabel,
}

/// Forecasts a grant's end. `history` may hold other providers' and clients' grants: they are passed over.
///
/// Of several ends the earliest counts. An idle limit is no end while Patchbay refreshes by itself: it is then kept
/// off. An end that a later refresh has outlived is refuted and does not count.
pub fn forecast(connection: &Connection, policy: &RefreshPolicy, history: &[EndedGrant]) -> GrantForecast {
    let (GrantState::Alive { granted_at } | GrantState::OutcomeUnknown { granted_at, .. }) = connection.grant else {
        return nothing_known();
    };
    let Some(token) = &connection.token else { return nothing_known() };
    if !token.has_refresh_token {
        return without_refresh_token(token);
    }

    let stated = connection
        .refresh_token_ends_at
        .and_then(|at| Stated::read(at, granted_at, token, policy, connection.refresh_end_moves));
    let mut ends = Vec::new();
    if let Some(Stated::Ends(at, reason)) = stated {
        let may_move = reason == ForecastReason::RefreshTokenEnds
            && connection.refresh_end_moves.is_none()
            && !was_refreshed(token, granted_at);
        let end = GrantForecast::sure(GrantEnd::At(at), Confidence::Stated, reason);
        ends.push(GrantForecast { may_move, ..end });
    }
    let is_refuted = |end: Timestamp| end < token.issued_at;
    if let Some(at) = policy.absolute_life.and_then(|life| after(granted_at, life)).filter(|at| !is_refuted(*at)) {
        ends.push(GrantForecast::sure(GrantEnd::At(at), Confidence::Documented, ForecastReason::AbsoluteLife));
    }
    if let Some((life, reason)) = observed_life(connection, policy, history)
        && let Some(at) = after(granted_at, life).filter(|at| !is_refuted(*at))
    {
        ends.push(GrantForecast::sure(GrantEnd::At(at), Confidence::Observed, reason));
    }

    let idle = match stated {
        Some(Stated::Idle(life, confidence)) => Some((life, confidence)),
        Some(Stated::Ends(..)) | None => policy.idle_life.map(|life| (life, Confidence::Documented)),
    };
    if let Some((life, confidence)) = idle {
        let end = if connection.automatic_refresh {
            Some(GrantEnd::AfterIdle(life))
        } else {
            after(token.issued_at, life).map(GrantEnd::At)
        };
        ends.extend(end.map(|end| GrantForecast::sure(end, confidence, ForecastReason::IdleLife)));
    }

    let earliest = ends.into_iter().min_by_key(|it| match it.end {
        GrantEnd::At(at) => at,
        GrantEnd::AfterIdle(_) | GrantEnd::NotKnown => Timestamp::MAX,
    });
    GrantForecast {
        keep_alive_at: keep_alive_at(connection, token, policy, idle.map(|(life, _)| life)),
        ..earliest.unwrap_or_else(nothing_known)
    }
}

/// Whether a refresh moves the end that a provider states of its refresh tokens: what was stated before it and after,
/// compared. What was known stays where the two refreshes came too close to each other to tell.
pub fn end_moves(before: &Connection, refreshed_at: Timestamp, ends_at: Option<Timestamp>) -> Option<bool> {
    let known = before.refresh_end_moves;
    let (Some(token), Some(old_end), Some(new_end)) = (&before.token, before.refresh_token_ends_at, ends_at) else {
        return known;
    };
    let apart = refreshed_at.duration_since(token.issued_at);
    if apart < LEAST_TELLING {
        return known;
    }
    // Answers take their time and ends have whole seconds: it moved with the refresh, or it did not.
    Some(new_end.duration_since(old_end) * 2 > apart)
}

/// What the provider said of this very refresh token.
#[derive(Debug, Clone, Copy)]
enum Stated {
    Ends(Timestamp, ForecastReason),
    /// Every refresh moves it: a limit on idleness, documented or seen.
    Idle(Duration, Confidence),
}

impl Stated {
    fn read(
        ends_at: Timestamp,
        granted_at: Timestamp,
        token: &TokenFacts,
        policy: &RefreshPolicy,
        moves: Option<bool>,
    ) -> Option<Self> {
        // A refresh that came later than this end has shown that it was none.
        let life = between(token.issued_at, ends_at)?;
        let since_consent = between(granted_at, ends_at)?;
        if moves != Some(true) && policy.testing_life.is_some_and(|testing| is_alike(since_consent, testing)) {
            return Some(Self::Ends(ends_at, ForecastReason::TestingMode));
        }
        // The documented idle limit, said again.
        if policy.idle_life.is_some_and(|idle| life >= idle || is_alike(life, idle)) {
            return Some(Self::Idle(whole(life), Confidence::Stated));
        }
        // Counted from the last refresh it is a round span, from consent it is not: it moves.
        let was_refreshed = was_refreshed(token, granted_at);
        if moves.unwrap_or(was_refreshed && is_round(life) && !is_round(since_consent)) {
            return Some(Self::Idle(whole(life), Confidence::Observed));
        }
        Some(Self::Ends(ends_at, ForecastReason::RefreshTokenEnds))
    }
}

fn was_refreshed(token: &TokenFacts, granted_at: Timestamp) -> bool {
    between(granted_at, token.issued_at).is_some_and(|since| since > ANSWER_TIME * 2)
}

fn without_refresh_token(token: &TokenFacts) -> GrantForecast {
    match token.expiry {
        Expiry::At(at) => GrantForecast::sure(GrantEnd::At(at), Confidence::Stated, ForecastReason::NoRefreshToken),
        Expiry::Unknown => GrantForecast { reason: ForecastReason::NoRefreshToken, ..nothing_known() },
        Expiry::Never => nothing_known(),
    }
}

/// How long grants of this provider and client live, by those that died of age. Two like lives make a rule; where
/// the provider has a testing life, one that lived that long is enough.
fn observed_life(
    connection: &Connection,
    policy: &RefreshPolicy,
    history: &[EndedGrant],
) -> Option<(Duration, ForecastReason)> {
    let mut lives: Vec<_> = history
        .iter()
        .filter(|it| it.provider == connection.provider && it.client == connection.client)
        .filter(|it| matches!(it.cause, CauseLabel::RefreshTokenExpired | CauseLabel::GrantInvalid))
        .filter_map(|it| between(it.granted_at, it.ended_at))
        .filter(|life| *life >= LEAST_OBSERVED_LIFE)
        .collect();
    if let Some(testing) = policy.testing_life
        && let Some(life) = lives.iter().copied().filter(|life| is_alike(*life, testing)).min()
    {
        return Some((life, ForecastReason::TestingMode));
    }
    lives.sort_unstable();
    let alike = lives.windows(2).find(|pair| is_alike(pair[0], pair[1]))?;
    Some((alike[0], ForecastReason::EarlierGrants))
}

/// A fifth of the limit before it bites, and at least a day, but never in its first half.
///
/// A stated end may move when it is refreshed: where refresh tokens rotate, that is tried.
fn keep_alive_at(
    connection: &Connection,
    token: &TokenFacts,
    policy: &RefreshPolicy,
    idle: Option<Duration>,
) -> Option<Timestamp> {
    if !connection.automatic_refresh {
        return None;
    }
    let stated = connection.refresh_token_ends_at.filter(|_| policy.rotation != Rotation::Never);
    let stated = stated.and_then(|at| between(token.issued_at, at));
    let limit = idle.into_iter().chain(stated).min()?;
    let lead = (limit / 5).max(DAY).min(limit / 2);
    let wait = limit.checked_sub(lead).filter(|wait| *wait >= LEAST_KEEP_ALIVE)?;
    after(token.issued_at, wait)
}

impl GrantForecast {
    fn sure(end: GrantEnd, confidence: Confidence, reason: ForecastReason) -> Self {
        Self { end, confidence, reason, keep_alive_at: None, may_move: false }
    }
}

fn nothing_known() -> GrantForecast {
    GrantForecast::sure(GrantEnd::NotKnown, Confidence::NotKnown, ForecastReason::NothingKnown)
}

fn after(at: Timestamp, span: Duration) -> Option<Timestamp> {
    at.checked_add(SignedDuration::try_from(span).ok()?).ok()
}

/// `None`: the other way round, or nothing.
fn between(from: Timestamp, to: Timestamp) -> Option<Duration> {
    Duration::try_from(to.duration_since(from)).ok().filter(|span| !span.is_zero())
}

/// To the whole minute, so that an answer that took its time does not make three days of 72 hours into two.
fn whole(span: Duration) -> Duration {
    const MINUTE: u64 = 60;
    match (span.as_secs() + MINUTE / 2) / MINUTE {
        0 => span,
        minutes => Duration::from_secs(minutes * MINUTE),
    }
}

fn is_alike(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= one.max(other).mul_f64(LIKENESS)
}

/// Whole days, or below a day whole ten minutes, give or take the time an answer takes.
fn is_round(span: Duration) -> bool {
    let unit = if span + ANSWER_TIME >= DAY { DAY.as_secs() } else { HOUR.as_secs() / 6 };
    let rest = span.as_secs() % unit;
    rest.min(unit - rest) <= ANSWER_TIME.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::{at_minute, connection, durable_policy};

    const DAY_MINUTES: i64 = 24 * 60;

    fn days(count: u32) -> Duration {
        DAY * count
    }

    /// Refreshed last so many minutes after consent; the provider states this end.
    fn with_stated(issued_minute: i64, ends_minute: i64) -> Connection {
        let mut connection = connection();
        let token = connection.token.as_mut().unwrap();
        token.issued_at = at_minute(issued_minute);
        token.expiry = Expiry::At(at_minute(issued_minute + 60));
        connection.refresh_token_ends_at = Some(at_minute(ends_minute));
        connection
    }

    fn died(after_days: f64, cause: CauseLabel) -> EndedGrant {
        let like = connection();
        let granted_at = at_minute(-900 * DAY_MINUTES);
        EndedGrant {
            provider: like.provider,
            client: like.client,
            granted_at,
            ended_at: granted_at + DAY.mul_f64(after_days),
            cause,
        }
    }

    fn seen(forecast: GrantForecast) -> (GrantEnd, Confidence, ForecastReason) {
        (forecast.end, forecast.confidence, forecast.reason)
    }

    /// B10
    #[test]
    fn without_a_refresh_token_the_access_token_is_the_end() {
        let mut fragile = connection();
        fragile.token.as_mut().unwrap().has_refresh_token = false;
        let forecast_with = |expiry| {
            let mut fragile = fragile.clone();
            fragile.token.as_mut().unwrap().expiry = expiry;
            forecast(&fragile, &durable_policy(), &[])
        };

        assert_eq!(
            seen(forecast_with(Expiry::At(at_minute(60)))),
            (GrantEnd::At(at_minute(60)), Confidence::Stated, ForecastReason::NoRefreshToken)
        );
        assert_eq!(forecast_with(Expiry::Unknown).reason, ForecastReason::NoRefreshToken, "the fix is the same");
        assert_eq!(forecast_with(Expiry::Never).reason, ForecastReason::NothingKnown, "it needs no renewal");
        assert_eq!(forecast_with(Expiry::At(at_minute(60))).keep_alive_at, None, "there is nothing to refresh with");
    }

    /// B11: what the provider said of this grant goes into the calendar as it stands.
    #[test]
    fn a_stated_end_is_the_end() {
        let month = 30 * DAY_MINUTES;

        for issued in [0, 7 * 60 + 13, 20 * DAY_MINUTES + 5] {
            assert_eq!(
                seen(forecast(&with_stated(issued, month), &durable_policy(), &[])),
                (GrantEnd::At(at_minute(month)), Confidence::Stated, ForecastReason::RefreshTokenEnds),
                "refreshed after {issued} minutes, and it stands where it stood"
            );
        }
    }

    /// B11: a stated end that every refresh moves is an idle limit.
    #[test]
    fn a_stated_end_that_moves_is_an_idle_limit() {
        let refreshed = 11 * DAY_MINUTES + 97;
        let moving = with_stated(refreshed, refreshed + 30 * DAY_MINUTES);

        let forecast = forecast(&moving, &durable_policy(), &[]);

        assert_eq!(seen(forecast), (GrantEnd::AfterIdle(days(30)), Confidence::Observed, ForecastReason::IdleLife));
        assert_eq!(forecast.keep_alive_at, Some(at_minute(refreshed + 24 * DAY_MINUTES)), "four fifths of it");
    }

    /// B11: the first refresh shows whether a stated end moves; until then nobody claims either.
    #[test]
    fn the_first_refresh_shows_whether_a_stated_end_moves() {
        let first = with_stated(0, 3 * DAY_MINUTES);
        let before = forecast(&first, &durable_policy(), &[]);
        assert_eq!(
            (seen(before), before.may_move),
            ((GrantEnd::At(at_minute(3 * DAY_MINUTES)), Confidence::Stated, ForecastReason::RefreshTokenEnds), true)
        );

        let after = |ends_minute| {
            let mut second = with_stated(1, ends_minute);
            second.refresh_end_moves = end_moves(&first, at_minute(1), second.refresh_token_ends_at);
            let forecast = forecast(&second, &durable_policy(), &[]);
            assert!(!forecast.may_move, "it was seen");
            seen(forecast)
        };
        assert_eq!(
            after(3 * DAY_MINUTES + 1),
            (GrantEnd::AfterIdle(days(3)), Confidence::Observed, ForecastReason::IdleLife)
        );
        assert_eq!(
            after(3 * DAY_MINUTES),
            (GrantEnd::At(at_minute(3 * DAY_MINUTES)), Confidence::Stated, ForecastReason::RefreshTokenEnds)
        );

        let soon = at_minute(0) + Duration::from_secs(4);
        assert_eq!(end_moves(&first, soon, Some(at_minute(3 * DAY_MINUTES))), None, "too soon to tell");
        assert_eq!(end_moves(&first, at_minute(1), None), None, "the provider said nothing");
    }

    /// B11: three days less the time an answer takes are three days.
    #[test]
    fn a_life_is_said_in_whole_minutes() {
        let mut moving = with_stated(10, 10 + 3 * DAY_MINUTES);
        moving.refresh_end_moves = Some(true);
        let end = moving.refresh_token_ends_at.unwrap() - Duration::from_millis(40);
        moving.refresh_token_ends_at = Some(end);

        assert_eq!(forecast(&moving, &durable_policy(), &[]).end, GrantEnd::AfterIdle(days(3)));
    }

    /// B11: seven days, and the provider calls that testing.
    #[test]
    fn a_week_at_a_provider_with_a_testing_life_is_the_testing_mode() {
        let policy = RefreshPolicy {
            testing_life: Some(days(7)),
            idle_life: Some(days(180)),
            rotation: Rotation::Never,
            ..durable_policy()
        };
        let week = 7 * DAY_MINUTES;

        for issued in [0, 60, 6 * DAY_MINUTES] {
            let forecast = forecast(&with_stated(issued, week - 1), &policy, &[]);
            assert_eq!(
                seen(forecast),
                (GrantEnd::At(at_minute(week - 1)), Confidence::Stated, ForecastReason::TestingMode)
            );
        }
        let observed = forecast(&connection(), &policy, &[died(7.02, CauseLabel::GrantInvalid)]);
        assert_eq!(
            (observed.confidence, observed.reason),
            (Confidence::Observed, ForecastReason::TestingMode),
            "unsaid by this provider's answer, but the grant before died of it"
        );
    }

    /// B11: the earliest of several ends counts.
    #[test]
    fn the_earliest_end_counts() {
        let policy = RefreshPolicy { absolute_life: Some(days(60)), idle_life: Some(days(20)), ..durable_policy() };

        assert_eq!(
            seen(forecast(&connection(), &policy, &[])),
            (GrantEnd::At(at_minute(60 * DAY_MINUTES)), Confidence::Documented, ForecastReason::AbsoluteLife),
            "an idle limit that is kept off ends nothing"
        );
        assert_eq!(
            forecast(&with_stated(0, 9 * DAY_MINUTES), &policy, &[]).end,
            GrantEnd::At(at_minute(9 * DAY_MINUTES)),
        );
        let mut off = connection();
        off.automatic_refresh = false;
        assert_eq!(forecast(&off, &policy, &[]).end, GrantEnd::At(at_minute(20 * DAY_MINUTES)), "it bites first");
    }

    /// B11: at least a day before the limit, and never for who has switched it off.
    #[test]
    fn an_idle_limit_is_kept_off_in_time() {
        let of = |idle| {
            let policy = RefreshPolicy { idle_life: Some(idle), ..durable_policy() };
            forecast(&connection(), &policy, &[]).keep_alive_at
        };

        assert_eq!(of(days(60)), Some(at_minute(48 * DAY_MINUTES)));
        assert_eq!(of(days(3)), Some(at_minute(2 * DAY_MINUTES)), "a fifth were too late to notice a failure");
        assert_eq!(of(HOUR), Some(at_minute(30)));
        assert_eq!(of(Duration::from_secs(90)), None, "that would be a loop [S060]");

        let mut off = connection();
        off.automatic_refresh = false;
        let policy = RefreshPolicy { idle_life: Some(days(60)), ..durable_policy() };
        assert_eq!(forecast(&off, &policy, &[]).keep_alive_at, None);
    }

    /// B11: a refresh token that ends with its access token is renewed before both end.
    #[test]
    fn a_short_refresh_token_is_kept_alive_and_never_more_than_once_a_minute() {
        let mut minutes = vec![];
        let mut issued = 0;
        while let Some(at) = forecast(&with_stated(issued, 32), &durable_policy(), &[]).keep_alive_at {
            let next = (at.duration_since(at_minute(0)).as_secs() + 59) / 60;
            assert!(next > issued, "at most one a minute");
            minutes.push(next);
            issued = next;
        }

        assert_eq!(minutes, [16, 24, 28, 30, 31], "an end that does not move is not asked to move for ever");
    }

    /// B11: two grants that died at the same age make a rule; a revoked one says nothing of age.
    #[test]
    fn earlier_grants_foretell_only_where_they_agree() {
        let of = |history: &[EndedGrant]| forecast(&connection(), &durable_policy(), history);
        let expired = |days| died(days, CauseLabel::RefreshTokenExpired);

        assert_eq!(
            seen(of(&[expired(95.0), expired(90.0), died(12.0, CauseLabel::GrantInvalid)])),
            (GrantEnd::At(at_minute(90 * DAY_MINUTES)), Confidence::Observed, ForecastReason::EarlierGrants)
        );
        for (history, why) in [
            (vec![expired(90.0)], "one is none"),
            (vec![expired(90.0), expired(60.0)], "they do not agree"),
            (vec![died(90.0, CauseLabel::GrantRevoked), died(90.0, CauseLabel::GrantRevoked)], "a person did that"),
            (vec![expired(0.01), expired(0.01)], "nobody dies of age in a quarter of an hour"),
            (
                vec![expired(90.0), EndedGrant { client: ClientId::from_random(99), ..expired(90.0) }],
                "another client's grants live by other rules",
            ),
        ] {
            assert_eq!(of(&history).reason, ForecastReason::NothingKnown, "{why}");
        }
    }

    /// B11: who was refreshed after the end has outlived it.
    #[test]
    fn an_end_that_was_outlived_is_refuted() {
        let mut old = connection();
        old.token.as_mut().unwrap().issued_at = at_minute(91 * DAY_MINUTES);
        let policy = RefreshPolicy { absolute_life: Some(days(60)), ..durable_policy() };
        let history = [died(90.0, CauseLabel::RefreshTokenExpired), died(90.0, CauseLabel::RefreshTokenExpired)];

        assert_eq!(forecast(&old, &policy, &history).reason, ForecastReason::NothingKnown);
    }

    /// B11: what is over has no forecast.
    #[test]
    fn an_ended_grant_has_no_end_to_come() {
        let mut dead = connection();
        dead.grant = GrantState::Disconnected { at: at_minute(1) };
        let policy = RefreshPolicy { absolute_life: Some(days(60)), ..durable_policy() };

        assert_eq!(forecast(&dead, &policy, &[]), nothing_known());
    }
}
