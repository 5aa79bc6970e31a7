//! What gateways, registries and programs say of who calls, with what, and where to [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    // Nobody, by name.
    (
        Term::NoCredential,
        "role guests, role guest, role anonymous, guest user, as guest, missing jwt*, jwt is missing, no jwt*, without a jwt, \
         unable to determine the authenticated, unable to determine the user, unable to determine the current user, \
         unable to determine the caller, unable to identify the user, unable to identify the caller, could not identify the user, \
         could not identify the caller, could not determine the user, could not determine the caller",
    ),
    // What such a sign-in brings.
    (Term::Password, "basic auth credentials, basic authentication credentials"),
    // What nginx calls 401, and others 403: it blames nothing that was sent.
    (Term::Unauthenticated, "authorization required, authorization is required"),
    (Term::Token, "exp claim"),
    (
        Term::ForAnother,
        "can not be used for, may not be used for, can only be used for, token is granted for, token was granted for",
    ),
    (
        Term::EnableApi,
        "should apply for, need to apply for, must apply for, should apply auth*, need to apply auth*, apply for this api, \
         apply for the api, apply for api access",
    ),
    (
        Term::NoCredential,
        "credentials not found on the request headers, credentials not found in the request headers, please provide a user token, please provide a token, please provide an access token, please provide credentials, \
         please provide a valid token",
    ),
    // Where a gateway has nothing to pass a call on to.
    (
        Term::Api,
        "matching target resource method*, no route matched*, no matching route*, no route for, no route found, route not found",
    ),
    (
        Term::Retired,
        "matching target resource method*, no route matched*, no matching route*, no route for, no route found, route not found",
    ),
    // What somebody behind a gateway refused.
    (
        Term::Relayed,
        "upstream service did not authorize, upstream server did not authorize, upstream did not authorize, \
         upstream unauthorized, upstream 401, upstream returned 401, upstream responded with 401, upstream refused, \
         backend returned 401, backend responded with 401, failed unauthorized 401",
    ),
    (Term::Unauthenticated, "did not authorize the request, did not authorize the call, did not authorize this"),
    // One that was there, and lives no more.
    (Term::TokenSeen, "an active access token, active access token required, active access token is required"),
    // What was sent is there by its name alone.
    (Term::Absent, "got an empty string, got empty string, received an empty string, but was an empty string"),
    // Whoever ended the link of a person to an app.
    (
        Term::Deauthorised,
        "no longer active connected, user is no longer connected, users no longer connected, \
         account is no longer connected, no longer connected to the app*, no longer connected to this app*, \
         no longer connected with the partner, no longer connected to the partner",
    ),
    // Claims are whom a token is of and for; its times have words of their own.
    (Term::Audience, "contains invalid claims, contain invalid claims, invalid jwt claims"),
    (Term::Mismatch, "no audiences bound, no audience bound, no bound audience*"),
    // Where a call goes is what is refused.
    (
        Term::Deed,
        "access denied to route, access is denied to route, access denied to path, access denied to endpoint, \
         denied access to route, denied access to path, denied access to endpoint, no access to route, no access to path",
    ),
    // A person permitted some of it (OpenStreetMap).
    (
        Term::Scope,
        "not permitted the application, not permitted this application, not permitted the app, not permitted this app",
    ),
    // The keys by which a gateway would check a token.
    (
        Term::Unfetched,
        "jwks remote fetch*, jwks fetch*, fetch jwks, fetching jwks, fetch the jwks, retrieve jwks, retrieve the jwks, \
         fetch public keys, fetching public keys, fetch signing keys, fetch the signing keys, retrieve signing keys",
    ),
    (Term::SigningKey, "fetch public keys, fetching public keys"),
    // Where those keys are told of (RFC 8414).
    (
        Term::SigningKey,
        "authorization server metadata, openid configuration, oidc configuration, openid metadata, oidc metadata, \
         provider metadata, discovery document, discovery endpoint, openid discovery, oidc discovery, issuer metadata",
    ),
    // DENIED, as registries of images have it (OCI Distribution Specification, error codes).
    (Term::Share, "requested access to the resource is denied"),
    // Firebase Cloud Messaging: a device registered with another project.
    (Term::OtherAccount, "sender id mismatch, senderid mismatch, mismatch sender id, mismatchsenderid"),
    // An account by its number, and not of whoever calls.
    (
        Term::OtherAccount,
        "account number unauthorized, accountnumber unauthorized, account number is not authorized, \
         account number is not associated, account number does not belong, account number is not linked",
    ),
    // Jenkins calls the token of a page a crumb.
    (Term::PageToken, "crumb*"),
    (Term::NotFound, "could not be mapped, can not be mapped, could not be matched, could not be resolved to"),
    (Term::Rate, "abusing request*, abusive request*, request abuse, abuse detected, abuse detection*"),
    // Nothing to renew it with, in the words of a program that holds tokens.
    (
        Term::OfflineAccess,
        "there is no refresh token, theres no refresh token, no refresh token available, no refresh token found, \
         no refresh token stored, no refresh token saved, no refresh token is set, refresh token is not available",
    ),
    (
        Term::NotHeld,
        "there is no refresh token, theres no refresh token, no refresh token available, no refresh token found, \
         no refresh token stored, no refresh token saved, no refresh token is set, refresh token is not available",
    ),
];
