//! Makes a call of a person's own, at hosts of the connection's provider only, and holds its answer against what was
//! expected [E4, S075].

use domain::diagnosis::CauseLabel;
use domain::display_text::cleaned;
use domain::rehearsal::OwnCall;
use jiff::Timestamp;

use super::identity::{IdentityRequest, SaidBeside, diagnose, request_id_of};
use super::resource::is_of_provider;
use super::trial_object::send;
use crate::http::Http;

const LONGEST_WORDS: usize = 400;

/// What it came to.
#[derive(Debug, Clone)]
pub struct OwnAnswer {
    pub http_status: Option<u16>,
    pub request_id: Option<String>,
    /// In what it is another answer than was expected, with the cause of a refusal.
    pub outcome: Result<(), (String, Option<CauseLabel>)>,
}

/// Makes it once.
pub async fn make_own_call(
    http: &Http,
    call: &OwnCall,
    asked: &IdentityRequest<'_>,
    now: impl Fn() -> Timestamp,
) -> OwnAnswer {
    let unanswered = |words: &str, cause| {
        let outcome = Err((words.to_owned(), cause));
        OwnAnswer { http_status: None, request_id: None, outcome }
    };
    let Some(url) = call.address().filter(|it| is_of_provider(it, asked.provider, asked.token_endpoint)) else {
        return unanswered("its address is not the provider's", None);
    };
    let answer = match send(http, call.method, &url, &[], call.body.clone(), asked, now).await {
        Ok(answer) => answer,
        Err((diagnosis, words)) => {
            return unanswered(words.as_deref().unwrap_or("it could not be sent"), Some(diagnosis.cause));
        }
    };
    let outcome = match call.expected.unmet_by(answer.status, &answer.body) {
        None => Ok(()),
        Some(unmet) => {
            // What the API refused has a cause; an answer that is another one than was expected has none.
            let is_refused = answer.status >= 400;
            let cause = is_refused.then(|| diagnose(&answer, asked).cause);
            let said = SaidBeside::of(&answer, asked).words.filter(|_| is_refused);
            let words = said.map(|it| format!(" ({it})")).unwrap_or_default();
            let seen = asked.secrets().blotted_out_of(&format!("{unmet}{words}"));
            Err((cleaned(&seen, LONGEST_WORDS), cause))
        }
    };
    OwnAnswer { http_status: Some(answer.status), request_id: request_id_of(&answer, asked), outcome }
}
