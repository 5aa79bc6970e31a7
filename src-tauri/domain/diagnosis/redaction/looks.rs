//! What a secret looks like where nobody says that it is one: names that announce it, beginnings, chance [S137].

/// How surely a name announces a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// Whatever follows.
    Strong,
    /// In a form always; in a sentence only what looks like it.
    Weak,
}

/// Names without their dashes, underscores and letter case.
const STRONG: [&str; 29] = [
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "apitoken",
    "sessiontoken",
    "csrftoken",
    "clientsecret",
    "appsecret",
    "consumersecret",
    "secret",
    "password",
    "passwd",
    "pwd",
    "apikey",
    "xapikey",
    "privatekey",
    "assertion",
    "clientassertion",
    "codeverifier",
    "authorizationcode",
    "authcode",
    "devicecode",
    "authorization",
    "cookie",
    "setcookie",
    "signature",
    "initialaccesstoken",
];
const WEAK: [&str; 9] = ["code", "state", "token", "key", "nonce", "session", "sid", "sig", "usercode"];

/// Beginnings by which issuers mark what they issue, each with the fewest letters that follow.
const BEGINNINGS: [(&str, usize); 30] = [
    ("eyJ", 12),
    ("ya29.", 8),
    ("1//", 12),
    ("4/0", 12),
    ("GOCSPX-", 8),
    ("gho_", 8),
    ("ghp_", 8),
    ("ghu_", 8),
    ("ghs_", 8),
    ("ghr_", 8),
    ("github_pat_", 8),
    ("glpat-", 8),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxe", 8),
    ("xoxr-", 8),
    ("xapp-", 8),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("whsec_", 8),
    ("shpat_", 8),
    ("shpss_", 8),
    ("AKIA", 12),
    ("AIza", 16),
    ("ntn_", 12),
    ("practice_at_", 4),
    ("practice_rt_", 4),
    ("practice_code_", 4),
];

/// In a sentence, without a sign after it.
pub(super) fn names_a_password(word: &str) -> bool {
    ["password", "passwd", "passphrase", "passcode", "pwd"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// Between a name and what it names.
pub(super) fn links(word: &str) -> bool {
    ["is", "was", "be", "as", "of", "to"].iter().any(|it| word.eq_ignore_ascii_case(it))
}

pub(super) fn key_kind(name: &str) -> Option<KeyKind> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if STRONG.contains(&plain.as_str()) {
        return Some(KeyKind::Strong);
    }
    WEAK.contains(&plain.as_str()).then_some(KeyKind::Weak)
}

/// By its beginning.
pub(super) fn looks_secret(word: &str) -> bool {
    BEGINNINGS.iter().any(|(begin, fewest)| word.strip_prefix(begin).is_some_and(|rest| rest.len() >= *fewest))
}

/// Long, and kinds of letters change as often as in what was drawn by lot. A UUID names something and opens nothing.
pub(super) fn looks_random(word: &str) -> bool {
    const SHORTEST: usize = 20;
    if word.len() < SHORTEST || is_uuid(word) {
        return false;
    }
    let kinds: Vec<_> = word.chars().filter_map(kind).collect();
    let others = word.chars().filter(|it| kind(*it).is_none()).count();
    let is_written_so = word.chars().all(|it| kind(it).is_some() || "-_.~+/=%*!$".contains(it));
    if kinds.len() < SHORTEST || !is_written_so || others * 4 > word.len() {
        return false;
    }
    let changes = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let is_hexadecimal = word.len() >= 32 && word.chars().all(|it| it.is_ascii_hexdigit());
    is_hexadecimal || changes * 10 >= kinds.len() * 3
}

fn kind(it: char) -> Option<u8> {
    match it {
        'a'..='z' => Some(0),
        'A'..='Z' => Some(1),
        '0'..='9' => Some(2),
        _ => None,
    }
}

fn is_uuid(word: &str) -> bool {
    let parts: Vec<_> = word.split('-').collect();
    parts.iter().map(|it| it.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|it| it.chars().all(|it| it.is_ascii_hexdigit()))
}
