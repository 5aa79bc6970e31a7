//! What is said of a thing, in English and in the codes of programs [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::Expired,
        "expir*, timed out, timeout, time out, lapsed, too old, outlived, exp claim, past its, \
         lifetime exceeded, max age, elapsed, not refreshed in, due to inactivity, idle too long, \
         maximum lifetime, lifetime of, has ended, not been used for, unused for",
    ),
    (
        Term::Revoked,
        "revoke*, revoking, revocation, invalidated, deauthori*, de authori*, disconnected, uninstall*, \
         access removed, access was removed, access has been removed, removed access, removed by, removed the app, withdrawn, unlinked, \
         no longer authorized, no longer authorised, no longer has access, removed your, user removed, consent withdrawn, \
         grant removed, authorization removed, authorization was removed, logged out, signed out, log out, cancelled by, \
         ended by, access was withdrawn, session terminated, session was terminated, session has been terminated, session was ended by, session has been closed, token deleted, token was deleted, token has been deleted, reset credentials",
    ),
    (
        Term::Invalid,
        "correct the following, specify a valid, provide a valid, supply a valid, enter a valid, cant be renewed, cannot be renewed, cannot be refreshed, cant be refreshed, no longer valid, no longer be valid, token error*, token err, token fail*, token wrong, token problem, token exception, error token, token is error*, token is err, token is fail*, token is a error, token is an error, error access token, error of token, error of access token, token is not right, token not right, token verify error*, token verify fail*, token check error*, token check fail*, token auth error*, token auth fail*, token not correct,  invalid, invalids, not valid, isnt valid, incorrect*, wrong, bad, unrecognized, unrecognised, unknown, illegal, \
         not recognized, not recognised, could not be validated, validation failed, cannot be verified, \
         could not be verified, verification failed, not acceptable, failed to validate, could not validate, \
         could not verify, unable to validate, unable to verify, cannot validate, not accepted, failed validation, \
         not a valid, is not correct, error validating, failed verification, cannot be validated, no valid, \
         validation error, unverifiable, signature verification, isnt recognized, not authentic, validating",
    ),
    (
        Term::NotFound,
        "error getting, error retrieving, error fetching, failed to get, failed to retrieve, not found, notfound, does not exist, doesnt exist, no such, cannot be found, cant be found, could not be found, couldnt be found, \
         couldnt find, could not find, cannot find, cant find, unable to find, not exist, no longer exist*, didnt find, \
         unable to locate, cannot locate, could not locate, does not exists, doesnt exists, nonexistent, no matching, \
         no record, on record, no grant on, no such grant, unknown, not identified, is not registered with, unable to retrieve, deleted",
    ),
    (
        Term::Missing,
        "no offline access, no grant type, missing, required, requires, require, must be provided, not provided, not present, must contain, must include, \
         is empty, is null, cannot be empty, cannot be null, cannot be blank, cant be blank, blank, absent, not supplied, \
         not specified, was not included, not included, must specify, not set, must have, must supply, empty, mandatory, \
         must be present, must be set, must be supplied, must be sent, must provide, should be provided, no value, \
         not given, must be specified, must not be empty, may not be null, omitted, undefined, needs, need, needed",
    ),
    (
        Term::NotHeld,
        "does not cover, doesnt cover, not covered by, not cover, insufficient*, lack, lacks, lacking, does not have, doesnt have, not have, do not have, dont have, \
         not enough, without, more permission*, higher privileges, not contain, does not contain, not include, \
         inadequate, doesnt include, does not include, not sufficient, too few, no permission*, missing the, lacks the, \
         unauthorized scope, not been given, havent been given, has no, have no, missing, cannot perform",
    ),
    (
        Term::NotGranted,
        "additional authorization required, not granted, hasnt been granted, has not been granted, not been granted, havent granted, have not granted, \
         hasnt granted, has not granted, not been authorized, did not grant, not approved for, not authorized for, \
         not in granted, ungranted, must be granted, hasnt authorized, has not authorized, needs to grant, \
         need to grant, reauthorize to grant, re authorize to grant, reauthorise to grant, reconnect to grant, not registered user*, has not approved this, not consented, hasnt consented, has not consented, not yet consented, have not consented",
    ),
    (Term::Denied, "not authoriti*, denied, refused, rejected, declined, denies, deny, refusal"),
    (
        Term::NotAllowed,
        "only confidential, only clients, clients of type, must not exist, must not be used, should not be used, does not permit, doesnt permit, do not permit, not permit, may not request, may not use, may not access, may not sign, may not install, may not authori*, cannot authorize, cannot authorise, cannot install, cant install, cannot sign in, cannot log in, not allowed, isnt allowed, arent allowed, forbidden, not permitted, disallowed, prohibited, not authorized, unauthorized, \
         unauthorised, not authorised, isnt authorized, cannot be used, cant be used, not eligible, restricted, cannot use, \
         not in the allowed, not entitled, no access, cannot access, cant access, not accessible, unavailable, not available, \
         prevented, cannot request, not allow, doesnt allow, does not allow, ineligible, isnt permitted",
    ),
    (
        Term::Disabled,
        "requester not enabled, disabled, suspend*, deactivat*, locked, lockout, blocked, banned, frozen, closed, deleted, \
         terminated, archived, disable, is_disabled, lock out, locked out, unavailable account, cancelled, canceled, \
         been removed, has been removed, paused, taken down, takedown, take down, blacklisted, deprovision*",
    ),
    (
        Term::NotActive,
        "not active, no active account, inactive, isnt active, no longer active, not activated, session doesnt have required client, not currently active, not yet active",
    ),
    (
        Term::Reused,
        "reuse*, re use*, already used, already been used, already redeemed, already been redeemed, already exchanged, \
         already consumed, been consumed, used already, used more than once, used twice, previously used, has been used, \
         been rotated, rotated, rotation, superseded, been replaced, was replaced, replay*, stale, outdated, \
         not the latest, not latest, newer token, newer refresh token, token theft, used once, single use, one time use, \
         token consumed, been claimed, already claimed, been exchanged, been redeemed, was redeemed, already processed, multiple times, \
         been refreshed, was already, been already, already been, already refreshed, was used, use count, \
         already invalidated, no longer the current, been used, redeemed, compromised",
    ),
    (
        Term::Mismatch,
        "mismatch*, does not match, doesnt match, do not match, dont match, not match*, didnt match, did not match, must match, differs, \
         different, not equal, not the same, belongs to another, belongs to a different, not belong, doesnt belong, \
         not associated with, issued to a different, was issued to, another client, another app*, not issued to, \
         unmatched, expected audience*, not correspond, inconsistent, incompatible, wrong, other than, same as, must be the same, \
         must be identical, not identical, for another",
    ),
    (
        Term::NotRegistered,
        "not one we know, isnt one we know, isnt on file, not on file, no redirect uri*, no redirect url*, no callback url*, not registered, isnt registered, not whitelisted, unregistered, not configured, not in the list, not listed, \
         not pre registered, not one of, isnt whitelisted, not been registered, not set up, not in allowed, \
         not in the whitelist, not present in, not associated, not part of, not allowlisted, not white listed, \
         not in allowlist, whitelist*, not included in the app, in the client configuration, in the client s configuration, missing in the configuration, missing from the configuration, not part of the client, missing from the client, missing in the client, not in the client, not set in the client, not set for the client, not set up for, not properly configured, not match a pre registered",
    ),
    (
        Term::Unsupported,
        "unsupported, not supported, isnt supported, not support, no support, doesnt support, does not support, unimplemented, \
         not implemented, deprecated, retired, no longer supported, not understood",
    ),
    (
        Term::Exceeded,
        "exceed*, too many, maximum number, maximum allowed, limit, limits, reached the maximum, over limit, max number",
    ),
    (
        Term::Malformed,
        "insecure transport, utilize https, not over ssl, over https, https is required, https required, ssl required, ssl is required, use https, malformed, badly formed, not well formed, could not be parsed, couldnt be parsed, cannot parse, unparsable, unparseable, parse error, \
         invalid format, wrong format, bad format, too short, too long, not enough segments, wrong number of segments, \
         cannot be decoded, could not decode, could not be decoded, decode error, decoding error, syntax*, base64, \
         improperly formatted, not properly formatted, incorrect format, invalid encoding, cannot decode, illegal character*, \
         invalid character*, could not parse, cannot be parsed, unexpected format, invalid jwt format, \
         error decoding, misformatted, unable to parse, not formatted, method not allowed, only post, request method must, use post, method must be, content type must*, content type should*, expected application*, duplicate parameter*, only one method, more than one method, multiple credentials, \
         unexpected parameter*, specified more than once, provided more than once, specified twice, unable to decode, bad formatted, garbled, must be a string, invalid number of segments, number of segments, \
         segments, unable to parse, failed to parse, failed to decode, error parsing, not a jwt, not a valid jwt, is not well formed, unable to read, could not read, cannot read, couldnt read, sent an invalid, sent a bad request, app s request is invalid, apps request is invalid",
    ),
    (
        Term::NotEnabled,
        "not enabled, isnt enabled, has not been used, is disabled, not activated, not been enabled, not turned on, \
         not subscribed, not been activated, not switched on, disabled for, isnt turned on, not provisioned, \
         not enrolled, disabled, access not configured, not been provisioned, not added the product",
    ),
    (Term::Changed, "changed, change, changes, reset, updated, modified"),
];
