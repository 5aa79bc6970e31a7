//! One object after the other: written down, made, read back, changed, and removed whatever came between [E4].

use std::time::Duration;

use domain::connection::Connection;
use domain::diagnosis::CauseLabel;
use domain::display_text::cleaned;
use domain::provider::Provider;
use domain::provider::trial_object::{TrialAct, TrialCall, TrialObject, TrialValues, names_in};

use super::attempt::{Attempt, Broken, Came};
use super::removal::Removal;
use super::{cause_of, trial_objects};
use crate::provider_api::{IdentityRequest, TrialAnswer, TrialFailure, make_trial_call};
use crate::store::LeftObject;
use crate::{Engine, Error};

const LONGEST_SEEN: usize = 400;

/// What was made, and how the next call names it.
struct Made {
    id: String,
    tag: String,
    values: TrialValues,
    is_made: bool,
    /// Its reading works: after the removal it shows whether it is gone.
    was_read: bool,
}

impl Engine {
    /// All objects that can be made, or the first that could not.
    pub(super) async fn try_objects(&self, connection: &Connection, attempt: &Attempt<'_>) -> Result<Came, Broken> {
        let provider = self.provider_of(connection)?;
        let (mut done, mut is_read, mut is_unread) = (vec![], true, false);
        for object in trial_objects(&provider, connection, attempt.member) {
            let came = self.try_object(connection, &provider, object, attempt).await?;
            if came.outcome.is_err() {
                return Ok(came);
            }
            done.push(object.name.as_str());
            is_read &= object.call(TrialAct::Read).is_some();
            is_unread |= came.answer.is_removal_unread;
            if attempt.stop.is_raised() {
                return Err(Broken::Stopped);
            }
        }
        if done.is_empty() {
            return Ok(Came::failed("nothing can be made with what is granted and said", None));
        }
        let acts = if is_read { "made, read back, changed, removed" } else { "made, changed, removed" };
        let end = if is_unread {
            "; the provider confirmed the removal, it was not read again"
        } else {
            ", gone when read again"
        };
        let mut came = Came::passed(format!("{} {acts}{end}", done.join(" and ")));
        came.answer.is_removal_unread = is_unread;
        Ok(came)
    }

    async fn try_object(
        &self,
        connection: &Connection,
        provider: &Provider,
        object: &TrialObject,
        attempt: &Attempt<'_>,
    ) -> Result<Came, Broken> {
        let mut made = self.note_before(connection, object, attempt)?;
        let came = self.make_and_change(connection, provider, object, attempt, &mut made).await;
        if !made.is_made {
            return came;
        }
        // It is not given up by a stop, and not by a step that took too long either.
        let limit = attempt.with.longest_step;
        match self.remove_in_time(connection, provider, object, &made.values, limit).await {
            Ok(removal) => {
                self.parts.store.strike_trial_object(&made.id)?;
                came.map(|mut came| {
                    // Not found proves nothing of what could not be read while it was there.
                    came.answer.is_removal_unread = removal == Removal::Confirmed || !made.was_read;
                    came
                })
            }
            Err(kept) => {
                self.parts.store.note_object_left(&made.id, &kept.why)?;
                let left = format!(
                    "{} could not be removed: {}; it is still there, by the name “{}”",
                    object.name, kept.why, made.tag
                );
                // What failed before it is the thing to mend; what is left is said in any case.
                Ok(match came {
                    Ok(Came { outcome: Err((seen, cause)), answer }) => {
                        Came { outcome: Err((format!("{seen}; and {left}"), cause)), answer }
                    }
                    Ok(_) | Err(_) => {
                        Came::failed(left, kept.cause).answered(kept.http_status, kept.request_id).at(TrialAct::Remove)
                    }
                })
            }
        }
    }

    /// A process that dies while it is made leaves a line of it.
    fn note_before(&self, connection: &Connection, object: &TrialObject, attempt: &Attempt<'_>) -> Result<Made, Error> {
        let (now, bits) = (self.parts.clock.now(), Self::random_bits()?);
        let tag = format!("Patchbay check {} {:04x}", now.strftime("%Y-%m-%d %H:%M"), bits & 0xffff);
        let mut values: TrialValues = attempt.member.told.iter().cloned().collect();
        values.insert("tag".to_owned(), tag.clone());
        let id = format!("tro_{bits:016x}");
        self.parts.store.note_trial_object(&LeftObject {
            id: id.clone(),
            connection: connection.id.clone(),
            rehearsal: Some(attempt.run),
            name: object.name.clone(),
            tag: tag.clone(),
            made_at: now,
            given: None,
            seen: None,
        })?;
        Ok(Made { id, tag, values, is_made: false, was_read: false })
    }

