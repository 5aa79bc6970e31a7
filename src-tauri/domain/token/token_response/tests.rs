//! Token answers as they come, odd ones above all [B7, B8, B9, S059, S060, S061, S062, S063].

use std::time::Duration;

use super::*;
use crate::provider::MissingExpiry;
use crate::test_values::at_minute;
use serde_json::json;

/// B7, S060: each odd form has its rule and its flag; no flag where there is no defect.
#[test]
fn every_odd_expires_in_has_its_rule() {
    use TokenDefect as D;

    let hour = Expiry::At(at_minute(60));
    let after_ms = |ms| Expiry::At(at_minute(0) + Duration::from_millis(ms));
    let cases = [
        (json!(3600), hour, vec![]),
        (json!(3600.0), hour, vec![]),
        (json!(3600.9), after_ms(3_600_900), vec![]),
        (json!(3.6e3), hour, vec![]),
        (json!(1), after_ms(1_000), vec![]),
        (json!(0.001), after_ms(1), vec![]),
        (json!(315_576_000), Expiry::At(at_minute(315_576_000 / 60)), vec![]),
        (json!("3600"), hour, vec![D::ExpiresInIsText]),
        (json!(" 3600 "), hour, vec![D::ExpiresInIsText]),
        (json!("3600.5"), after_ms(3_600_500), vec![D::ExpiresInIsText]),
        (json!(3_600_000), hour, vec![D::ExpiresInIsMilliseconds]),
        (json!("3600000"), hour, vec![D::ExpiresInIsText, D::ExpiresInIsMilliseconds]),
        (json!(0), Expiry::Unknown, vec![D::ExpiresInIsZero]),
        (json!(-0.0), Expiry::Unknown, vec![D::ExpiresInIsZero]),
        (json!("0"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsZero]),
        (json!(-1), Expiry::Unknown, vec![D::ExpiresInIsNegative]),
        (json!("-3600"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNegative]),
        (json!(i64::MIN), Expiry::Unknown, vec![D::ExpiresInIsNegative]),
        (json!(315_576_001), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
        (json!(1e30), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
        (json!(f64::MAX), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
        (json!(u64::MAX), Expiry::Unknown, vec![D::ExpiresInIsAbsurd]),
        (json!("1e30"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsAbsurd]),
        (json!("1e999"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
        (json!("soon"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
        (json!(""), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
        (json!("NaN"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
        (json!("inf"), Expiry::Unknown, vec![D::ExpiresInIsText, D::ExpiresInIsNotANumber]),
        (json!([3600]), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
        (json!({ "s": 3600 }), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
        (json!(true), Expiry::Unknown, vec![D::ExpiresInIsNotANumber]),
        (json!(null), Expiry::Unknown, vec![]),
    ];

    for (expires_in, expected, defects) in cases {
        let tokens = issued(&json!({ "access_token": "a", "token_type": "bearer", "expires_in": expires_in }));

        assert_eq!(tokens.expiry, expected, "expires_in {expires_in}");
        assert_eq!(tokens.defects, defects, "expires_in {expires_in}");
        assert!(tokens.access_token.is_some(), "whatever its end, the token is used");
        refreshes_at_most_once_a_minute(tokens, &format!("expires_in {expires_in}"));
    }
    let absent = issued(&json!({ "access_token": "a", "token_type": "bearer" }));
    assert_eq!((absent.expiry, absent.defects), (Expiry::Unknown, vec![]), "RFC 6749 only recommends it");
}

/// S060: by whatever answer, the next refresh that comes by itself is a minute away at least.
fn refreshes_at_most_once_a_minute(tokens: IssuedTokens, what: &str) {
    let facts = crate::token::TokenBundle {
        version: crate::TokenVersion(1),
        access_token: tokens.access_token,
        refresh_token: Some(Secret::new("r")),
        issued_at: at_minute(0),
        expiry: tokens.expiry,
        refresh_token_ends_at: tokens.refresh_token_ends_at,
        granted_scopes: vec![],
        defects: vec![],
    }
    .facts();
    let mut connection = crate::test_values::connection();
    connection.token = Some(facts.clone());
    connection.refresh_token_ends_at = tokens.refresh_token_ends_at;
    let policy = crate::test_values::durable_policy();
    let keep_alive = crate::lifecycle::breakage_forecast::forecast(&connection, &policy, &[]).keep_alive_at;
    for spread in [0.0, 0.5, 1.0] {
        let due = crate::lifecycle::refresh_time::refresh_at(&facts, spread);
        for at in due.into_iter().chain(keep_alive) {
            assert!(at >= at_minute(1), "{what}: refreshed again at {at}");
        }
    }
}

/// S060: also for every length of life there is.
#[test]
fn no_lifetime_makes_a_loop() {
    for seconds in (1..1_000).chain((1..10_000).map(|it| it * 31_541)) {
        let answer = json!({ "access_token": "a", "expires_in": seconds, "refresh_token_expires_in": seconds });
        refreshes_at_most_once_a_minute(issued(&answer), &format!("{seconds} s"));
    }
    let odd_only = issued(&json!({ "refresh_token": "r", "access_token": "a\u{0}" }));
    refreshes_at_most_once_a_minute(odd_only, "no usable token");
}

/// B7, B9: an `exp` is a moment of the server's clock.
#[test]
fn the_end_inside_a_jwt_is_moved_to_our_clock() {
    use base64::Engine as _;

    let asked = at_minute(0).as_second();
    let read_jwt = |claims: Value, clock_ahead_ms: Option<i64>| {
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
        let answer = json!({ "access_token": format!("e30.{claims}.c2ln"), "token_type": "bearer" });
        let times = AnswerTimes { asked_at: at_minute(0), clock_ahead_ms };
        match token_response(&answer, times) {
            TokenAnswer::Issued(tokens) => (tokens.expiry, tokens.defects),
            other @ (TokenAnswer::Refused { .. } | TokenAnswer::Nothing) => panic!("{other:?}"),
        }
    };
    let at = |minute| (Expiry::At(at_minute(minute)), vec![]);
    let in_an_hour = json!({ "exp": asked + 3600, "iat": asked });

    assert_eq!(read_jwt(in_an_hour.clone(), None), at(60));
    assert_eq!(read_jwt(in_an_hour.clone(), Some(600_000)), at(70), "ours is ahead: it shows more at the end");
    assert_eq!(read_jwt(in_an_hour, Some(-600_000)), at(50));
    let by_a_clock_ahead_of_ours = json!({ "exp": asked + 7200, "iat": asked + 3600 });
    assert_eq!(read_jwt(by_a_clock_ahead_of_ours, None), at(60), "unmeasured, its own life is the bound");
    assert_eq!(read_jwt(json!({ "exp": asked + 1800, "iat": asked - 1800 }), None), at(30), "issued earlier");
    assert_eq!(read_jwt(json!({ "exp": (asked + 60).to_string() }), None), at(1), "as text");
    assert_eq!(read_jwt(json!({ "exp": asked - 1 }), None).1, [TokenDefect::ExpiresInIsNegative]);
    assert_eq!(read_jwt(json!({ "exp": 1e300 }), None).1, [TokenDefect::ExpiresInIsAbsurd]);
    for unreadable in [json!({}), json!({ "exp": "soon" }), json!([]), json!({ "exp": null })] {
        assert_eq!(read_jwt(unreadable, None), (Expiry::Unknown, vec![]));
    }
}

/// B11: the spellings in use, and what none of them may do.
#[test]
fn the_refresh_tokens_own_end_is_read_in_every_spelling() {
    for name in ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"] {
        let end_by = |value: Value| issued(&json!({ "access_token": "a", name: value })).refresh_token_ends_at;

        assert_eq!(end_by(json!(3600)), Some(at_minute(60)));
        assert_eq!(end_by(json!("3600")), Some(at_minute(60)));
        for nonsense in [json!(0), json!(-1), json!("NaN"), json!(1e30), json!([1]), json!(null)] {
            assert_eq!(end_by(nonsense.clone()), None, "{name}: {nonsense} says nothing");
        }
    }
}

/// B7: sixty days in seconds are sixty days, for providers that mean it.
#[test]
fn long_lifetimes_in_whole_days_are_not_taken_for_milliseconds() {
    for days in [30_u64, 60, 90, 365] {
        let tokens = issued(&json!({ "access_token": "a", "token_type": "Bearer", "expires_in": days * 86_400 }));

        assert_eq!(tokens.expiry, Expiry::At(at_minute(i64::try_from(days).unwrap() * 24 * 60)));
    }
}

/// S059, F10: the rotated refresh token outlives every other bad field.
#[test]
fn a_refresh_token_survives_any_other_bad_field() {
    let answers = [
        json!({ "refresh_token": "r" }),
        json!({ "refresh_token": "r", "access_token": "a\r\nX-Evil: 1", "token_type": "bearer" }),
        json!({ "refresh_token": "r", "access_token": 7, "expires_in": {} }),
        json!({ "refresh_token": "r", "access_token": "a", "token_type": ["bearer"] }),
        json!({ "refresh_token": "r", "access_token": "a", "token_type": "mac", "scope": 3 }),
        json!({ "refresh_token": "r", "access_token": "", "expires_in": "NaN", "scope": ["a"] }),
    ];

    for answer in answers {
        let tokens = issued(&answer);

        assert!(tokens.refresh_token.as_ref().is_some_and(|it| it.is_same_as("r")), "kept from {answer}");
    }
}

/// S059, B10: what is long is kept; what cannot be is not taken for "none came".
#[test]
fn a_refresh_token_is_kept_or_missed_and_never_dropped_in_silence() {
    let with = |token: Value| issued(&json!({ "access_token": "a", "token_type": "bearer", "refresh_token": token }));

    for kept in ["r".repeat(64 * 1024 + 1), "r".repeat(512 * 1024)] {
        let tokens = with(json!(kept));
        assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as(&kept)), "{} characters", kept.len());
        assert_eq!(tokens.defects, []);
    }
    for unusable in
        [json!("r".repeat(512 * 1024 + 1)), json!("r\r\nr"), json!("\u{e9}"), json!(7), json!({}), json!(true)]
    {
        let tokens = with(unusable);
        assert!(tokens.refresh_token.is_none());
        assert_eq!(tokens.defects, [TokenDefect::RefreshTokenUnusable]);
    }
    for none in [json!(null), json!(""), json!(false)] {
        assert_eq!(with(none).defects, [], "that is no refresh token, and honest");
    }
    assert!(with(json!("r")).access_token.is_some());
}

/// S061, S062
#[test]
fn a_token_no_header_may_carry_is_not_used() {
    let forged = issued(&json!({ "refresh_token": "r", "access_token": "a\r\nX-Evil: 1", "token_type": "bearer" }));
    let other_kind = issued(&json!({ "refresh_token": "r", "access_token": "a", "token_type": "mac" }));

    assert!(forged.access_token.is_none(), "a line break would forge a header");
    assert!(other_kind.access_token.is_none(), "not a bearer token");
}

/// B8, S063
#[test]
fn an_error_inside_a_success_is_an_error() {
    for (answer, expected) in [
        (json!({ "ok": false, "error": "invalid_refresh_token" }), "invalid_refresh_token"),
        (json!({ "error": { "code": 190, "message": "expired" } }), "190"),
        (json!({ "error": "invalid_grant", "access_token": "a" }), "invalid_grant"),
        (json!({ "error": "partial", "refresh_token": "" }), "partial"),
        (json!({ "ok": false }), "not_ok"),
    ] {
        let TokenAnswer::Refused { code, .. } = read_json(&answer) else { panic!("{answer} is an error") };
        assert_eq!(code, expected);
    }
}

/// S059: an error beside a rotated token does not throw the token away, nor use the rest.
#[test]
fn a_refresh_token_beside_an_error_is_kept_and_nothing_else_used() {
    let tokens = issued(&json!({ "error": "partial", "access_token": "a", "refresh_token": "r" }));

    assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as("r")));
    assert!(tokens.access_token.is_none());
}

/// A2: some providers put user tokens below the top.
#[test]
fn tokens_are_found_where_the_provider_puts_them() {
    let tokens = issued(&json!({ "ok": true, "authed_user": { "access_token": "xoxp", "token_type": "user" } }));

    assert!(tokens.access_token.is_some_and(|it| it.is_same_as("xoxp")));
}

/// S013
#[test]
fn scopes_are_read_from_text_and_lists_without_repeats() {
    let commas = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": "read,write,read" }));
    let list = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": ["read"] }));

    assert_eq!(commas.scopes, Some(vec!["read".into(), "write".into()]));
    assert_eq!(list.scopes, Some(vec!["read".into()]));
}

/// A2, S013: some providers name the field in the plural.
#[test]
fn scopes_are_found_under_the_plural_name_too() {
    let plural = issued(&json!({ "access_token": "a", "token_type": "bearer", "scopes": "read write" }));
    let both = issued(&json!({ "access_token": "a", "token_type": "bearer", "scope": "read", "scopes": "x" }));

    assert_eq!(plural.scopes, Some(vec!["read".into(), "write".into()]));
    assert_eq!(both.scopes, Some(vec!["read".into()]), "the standard's name goes first");
}

/// A2, B7: where tokens never end, a lifetime of nothing says so; elsewhere it says nothing.
#[test]
fn a_lifetime_of_zero_means_never_only_where_tokens_never_end() {
    let answer = json!({ "access_token": "a", "token_type": "bearer", "expires_in": 0 });
    let endless = TokenAnswerShape { missing_expiry: MissingExpiry::Never, ..shape() };

    let TokenAnswer::Issued(tokens) = read_shaped(&answer, &endless, at_minute(0).into()) else {
        panic!("{answer} holds tokens")
    };
    assert_eq!((tokens.expiry, tokens.defects), (Expiry::Never, vec![]));
    assert_eq!(issued(&answer).expiry, Expiry::Unknown, "it is a defect elsewhere");
}

fn issued(answer: &Value) -> IssuedTokens {
    match read_json(answer) {
        TokenAnswer::Issued(tokens) => *tokens,
        other @ (TokenAnswer::Refused { .. } | TokenAnswer::Nothing) => {
            panic!("{answer} holds tokens, read {other:?}")
        }
    }
}

fn read_json(answer: &Value) -> TokenAnswer {
    token_response(answer, at_minute(0).into())
}

fn token_response(answer: &Value, times: AnswerTimes) -> TokenAnswer {
    read_shaped(answer, &shape(), times)
}

fn shape() -> TokenAnswerShape {
    TokenAnswerShape {
        locations: vec![String::new(), "/authed_user".into()],
        missing_expiry: MissingExpiry::Unknown,
        usual_lifetime: None,
        may_be_form_encoded: false,
        kept_fields: vec![],
        apart: None,
    }
}

fn read_shaped(answer: &Value, shape: &TokenAnswerShape, times: AnswerTimes) -> TokenAnswer {
    read(&object_of(answer), shape, ' ', times)
}

fn object_of(answer: &Value) -> AnswerFields {
    let fields = answer.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    AnswerFields { fields, has_wrong_content_type: false, is_whole: true }
}

/// S059, B7: a token is told by its name, in whatever spelling.
#[test]
fn tokens_are_told_by_their_names_in_any_spelling() {
    for (access, refresh, lifetime) in [
        ("Access_Token", "Refresh_Token", "Expires_In"),
        ("accessToken", "refreshToken", "expiresIn"),
        ("AccessToken", "RefreshToken", "ExpiresIn"),
        ("ACCESS-TOKEN", "refresh-token", "expires-in"),
        ("access_token", "refreshToken", "expires_in"),
    ] {
        let tokens = issued(&json!({ access: "a", refresh: "r", lifetime: 3600, "token_type": "bearer" }));

        assert!(tokens.access_token.is_some_and(|it| it.is_same_as("a")), "{access}");
        assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as("r")), "{refresh}");
        assert_eq!(tokens.expiry, Expiry::At(at_minute(60)), "{lifetime}");
        assert_eq!(tokens.defects, [TokenDefect::OddFieldNames], "{access}");
    }
    for other in ["old_refresh_token", "refresh_token_2", "refresh__token_", "token"] {
        let tokens = issued(&json!({ "access_token": "a", "token_type": "bearer", other: "r" }));
        assert!(tokens.refresh_token.is_none() && tokens.defects.is_empty(), "{other} is no refresh token");
    }
}

/// S059: the standard's name is no guess, and between two others none is made.
#[test]
fn two_odd_names_with_different_tokens_give_none() {
    let both = issued(&json!({ "access_token": "a", "refresh_token": "r", "refreshToken": "x" }));
    assert!(both.refresh_token.is_some_and(|it| it.is_same_as("r")), "the standard's own name");
    let same = issued(&json!({ "access_token": "a", "Refresh_Token": "r", "refreshToken": "r" }));
    assert!(same.refresh_token.is_some_and(|it| it.is_same_as("r")), "they agree");
    let odd = read_json(&json!({ "access_token": "a", "Refresh_Token": "r", "refreshToken": "x" }));
    assert!(matches!(odd, TokenAnswer::Nothing), "{odd:?}");
}

/// S059: what is wrapped is read where there is one pair of tokens, and only then.
#[test]
fn a_wrapped_answer_is_read_where_its_tokens_are_beyond_doubt() {
    let wrapped = |objects: &[(Value, bool)]| {
        let objects: Vec<_> =
            objects.iter().map(|(it, is_whole)| AnswerFields { is_whole: *is_whole, ..object_of(it) }).collect();
        read_wrapped(&objects, &shape(), ' ', at_minute(0), Some(&Secret::new("sent")))
    };
    let outer = || (json!({ "data": {} }), true);
    let pair = || (json!({ "access_token": "a", "token_type": "bearer", "refresh_token": "r" }), true);
    let only_access = || json!({ "access_token": "a", "token_type": "bearer" });

    let echo = || (json!({ "grant_type": "refresh_token", "refresh_token": "sent" }), true);
    for objects in [
        vec![pair()],
        vec![outer(), pair()],
        vec![outer(), pair(), pair()],
        vec![(only_access(), true), pair()],
        vec![echo(), pair()],
        vec![pair(), echo()],
    ] {
        let TokenAnswer::Issued(tokens) = wrapped(&objects) else { panic!("{objects:?}") };
        assert!(tokens.refresh_token.is_some_and(|it| it.is_same_as("r")), "{objects:?}");
        assert_eq!(tokens.defects, [TokenDefect::OddEnvelope]);
    }
    let cut_behind = [(json!({ "refresh_token": "r", "access_token": "a", "token_type": "bearer" }), false)];
    assert!(
        matches!(wrapped(&cut_behind), TokenAnswer::Issued(_)),
        "the end may be missing, the refresh token may not"
    );
    for (objects, why) in [
        (vec![pair(), (json!({ "refresh_token": "x" }), true)], "two refresh tokens"),
        (vec![pair(), (json!({ "access_token": "x" }), true)], "two access tokens"),
        (vec![(only_access(), false)], "a refresh token may have stood in what is missing"),
        (vec![outer()], "no token"),
        (vec![(json!({ "access_token": "a", "refresh_token": "YOUR_REFRESH_TOKEN" }), true)], "an example"),
        (vec![(json!({ "access_token": "{{ access_token }}", "refresh_token": "..." }), true)], "a template"),
        (vec![], "no object"),
    ] {
        assert!(matches!(wrapped(&objects), TokenAnswer::Nothing), "{why}");
    }
    let error = [(json!({ "error": "invalid_grant", "access_token": "a" }), true)];
    assert!(matches!(wrapped(&error), TokenAnswer::Nothing), "nothing beside an error is used");
}

/// S059: the access token on top, the refresh token one floor down.
#[test]
fn a_refresh_token_in_an_object_of_its_own_is_taken_up() {
    let nested = |objects: &[Value]| {
        let top = json!({ "access_token": "a", "token_type": "bearer", "expires_in": 3600 });
        let mut tokens = issued(&top);
        let objects: Vec<_> = std::iter::once(&top).chain(objects).map(object_of).collect();
        take_up_nested(&mut tokens, &objects, at_minute(0), Some(&Secret::new("sent")), &[]);
        (tokens.refresh_token.map(|it| it.fingerprint()), tokens.refresh_token_ends_at, tokens.defects)
    };
    let token = |it: &str| Some(Secret::new(it).fingerprint());

    let ends = json!({ "refreshToken": "r", "refresh_token_expires_in": 60 });
    assert_eq!(nested(&[ends]), (token("r"), Some(at_minute(1)), vec![TokenDefect::OddEnvelope]));
    let twice = [json!({ "refresh_token": "r", "access_token": "a" }), json!({ "refresh_token": "r" })];
    assert_eq!(nested(&twice), (token("r"), None, vec![TokenDefect::OddEnvelope]));
    let echoed = [json!({ "refresh_token": "sent" }), json!({ "refresh_token": "r" })];
    assert_eq!(nested(&echoed), (token("r"), None, vec![TokenDefect::OddEnvelope]), "the request is no answer");
    assert_eq!(nested(&[json!({ "refresh_token": "YOUR_REFRESH_TOKEN" })]), (None, None, vec![]), "an example");
    let of_another = json!({ "refresh_token": "r", "access_token": "b" });
    assert_eq!(nested(&[of_another]), (None, None, vec![TokenDefect::OtherRefreshToken]), "a second party's, and said");
    let two = [json!({ "refresh_token": "r" }), json!({ "refresh_token": "x" })];
    assert_eq!(nested(&two), (None, None, vec![TokenDefect::RefreshTokenUnclear]), "and that is said");
    assert_eq!(nested(&[json!({ "id": 1 })]), (None, None, vec![]));
}

/// S059: what is left is told by its fingerprint; a second party's stands where it is expected.
#[test]
fn a_second_refresh_token_is_left_and_said() {
    let left = |top: &Value, objects: &[Value]| {
        let mut tokens = issued(top);
        let expected = expected_refresh_tokens(&object_of(top), &shape());
        let objects: Vec<_> = std::iter::once(top).chain(objects).map(object_of).collect();
        take_up_nested(&mut tokens, &objects, at_minute(0), Some(&Secret::new("sent")), &expected);
        (tokens.refresh_token.map(|it| it.fingerprint()), tokens.left_refresh_tokens, tokens.defects)
    };
    let token = |it: &str| Secret::new(it).fingerprint();
    let top = json!({ "access_token": "a", "token_type": "bearer", "refresh_token": "r" });
    let said = (Some(token("r")), vec![token("x")], vec![TokenDefect::OtherRefreshToken]);

    assert_eq!(left(&top, &[json!({ "refresh_token": "x" })]), said);
    assert_eq!(left(&top, &[json!({ "refresh_token": "x", "access_token": "b" })]), said);
    for same in [json!({ "refresh_token": "r" }), json!({ "refresh_token": "sent" }), json!({ "refresh_token": "..." })]
    {
        assert_eq!(left(&top, &[same]), (Some(token("r")), vec![], vec![]));
    }
    let users = json!({ "access_token": "b", "refresh_token": "x" });
    let both = json!({ "access_token": "a", "token_type": "bearer", "refresh_token": "r", "authed_user": users });
    assert_eq!(left(&both, &[users]), (Some(token("r")), vec![], vec![]), "the catalogue knows of it");
}

/// S059: a page, a redirect and a masked echo speak of tokens in their places; what was stored stays.
#[test]
fn what_speaks_of_a_token_in_its_place_is_none() {
    for word in [
        "expired",
        "Invalid",
        "[FILTERED]",
        "<redacted>",
        "1",
        "true",
        "string",
        "xxxxxxxxxx",
        "tGzv3JOkF0XG5Qx2TlKWIA",
    ] {
        let by_itself = json!({ "status": "fail", "refresh_token": word });
        assert!(matches!(read_json(&by_itself), TokenAnswer::Nothing), "{word}");
        for answer in [by_itself, json!({ "access_token": "2YotnFZFEjr1zCsicMWpAA", "refresh_token": word })] {
            let read = read_wrapped(&[object_of(&answer)], &shape(), ' ', at_minute(0), None);
            assert!(matches!(read, TokenAnswer::Nothing), "{answer}");
        }
    }
    let plain = issued(&json!({ "access_token": "a", "token_type": "bearer", "refresh_token": "expired" }));
    assert!(
        plain.refresh_token.is_some(),
        "beside an access token, where it belongs, it is what the provider says it is"
    );
}
