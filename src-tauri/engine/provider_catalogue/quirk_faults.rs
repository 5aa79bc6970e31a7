//! The faults of the practice provider that a quirk may name: a file that names another is wrong, for nobody could
//! rehearse it [A2].

/// In the order of the alphabet.
pub(super) const QUIRK_FAULTS: &[&str] = &[
    "access_token_lifetime",
    "answer_carries_tenant",
    "answers_200_with_an_error",
    "answers_200_with_ok_false",
    "answers_endlessly",
    "answers_form_encoded",
    "answers_html",
    "answers_status",
    "api_rejects",
    "code_lifetime",
    "denies_consent",
    "drops_answer_after_rotating",
    "error_as_html",
    "expires_in",
    "expires_in_missing",
    "grants_fewer_scopes",
    "keeps_refresh_tokens",
    "live_token_limit",
    "lower_case_bearer_missing_token_type",
    "nested_token_answer",
    "never_answers",
    "new_grant_ends_older_ones",
    "no_refresh_token",
    "no_rotation",
    "ok_false_with_200",
    "omits_expires_in",
    "refresh_token_lifetime",
    "refresh_token_missing",
    "refuses_http_loopback",
    "refuses_refresh",
    "rejects_basic",
    "rejects_post",
    "reuse_kills_grant",
    "revocation_answers",
    "revocation_ends_all_grants",
    "revocation_leaves_access_token",
    "revocation_refuses_public_clients",
    "revokes_nothing_with_200",
    "rotates_refresh_tokens",
    "rotation_grace",
    "scope_with_commas",
    "separate_refresh_endpoint",
    "token_in_fragment",
    "tolerates_reuse",
    "wants_json_bodies",
    "wants_offline_access",
    "wants_redirect_uri_on_refresh",
    "wrong_issuer",
    "wrong_state",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A2: the practice provider is no part of the engine; its names are, and stay the same.
    #[test]
    fn they_are_the_practice_providers_own() {
        let is_oddity = |name: &&str| practice::Faults::default().with_oddity(name).is_ok();
        let mut known: Vec<_> = practice::fault_names().filter(is_oddity).collect();
        known.sort_unstable();

        assert_eq!(QUIRK_FAULTS, known);
    }
}