    async fn make_and_change(
        &self,
        connection: &Connection,
        provider: &Provider,
        object: &TrialObject,
        attempt: &Attempt<'_>,
        made: &mut Made,
    ) -> Result<Came, Broken> {
        let mut last = Came::passed(object.name.clone());
        for call in object.calls.iter().filter(|it| it.act != TrialAct::Remove) {
            let is_making = call.act == TrialAct::Create;
            let values = made.values.clone();
            let work = self.call_with(connection, provider, call, &values);
            // A making that is given up half-way leaves what nobody can name.
            let answered = if is_making { attempt.in_time(work).await } else { attempt.within(work).await };
            let answer = match answered {
                Ok(answer) => answer,
                Err(Broken::TooLong(_)) if is_making => return Ok(self.perhaps_made(object, made)),
                Err(broken) => {
                    if is_making {
                        // No token, no call.
                        self.parts.store.strike_trial_object(&made.id)?;
                        return Err(broken);
                    }
                    let (why, cause) = match broken {
                        Broken::TooLong(time) => (format!("nothing came of it within {} s", time.as_secs()), None),
                        Broken::Failed(error) => (error.to_string(), cause_of(&error)),
                        Broken::Stopped | Broken::NotTried(_) => return Err(broken),
                    };
                    let seen = format!("{} {}: {why}", object.name, could_not(call.act));
                    return Ok(Came::failed(cleaned(&seen, LONGEST_SEEN), cause).at(call.act));
                }
            };
            made.values.extend(answer.gave.clone());
            if is_making {
                let known =
                    |name: &str| made.values.contains_key(name) || provider_names(connection).any(|it| it == name);
                let is_known = object.calls.iter().filter(|it| it.act == TrialAct::Remove).all(|removal| {
                    let spoken_of = [&removal.url].into_iter().chain(&removal.body).flat_map(|it| names_in(it));
                    spoken_of.into_iter().all(known)
                });
                match fate_of(&answer) {
                    // Let in, or refused in words while its answer names what it made.
                    Fate::Made | Fate::NotKnown if is_known => {
                        made.is_made = true;
                        self.parts.store.note_object_made(&made.id, &made.values)?;
                    }
                    Fate::NotMade => {
                        self.parts.store.strike_trial_object(&made.id)?;
                    }
                    Fate::Made | Fate::NotKnown => return Ok(self.perhaps_made(object, made)),
                }
            }
            let came = told(call.act, &object.name, &answer);
            if came.outcome.is_err() {
                return Ok(came);
            }
            made.was_read |= call.act == TrialAct::Read;
            last = came;
        }
        Ok(last)
    }

    fn perhaps_made(&self, object: &TrialObject, made: &Made) -> Came {
        let seen = "no answer said whether it was made";
        if let Err(error) = self.parts.store.note_object_left(&made.id, seen) {
            tracing::warn!(%error, "an object that may have been made could not be noted");
        }
        Came::failed(format!("{}: {seen}; look for “{}” there", object.name, made.tag), None).at(TrialAct::Create)
    }

    pub(super) async fn call_with(
        &self,
        connection: &Connection,
        provider: &Provider,
        call: &TrialCall,
        values: &TrialValues,
    ) -> Result<TrialAnswer, Error> {
        let (connection, token) = self.usable_token(connection.clone(), Duration::ZERO).await?;
        let binding = self.parts.store.grant_binding(&connection.id)?;
        let dpop = self.dpop_key_of(&connection, &binding).await?;
        let earlier = self.earlier_tokens(&connection.id)?;
        let asked = IdentityRequest {
            provider,
            token_endpoint: &connection.endpoints.token_endpoint,
            kept_fields: &connection.endpoints.kept_fields,
            access_token: &token,
            dpop: dpop.as_deref(),
            earlier: &earlier,
            context: self.evidence_context(&connection, provider),
        };
        Ok(make_trial_call(&self.parts.http, call, values, &asked, || self.parts.clock.now()).await)
    }
}

/// Names that every call of this connection knows.
fn provider_names(connection: &Connection) -> impl Iterator<Item = &str> {
    connection.endpoints.kept_fields.iter().map(|(name, _)| name.as_str())
}

/// What became of an object, by the answer to its making.
enum Fate {
    Made,
    NotMade,
    NotKnown,
}

fn fate_of(answer: &TrialAnswer) -> Fate {
    match (&answer.outcome, answer.http_status) {
        (Ok(()) | Err(TrialFailure::Unexpected { .. }), _) => Fate::Made,
        (Err(TrialFailure::Unsaid(_) | TrialFailure::NotOfProvider), _) => Fate::NotMade,
        // A request that was understood and refused made nothing.
        (Err(TrialFailure::Refused(_)), Some(400..500)) => Fate::NotMade,
        (Err(TrialFailure::Refused(_)), Some(200..300)) if answer.gave.is_empty() => Fate::NotMade,
        (Err(TrialFailure::Refused(_)), _) => Fate::NotKnown,
    }
}

fn told(act: TrialAct, object: &str, answer: &TrialAnswer) -> Came {
    if answer.outcome.is_ok() {
        return Came::passed(object).answered(answer.http_status, answer.request_id.clone());
    }
    let (why, cause) = why_of(answer);
    Came::failed(cleaned(&format!("{object} {}: {why}", could_not(act)), LONGEST_SEEN), cause)
        .answered(answer.http_status, answer.request_id.clone())
        .at(act)
}

fn could_not(act: TrialAct) -> &'static str {
    match act {
        TrialAct::Create => "could not be made",
        TrialAct::Read => "could not be read back",
        TrialAct::Change => "could not be changed",
        TrialAct::Remove => "could not be removed",
    }
}

pub(super) fn why_of(answer: &TrialAnswer) -> (String, Option<CauseLabel>) {
    let status = answer.http_status.map(|it| format!("{it} ")).unwrap_or_default();
    match &answer.outcome {
        Ok(()) => (String::new(), None),
        Err(TrialFailure::Refused(diagnosis)) => {
            let code = diagnosis.provider_code.clone().unwrap_or_else(|| diagnosis.cause.words().to_owned());
            let words = answer.words.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            (cleaned(&format!("{status}{code}{words}"), LONGEST_SEEN), Some(diagnosis.cause))
        }
        Err(TrialFailure::Unexpected { at, expected, found }) => {
            let found = found.as_deref().unwrap_or("nothing");
            (cleaned(&format!("{status}but {at} is {found} and not {expected}"), LONGEST_SEEN), None)
        }
        Err(TrialFailure::Unsaid(name)) => (name.to_string(), None),
        Err(TrialFailure::NotOfProvider) => ("its address is not the provider's".to_owned(), None),
    }
}
