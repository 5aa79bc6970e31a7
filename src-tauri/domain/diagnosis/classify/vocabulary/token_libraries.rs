//! What the libraries say that check tokens, states and requests: of OpenID Connect, JWT (RFC 7519 §4.1), OAuth 1.0
//! (RFC 5849 §3), and the runtimes around them [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    // A hint of the PHP League's server beside its standard sentence.
    (Term::GrantType, "see if the grant is enabled"),
    (Term::Unsupported, "see if the grant is enabled"),
    (
        Term::Audience,
        "iss, claim iss, azp, authorized party, at hash, c hash, s hash, audience claim, issuer claim, issuer validation, \
         audience validation, issued by a different provider, expected aud, expected iss, bound to a different",
    ),
    (
        Term::Mismatch,
        "unexpected iss, unexpected issuer, unexpected aud, unexpected audience, unexpected azp, unexpected nonce, \
         unexpected jwt, unexpected id token, unexpected claim, unexpected response parameter, unexpected token issuer, \
         unexpected subject, unexpected sub, does not equal, is not equal to, not correspond to, bound to a different, \
         bound to another, different than expected, expected audience, issued by a different provider, doesnt correspond",
    ),
    (
        Term::Clock,
        "message expired, message has expired, message is expired, timestamp has expired, created in the future",
    ),
    (
        Term::Invalid,
        "claim is not valid, invalid claim*, jwt rejected, token rejected, claim validation failed, was rejected, \
         failed to verify, fails to verify, could not be authenticated, cannot be authenticated, couldnt be authenticated",
    ),
    (
        Term::Expired,
        "exp claim timestamp, issued too far in past, expiration is past, jwt expired, jwtexpired, expired jwt, token expiry, \
         maxage exceeded, fixed limited lifetime, max age exceeded, token too old",
    ),
    (
        Term::NotYetValid,
        "jwt not active, before the nbf, before use time, nbf claim timestamp, used before issued, \
         ahead of current time, issue time ahead, not before time, issued in the future, cannot be in the future",
    ),
    (
        Term::Malformed,
        "invalid header padding, invalid crypto padding, invalid payload string, missing dot delimiter*, must have three parts, \
         invalid jws*, invalid compact jws, malformed jwt, malformed token, jwt malformed, invalid jwt serialization, \
         multiple bearer tokens, several bearer tokens, not a well formed jwt, wrong number of parts, must consist of three parts, \
         must contain two periods, must contain 3 parts",
    ),
    (
        Term::SigningKey,
        "signing key*, matching key*, no applicable key*, match key kid, match key, kid, key id, jwk, jwks, jwk set, \
         verification key*, keys tried, invalid algorithm, alg value, alg received, algorithm expected, \
         signing algorithm, unexpected alg*, algorithm not supported, algorithm is not allowed, unsupported algorithm, \
         another algorithm, signature algorithm",
    ),
    (
        Term::Nonce,
        "nonce, nonces, invalid nonce, nonce mismatch, nonce used, replay attack, oauth nonce, dpop nonce, nonce claim, \
         nonce value, requirenonce",
    ),
    (
        Term::State,
        "csrf detected, csrfdetected, correlation failed, correlation cookie, mismatching state, state cookie, \
         authorization request state, request state, authentication request state, message state, state not equal, \
         state is null, unable to unprotect, authorization request not found, invalid state exception, \
         state was missing, unexpected state, state value could not, checks state, oauth state*, missing csrf, \
         state response parameter, state did not match, returned state, state differs, no matching state",
    ),
    (Term::Verifier, "pkce code verifier*, pkcecodeverifier*, checks pkce, pkce verification, pkce value could not"),
    (
        Term::RequestSignature,
        "base string, basestring, signature base, oauth signature*, request signature, signature of the request, \
         signature we calculated, signature you provided, provided signature, signature does not match, signature doesnt match, \
         signature method*, hmac*, string to sign, canonical string, canonical request, consumer signature, \
         signature check failed, signature not match, signature mismatch, signature for request, \
         authorization header requires credential*, authorization header requires signature*, authorization header requires signed*, \
         requires signature parameter*, requires credential parameter*, signed headers, signedheaders, x amz date, aws4 hmac sha256, credential scope, invalid key value pair, credential should be scoped, \
         signed request, signaturedoesnotmatch, signing request, oauth error invalid signature",
    ),
    (
        Term::Redirect,
        "registered uri*, registered url*, registered client s uri*, registered clients uri*, client s registered uri*, \
         uri does not match, uri doesnt match, url does not match, uri is not registered, url is not registered, \
         uri mismatch, not a registered uri, not a registered url, redirection endpoint",
    ),
    (
        Term::WrongType,
        "cannot unmarshal, unmarshal string, invalid type, received string, got string, got str, expected number, to be a number, \
         must be a number, not a number, not an integer, must be an integer, an integer, invalid literal, expected u64, \
         expected i64, expected int, expected an int, be an int, wrong type, type mismatch, unsupported operand, \
         not a valid integer, cannot deserialize value, could not convert, is not a valid number, not castable, nan, \
         a numeric string, type string, not of type number, cannot be cast",
    ),
    (Term::Lifetime, "expires in, expiresin, expires at, expiresat, lifetime seconds, expiry seconds, ext expires in"),
    (Term::ApiKey, "api key*, apikey*"),
    // Tokens of web pages, which no grant has anything to do with.
    (
        Term::PageToken,
        "csrf*, xsrf*, anti forgery*, antiforgery*, request verification token, captcha*, recaptcha*, hcaptcha*, turnstile*",
    ),
    (
        Term::Absent,
        "necessary fields need*, timestamp missing, timestamp is missing, timestamp required, timestamp is required, missing timestamp, missing oauth timestamp, oauth timestamp missing, oauth nonce missing, missing oauth nonce, nonce missing, nonce is missing, missing nonce, oauth consumer key missing, missing oauth consumer*, missing oauth signature*, oauth signature missing, missing oauth version, missing required oauth, \
         parameter not found, parameter absent, parameter is absent, parameters absent, parameter was not found, \
         parameter not present, parameter is not present, absent parameter*, parameter could not be found",
    ),
    (
        Term::Interaction,
        "not have an existing session, no existing session, has a value of none, session does not exist and prompt, \
         ui required*, interaction required auth, requires interaction, needs to sign in again, must reauthenticate",
    ),
    (
        Term::Rate,
        "refresh too early, refreshed too early, refresh too soon, too soon, refresh too often, refreshed too often, \
         too early to refresh, refreshing too often, only be refreshed once every, overquota, limit exceeded for",
    ),
    (
        Term::OtherAccount,
        "out of region, in the current region, not in this region, use base url, use the base url, region is not supported for user, \
         registered in region, home region, misdirected, belongs to region, account is in region, hosted in another, \
         wrong data region, served from another region, regional endpoint",
    ),
    (
        Term::ForAnother,
        "non refresh token*, only refresh tokens are, only access tokens are, provided for production, provided for sandbox, key offered to, production gateway, sandbox gateway, \
         key type production, key type sandbox, in live mode, in test mode, used in production, used in sandbox, \
         against production, against sandbox, in the sandbox environment, in the production environment, \
         for the sandbox environment, for the production environment, with no sandbox endpoint, with no production endpoint, \
         on production, on sandbox, on the sandbox, on the production, on the live, on the test, at the production, at the sandbox, with the live, with the sandbox, with the production, against the live, \
         against the sandbox, against the production",
    ),
    (
        Term::TokenKind,
        "sandbox key*, production key*, test key*, live key*, test api key*, live api key*, test mode key*, live mode key*, \
         sandbox credential*, production credential*, key mapping, sandbox access token*, production access token*",
    ),
    (
        Term::NoCredential,
        "missing security token, security token missing, missing bearer token, no access token was, \
         without valid credentials, unauthenticated use, expected bearer, nenhum token, no token provided, jwt must be provided",
    ),
    (
        Term::NotAccessible,
        "access to the resource is denied, access to the requested resource is denied, access to requested resource is denied, \
         requested access to the resource, outside the authorized scope*, pull access denied, push access denied",
    ),
    (
        Term::ByName,
        "correlation failed, soap fault*, soapfault*, security token expired*, security token invalid*, security token signature*",
    ),
];
