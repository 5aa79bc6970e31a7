//! What the codes of the standards mean at each kind of endpoint: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009
//! §2.2.1, RFC 8628 §3.5, RFC 9470 §3, OpenID Connect Core §3.1.2.6 and the codes that grew beside them [C2].
//!
//! A general code scores low, so that the words beside it can say more.

use super::board::{Board, Layer};
use crate::diagnosis::answer::{Answer, Code, CodeField, plain_code};
use crate::diagnosis::clue::Fact;
use crate::diagnosis::{CauseLabel as C, FailedEndpoint as E};

/// Codes are words; a longer text is none.
const MAX_CODE: usize = 40;

pub(super) fn judge(answer: &Answer, endpoint: E, board: &mut Board) {
    for code in &answer.said.codes {
        for (cause, score) in meanings(&code.plain, endpoint).into_iter().flatten() {
            // A word in a text is not yet a code, unless nobody writes it otherwise.
            let is_doubtful = code.field == CodeField::Text && score < 90;
            let score = if is_doubtful { score.saturating_sub(8) } else { score };
            board.add(cause, score, Layer::Standard, || Fact::Code(code.text.clone()));
        }
    }
    if answer.said.codes.is_empty() {
        for (sentence, code) in SENTENCES {
            if !answer.said.words.contains(sentence) {
                continue;
            }
            for (cause, score) in meanings(code, endpoint).into_iter().flatten() {
                board.add(cause, score, Layer::Standard, || Fact::Words(String::new()));
            }
        }
    }
    if contradicts_an_outage(answer) {
        for (_, said) in descriptions(answer) {
            for (cause, score) in meanings(&plain_code(said), endpoint).into_iter().flatten() {
                board.add(cause, score, Layer::Standard, || Fact::Code(said.clone()));
            }
        }
    }
    // OAuth 1.0 signs each call (RFC 5849 §3.4); of its signature nothing but its name is heard, as it looks like a secret.
    if endpoint == E::Api && answer.spaced.contains(" invalid signature oauth signature ") {
        board.add(C::MalformedApiRequest, 84, Layer::Standard, || Fact::Code("oauth_signature".to_owned()));
    }
    // Another code stands for it in RFC 6749 §5.2, and some call the grant invalid and list the types that they take.
    let lists_types = |it: &&str| answer.said.words.contains(&format!(" grant type {it} "));
    if refuses_the_grant(answer) && ["must be one of", "should be one of", "must be either"].iter().any(lists_types) {
        board.add(C::UnsupportedGrant, 94, Layer::Standard, || Fact::Words(String::new()));
    }
    // It quotes the type that it got, and there is nothing to quote: none reached it.
    let quotes_nothing =
        |said: &str| plain_code(said) == "invalidgranttype" && said.trim_end().ends_with([':', '"', '\'']);
    if descriptions(answer).any(|(_, said)| quotes_nothing(said)) {
        board.add(C::MalformedTokenRequest, 94, Layer::Standard, || Fact::Words(String::new()));
    }
    // A call that is signed, of clouds and shops: a code says so; of a token's signature, sentences do.
    let is_signed = answer.said.codes.iter().any(|it| {
        matches!(it.plain.as_str(), "invalidsignature" | "signatureinvalid" | "signaturemismatch" | "wrongsignature")
            && !it.text.contains(char::is_whitespace)
    });
    if endpoint == E::Api && is_signed && !answer.spaced.contains(" token ") {
        board.add(C::MalformedApiRequest, 80, Layer::Standard, || Fact::Code("signature".to_owned()));
    }
    let has_scopes = answer.challenges.iter().any(|it| it.scope.is_some());
    if has_scopes && endpoint == E::Api {
        board.add(C::InsufficientScope, 52, Layer::Standard, || Fact::Code("scope".to_owned()));
    }
}

/// The sentences of RFC 6749 §4.1.2.1 and §5.2, which servers show on a page without the code they belong to.
const SENTENCES: [(&str, &str); 5] = [
    (" unknown client no client authentication included ", "invalidclient"),
    (" invalid expired revoked does not match ", "invalidgrant"),
    (" missing a required parameter includes an ", "invalidrequest"),
    (" does not support obtaining an ", "unsupportedresponsetype"),
    (" owner or authorization server denied ", "accessdenied"),
];

