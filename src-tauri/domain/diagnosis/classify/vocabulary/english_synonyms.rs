//! The plain English ways around the words above: whatever a provider's writer takes instead of expired, invalid or
//! denied. Found by putting them in the place of the usual words and seeing which verdicts fell [C1, C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::Expired,
        "token has run out, token ran out, session has run out, session ran out, token is out of date, token out of date, \
         session is out of date, session out of date, out of date token, aged out, no longer good, access token is stale, \
         access token stale, access token has gone stale, stale access token, session is stale, stale session, session stale, \
         access token is outdated, outdated access token, session is outdated, outdated session",
    ),
    (
        Term::Invalid,
        "bogus, unusable, not usable, not genuine, not legitimate, illegitimate, corrupt, corrupted, defective, faulty, erroneous, \
         improper, unacceptable, not honored, not honoured, does not verify, did not verify, not pass validation, \
         not pass verification, fails validation, fails verification, inauthentic, tampered, forged, counterfeit",
    ),
    (
        Term::Revoked,
        "rescind*, voided, annulled, nullified, retracted, taken away, been cut off, was cut off, been severed, was severed, \
         token terminated, token was terminated, token has been terminated, grant was terminated, grant has been terminated, \
         token cancelled, token canceled, token was cancelled, token was canceled, token has been cancelled, \
         token has been canceled, grant was cancelled, grant was canceled, grant has been cancelled, grant has been canceled",
    ),
    (
        Term::NotFound,
        "not located, nowhere to be found, has vanished, nothing by that name, nothing by this name, \
         not in our records, not in our system, not in our database",
    ),
    (
        Term::Missing,
        "left out, obligatory, compulsory, was not passed, were not passed, not passed in, was not sent, were not sent, \
         must accompany, have to provide, has to be provided, have to be provided, have to specify, has to be specified",
    ),
    (
        Term::NotAllowed,
        "off limits, out of bounds, not cleared to, not cleared for, inadmissible, impermissible, \
         beyond your rights, not open to, closed to you",
    ),
    (Term::Denied, "turned away, turned down, rebuffed, withheld, no entry, kept out"),
    (Term::Disabled, "shut off, put on hold, placed on hold, on hold, halted, decommissioned, dormant, out of use"),
    (Term::Suspended, "shut off, put on hold, placed on hold"),
    (
        Term::Mismatch,
        "at odds, diverges, deviates, not consistent with, not aligned with, not in line with, conflicts with the, \
         in conflict with the, contradicts, unequal, disagrees with, not agree with, not coincide, discrepanc*, unlike the one, \
         not what was expected, fails to match, failed to match, is not the one",
    ),
    (
        Term::Rate,
        "allowance exhausted, allowance used up, allowance reached, allowance exceeded, allotment*, request ceiling, call ceiling, \
         ceiling of calls, ceiling of requests, request threshold, threshold of requests, ease off, hammering, call budget, \
         request volume too, volume too high, burst exceeded, out of requests, requests exhausted, calls exhausted",
    ),
    (
        Term::Outage,
        "service is out of order, system is out of order, out of action, service is offline, server is offline, api is offline, system is offline, service is down, \
         server is down, api is down, system is down, site is down, down right now, under repair, \
         service is being upgraded, system is being upgraded, server is being upgraded",
    ),
    (
        Term::Retry,
        "come back later, come back in, check back later, check back soon, again shortly, not available at the moment",
    ),
    (
        Term::Scope,
        "oauth permission*, api permission*, permission scope*, token permission*, permissions of the token, permissions of this token, \
         permissions of your token",
    ),
    // Nothing was sent that says who calls.
    (
        Term::NoCredential,
        "token was omitted, token was not given, token was not sent, token was not passed, token was left out, token is not \
         sent, token not passed in, credentials were omitted, credentials were not given, credentials were not sent, \
         credentials were not passed, credentials were left out, credentials are not sent, credentials not passed in, api key \
         was omitted, api key was not given, api key was not sent, api key was not passed, api key was left out, api key is \
         not sent, api key not passed in, access key was omitted, access key was not given, access key was not sent, access \
         key was not passed, access key was left out, access key is not sent, access key not passed in, subscription key was \
         omitted, subscription key was not given, subscription key was not sent, subscription key was not passed, \
         subscription key was left out, subscription key is not sent, subscription key not passed in, authorization header \
         was omitted, authorization header was not given, authorization header was not sent, authorization header was not \
         passed, authorization header was left out, authorization header is not sent, authorization header not passed in, \
         auth header was omitted, auth header was not given, auth header was not sent, auth header was not passed, auth \
         header was left out, auth header is not sent, auth header not passed in, bearer was omitted, bearer was not given, \
         bearer was not sent, bearer was not passed, bearer was left out, bearer is not sent, bearer not passed in",
    ),
];
