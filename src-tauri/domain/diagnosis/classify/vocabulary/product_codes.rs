//! Codes of widely used programs that stand in any text: Microsoft.IdentityModel, Azure AD B2C, IBM Cloud IAM, and the
//! replies of mail servers to a token (RFC 4954 §6, RFC 5530) [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    // Microsoft.IdentityModel: the validation that failed has a number.
    (
        Term::ByName,
        "idx10205, idx10206, idx10208, idx10211, idx10214, idx10222, idx10223, idx10225, idx10230, idx10249, idx10500, idx10501, \
         idx10503, idx10504, idx10506, idx10508, idx10511, idx10516, idx10517, idx10519, idx12709, idx12723, idx12729, idx12741, \
         idx14100, idx21323, idx21314, idx21329",
    ),
    (Term::Token, "idx10222, idx10223, idx10225, idx10230, idx10249, aadb2c90080, aadb2c90129, bxnim0408e, bxnim0407e"),
    (Term::Expired, "idx10223, idx10249, aadb2c90080, bxnim0408e"),
    (Term::NotYetValid, "idx10222"),
    (Term::Audience, "idx10205, idx10206, idx10208, idx10211, idx10214"),
    (Term::Mismatch, "idx10205, idx10206, idx10208, idx10211, idx10214"),
    (
        Term::SigningKey,
        "idx10500, idx10501, idx10503, idx10504, idx10506, idx10508, idx10511, idx10516, idx10517, idx10519",
    ),
    (Term::Malformed, "idx12709, idx12723, idx12729, idx12741, idx14100"),
    (Term::Assertion, "idx12709, idx12723, idx12729, idx12741, idx14100"),
    (Term::Nonce, "idx21323"),
    (Term::State, "idx21329"),
    // Azure AD B2C.
    (Term::Interaction, "aadb2c90077, aadb2c90118"),
    (Term::Cancelled, "aadb2c90091"),
    (Term::Revoked, "aadb2c90129"),
    (Term::AccountOver, "aadb2c90128, aadb2c99002"),
    (Term::Redirect, "aadb2c90006, aadb2c90007"),
    (Term::NotRegistered, "aadb2c90006, aadb2c90007"),
    (Term::Secret, "aadb2c90079, aadb2c90081, aadb2c90085"),
    (Term::Missing, "aadb2c90079"),
    (Term::Invalid, "aadb2c90081, aadb2c90085"),
    (Term::Scope, "aadb2c90010, aadb2c90055, aadb2c90117, aadb2c90205"),
    (Term::NotAllowed, "aadb2c90055, aadb2c90117, aadb2c90205"),
    // IBM Cloud IAM: the key of an API is the client there.
    (Term::ApiKey, "bxnim0415e, bxnim0410e"),
    (Term::NotFound, "bxnim0415e, bxnim0410e"),
    (Term::Parameter, "bxnim0106e, bxnim0109e"),
    (Term::Invalid, "bxnim0106e"),
    (Term::Missing, "bxnim0109e"),
    (Term::MustBe, "bxnim0106e"),
    // GitHub Copilot: an organisation's policy opens a feature of it.
    (Term::Policy, "this copilot feature"),
    // Xbox Live: an account that has no profile, lives where there is no service, or is a child's.
    (Term::AccountOver, "2148916227"),
    (Term::Interaction, "2148916233, 2148916234, 2148916236, 2148916237"),
    (Term::Ip, "2148916235"),
    (Term::Policy, "2148916229, 2148916238"),
    // golang-jwt says by how much.
    (Term::ByName, "token is expired by"),
    // The gateways of WSO2 and Tyk, and the codes of the former within a sentence.
    (Term::AccessToken, "900901, key not authori*, key has expired, key has been expired"),
    (Term::Invalid, "900901, key not authori*"),
    // Replies to AUTH.
    (
        Term::Credentials,
        "535 5 7 8, 535 5 7 3, 535 5 7 0, 535 5 7 1, 501 5 5 2, 501 5 5 4, 501 5 5 124, 500 5 5 6, 501 5 7 0",
    ),
    (Term::Invalid, "535 5 7 8, 535 5 7 3, 535 5 7 0, 535 5 7 1"),
    (Term::Malformed, "501 5 5 2, 501 5 5 4, 501 5 5 124, 500 5 5 6, 501 5 7 0"),
    (Term::NoCredential, "530 5 7 0, 530 5 7 1, 530 5 7 57"),
    (Term::Interaction, "534 5 7 14, 534 5 7 9"),
    (Term::Outage, "454 4 7 0, 451 4 7 0"),
    (Term::Rate, "421 4 7 0, 421 4 7 28, 450 4 2 1, 452 4 5 3, 550 5 4 5"),
    (Term::Policy, "535 5 7 139, 550 5 7 30"),
    (Term::Blocked, "535 5 7 139, 550 5 7 30, contactadmin"),
    // The exceptions of Evernote's EDAM protocol, by number.
    (
        Term::Token,
        "edamuserexception errorcode 8, edamuserexception errorcode 9, edamuserexception error code 8, edamuserexception error code 9, edam user exception error code 8, edam user exception error code 9, \
         edamerrorcode invalid auth, edamerrorcode auth expired",
    ),
    (
        Term::Invalid,
        "edamuserexception errorcode 8, edamuserexception error code 8, edam user exception error code 8, edamerrorcode invalid auth",
    ),
    (
        Term::Expired,
        "edamuserexception errorcode 9, edamuserexception error code 9, edam user exception error code 9, edamerrorcode auth expired",
    ),
    (
        Term::NotAccessible,
        "edamuserexception errorcode 3, edamuserexception error code 3, edam user exception error code 3",
    ),
    (
        Term::Rate,
        "edamsystemexception errorcode 19, edamsystemexception error code 19, edam system exception error code 19, rate limit reached",
    ),
    (
        Term::Outage,
        "edamsystemexception errorcode 4, edamsystemexception errorcode 12, edamsystemexception error code 4, edamsystemexception error code 12, edam system exception error code 4, edam system exception error code 12",
    ),
];