/// Whether a standard's error code is there, whatever the status says.
pub(super) fn has_standard_refusal(answer: &Answer) -> bool {
    answer.said.codes.iter().any(|it| {
        matches!(it.field, CodeField::Error | CodeField::Challenge)
            && matches!(
                it.plain.as_str(),
                "invalidgrant"
                    | "invalidclient"
                    | "invalidscope"
                    | "unauthorizedclient"
                    | "unsupportedgranttype"
                    | "invalidtoken"
                    | "insufficientscope"
                    | "accessdenied"
                    | "consentrequired"
                    | "loginrequired"
                    | "interactionrequired"
                    | "expiredtoken"
                    | "invalidrequest"
            )
    })
}

/// Whether `error` is `invalid_grant`, and nothing says the client's code beside it.
pub(super) fn refuses_the_grant(answer: &Answer) -> bool {
    let says = |wanted: &str| {
        let is_code = |field| matches!(field, CodeField::Error | CodeField::Text);
        answer.said.codes.iter().any(|it| is_code(it.field) && it.plain == wanted)
    };
    says("invalidgrant") && !says("invalidclient") && !says("unauthorizedclient")
}

/// Whether it speaks of a failure of its own and of a refusal, each in one word: the refusal says more.
pub(super) fn contradicts_an_outage(answer: &Answer) -> bool {
    const OUTAGES: [&str; 3] = ["servererror", "internalservererror", "internalerror"];
    const REFUSALS: [&str; 11] = [
        "accessdenied",
        "invalidgrant",
        "invalidclient",
        "invalidscope",
        "unauthorizedclient",
        "unsupportedgranttype",
        "invalidtoken",
        "insufficientscope",
        "consentrequired",
        "loginrequired",
        "interactionrequired",
    ];
    let says = |wanted: &[&str]| {
        // A program's own name may stand before it: `odoo.exceptions.AccessDenied`.
        let is_wanted = |plain: &str| wanted.iter().any(|it| plain.ends_with(it));
        answer.said.codes.iter().any(|it| is_wanted(&it.plain))
            || descriptions(answer).any(|(_, said)| is_wanted(&plain_code(said)))
    };
    says(&OUTAGES) && says(&REFUSALS)
}

/// Whether it has the shape of an error of the standard: a code of it, or a sentence under its name (RFC 6749 §5.2).
pub(super) fn is_error_of_oauth(answer: &Answer) -> bool {
    let is_known = |code: &Code| {
        matches!(code.field, CodeField::Error | CodeField::Challenge)
            && meanings(&code.plain, E::TokenRefresh) != NOTHING
            && (code.plain != "accessdenied" || code.text == "access_denied")
    };
    answer.said.outcome.has_description
        || answer.said.codes.iter().any(is_known)
        || answer.said.words.contains(" invalid grant ")
}

/// Whether the answer says `invalid_grant` (RFC 6749 §5.2), in whichever place.
pub(super) fn names_the_grant(answer: &Answer) -> bool {
    answer.said.codes.iter().any(|it| it.plain == "invalidgrant") || answer.said.words.contains(" invalid grant ")
}

/// Whether the only code stands in a challenge: that of whoever guards the address, for a call without a good token
/// (RFC 6750 §3), and not the token endpoint's (RFC 6749 §5.2), which stands in its body.
pub(super) fn is_only_challenged(answer: &Answer) -> bool {
    let mut codes = answer.said.codes.iter().peekable();
    codes.peek().is_some() && codes.all(|it| it.field == CodeField::Challenge) && !names_the_grant(answer)
}

/// Whether access was denied, and nothing says which or why.
pub(super) fn is_bare_denial(answer: &Answer) -> bool {
    let names_another = |code: &Code| code.plain != "accessdenied" && meanings(&code.plain, E::TokenRefresh) != NOTHING;
    denies_access(answer) && !answer.said.codes.iter().any(names_another)
}

/// Whether access was denied, in whichever field.
pub(super) fn denies_access(answer: &Answer) -> bool {
    answer.said.codes.iter().any(|it| it.plain == "accessdenied")
        || descriptions(answer).any(|(_, said)| plain_code(said) == "accessdenied")
}

/// What stands where a sentence should.
fn descriptions(answer: &Answer) -> impl Iterator<Item = &(String, String)> {
    const NAMES: [&str; 5] = ["error_description", "errorDescription", "description", "message", "detail"];
    answer.said.fields.iter().filter(|(name, said)| NAMES.contains(&name.as_str()) && said.len() <= MAX_CODE)
}

/// Whether a text is no more than a code of this table.
pub(super) fn knows(text: &str, endpoint: E) -> bool {
    text.len() <= MAX_CODE && meanings(&plain_code(text), endpoint) != NOTHING
}

pub(super) type Meanings = [Option<(C, u8)>; 2];

pub(super) const fn one(cause: C, score: u8) -> Meanings {
    [Some((cause, score)), None]
}

pub(super) const fn two(first: C, score: u8, second: C, second_score: u8) -> Meanings {
    [Some((first, score)), Some((second, second_score))]
}

pub(super) const NOTHING: Meanings = [None, None];

fn meanings(code: &str, at: E) -> Meanings {
    let is_call = matches!(at, E::Api | E::Introspect);
    match code {
        "invalidgrant"
        | "badrefreshtoken"
        | "invalidrefreshtoken"
        | "refreshtokeninvalid"
        | "invalidcode"
        | "badverificationcode"
        | "invalidauthcode"
        | "invalidgranterror" => match at {
            E::TokenRefresh if code != "invalidrefreshtoken" => one(C::GrantInvalid, 60),
            E::TokenRefresh => one(C::GrantInvalid, 70),
            E::TokenExchange | E::Device => two(C::AuthorizationCodeInvalid, 62, C::GrantInvalid, 40),
            E::Authorize => one(C::GrantInvalid, 55),
            // No resource refuses a grant: whoever called it was refused a token first.
            E::Api | E::Introspect => two(C::GrantInvalid, 58, C::AccessTokenInvalid, 52),
            E::Revoke => one(C::GrantInvalid, 58),
        },
        "invalidtoken" | "tokeninvalid" | "badtoken" | "invalidaccesstoken" | "accesstokeninvalid" => match at {
            E::TokenRefresh | E::Revoke => one(C::GrantInvalid, 60),
            E::TokenExchange => one(C::AuthorizationCodeInvalid, 56),
            E::Authorize | E::Device | E::Api | E::Introspect => one(C::AccessTokenInvalid, 66),
        },
        "invalidclient"
        | "invalidclientid"
        | "invalidclientsecret"
        | "incorrectclientcredentials"
        | "badclientsecret"
        | "badclientid"
        | "deletedclient"
        | "disabledclient"
        | "invalidclientcredentials"
        | "clientnotfound"
        | "invalidclienterror"
        | "unknownclient"
        | "applicationnotfound" => {
            if is_call {
                one(C::ClientCredentialsMismatch, 64)
            } else {
                one(C::ClientCredentialsMismatch, if code == "invalidclient" { 76 } else { 88 })
            }
        }
        "unauthorizedclient" => two(C::ClientCredentialsMismatch, 66, C::UnsupportedGrant, 62),
        "unsupportedgranttype"
        | "unsupportedresponsetype"
        | "unauthorizedgranttype"
        | "unsupportedresponsemode"
        | "deviceflowdisabled"
        | "invalidgranttype"
        | "granttypenotallowed"
        | "unsupportedgrant" => one(C::UnsupportedGrant, 90),
        "invalidscope" | "invalidscopes" | "badscope" | "scopenotallowed" | "unauthorizedscope" => {
            if is_call {
                one(C::InsufficientScope, 74)
            } else {
                one(C::InvalidScopeRequest, 87)
            }
        }
        "invalidrequest" | "invalidrequesterror" => {
            if is_call {
                one(C::MalformedApiRequest, 58)
            } else {
                one(C::MalformedTokenRequest, 60)
            }
        }
        // A class of refusals; the sentence beside it names the one.
        "invalidargument" | "failedprecondition" => {
            one(if is_call { C::MalformedApiRequest } else { C::MalformedTokenRequest }, 52)
        }
        "usedpopnonce" => one(if is_call { C::MalformedApiRequest } else { C::MalformedTokenRequest }, 90),
        "invaliddpopproof" if is_call => one(C::MalformedApiRequest, 74),
        "invalidrequestobject" | "invalidrequesturi" | "invaliddpopproof" => one(C::MalformedTokenRequest, 74),
        "unsupportedtokentype" if at == E::Revoke => one(C::MalformedTokenRequest, 82),
        "accessdenied"
        | "authorizationdeclined"
        | "userdenied"
        | "usercancelled"
        | "usercanceled"
        | "consentdenied"
        | "usercancelledlogin"
        | "usercancelledauthorize"
        | "authorizationdenied" => match at {
            E::Authorize | E::Device => one(C::UserDeniedConsent, if code == "accessdenied" { 68 } else { 88 }),
            E::TokenExchange => two(C::UserDeniedConsent, 58, C::AdminPolicyRestriction, 54),
            E::TokenRefresh => two(C::AdminPolicyRestriction, 56, C::GrantRevoked, 52),
            E::Api | E::Introspect | E::Revoke => two(C::ResourceNotShared, 62, C::InsufficientScope, 58),
        },
        "consentrequired" => one(C::ConsentRequired, 88),
        "reauthorizationrequired" | "reauthorisationrequired" | "reauthorizerequired" => one(C::ConsentRequired, 84),
        "additionalauthorizationrequired" => one(C::InsufficientScope, 86),
        "adminconsentrequired" | "adminpolicyenforced" | "orginternal" | "accessrestricted" | "approvalrequired" => {
            one(C::AdminPolicyRestriction, 91)
        }
        "interactionrequired" => one(C::InteractionRequired, 77),
        // Whoever calls an API is not signed in there.
        "loginrequired" if is_call => two(C::AccessTokenInvalid, 80, C::InteractionRequired, 70),
        "loginrequired"
        | "accountselectionrequired"
        | "reauthrequired"
        | "raptrequired"
        | "invalidrapt"
        | "insufficientuserauthentication"
        | "insufficientclaims"
        | "mfarequired"
        | "unmetauthenticationrequirements"
        | "mfarequirederror" => one(C::InteractionRequired, 90),
        // What a person could do at the sign-in is ruled out by the server itself.
        "messageonly" => one(C::AdminPolicyRestriction, 80),
        "insufficientscope"
        | "missingscope"
        | "missingscopes"
        | "accesstokenscopeinsufficient"
        | "insufficientscopes"
        | "scopenotauthorized"
        | "insufficientpermissions"
        | "missingpermissions"
        | "scopeinsufficient"
        | "insufficientprivileges" => {
            if is_call {
                one(C::InsufficientScope, 88)
            } else {
                one(C::InvalidScopeRequest, 74)
            }
        }
        "redirecturimismatch"
        | "invalidredirecturi"
        | "redirectmismatch"
        | "invalidredirect"
        | "redirecturinotregistered" => one(C::RedirectUriMismatch, 92),
        "invalidtarget" => one(C::TokenAudienceMismatch, 70),
        "servererror" | "internalservererror" | "internalerror" | "backenderror" | "unknownerror" | "systemerror" => {
            one(C::ProviderOutage, 68)
        }
        "temporarilyunavailable" | "serviceunavailable" | "maintenance" => one(C::ProviderOutage, 90),
        "slowdown"
        | "ratelimited"
        | "ratelimitexceeded"
        | "userratelimitexceeded"
        | "toomanyrequests"
        | "quotaexceeded"
        | "dailylimitexceeded"
        | "requestlimitexceeded"
        | "throttled"
        | "ratelimit"
        | "ratelimiterror"
        | "throttlingexception"
        | "toomanyrequestsexception" => one(C::RateLimited, 91),
        "authorizationpending" => one(C::NoFailure, 80),
        "expiredtoken" if at == E::Device => one(C::AuthorizationCodeInvalid, 84),
        "unauthorized" | "unauthenticated" | "unauthorised" | "notauthorized" if is_call => {
            one(C::AccessTokenInvalid, 56)
        }
        "forbidden" | "permissiondenied" | "permissionerror" | "authorizationerror" if is_call => {
            two(C::ResourceNotShared, 60, C::InsufficientScope, 56)
        }
        "notfound" | "objectnotfound" | "resourcenotfound" | "itemnotfound" | "channelnotfound" if at == E::Api => {
            one(C::ResourceNotShared, 76)
        }
        "invalidauth"
        | "invalidauthentication"
        | "invalidauthenticationtoken"
        | "invalidcredentials"
        | "invalidsessionid"
        | "autherror"
        | "badcredentials"
        | "authenticationfailed"
            if is_call =>
        {
            one(C::AccessTokenInvalid, 62)
        }
        // Programs with sessions call their token so.
        "incorrectlogin" | "invalidlogin" | "badlogin" | "wronglogin" | "notloggedin" | "notlogin" | "notlogged"
        | "nologin" | "loginfailed" | "loginfailure" | "loginexpired" | "loginerror" | "needlogin" | "pleaselogin"
            if is_call =>
        {
            one(C::AccessTokenInvalid, 62)
        }
        "oauthexception" if is_call => one(C::AccessTokenInvalid, 46),
        "registrationrequired" | "clientdisabled" if at == E::Authorize => one(C::ClientCredentialsMismatch, 80),
        _ => super::other_codes::meanings(code, at),
    }
}
