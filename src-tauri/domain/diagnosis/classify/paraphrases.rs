//! The same refusals in other plain words: a provider that nobody has met says with them what others say with the usual
//! ones [C1, C2].

use super::classify;
use super::readings::{evidence, is_acceptable, is_unsafe, readings};
use crate::diagnosis::Evidence;

/// What is usually said, and what says no more and no less.
const OTHERWISE: [(&str, &[&str]); 14] = [
    ("has expired", &["has lapsed", "has timed out", "is past its expiry", "is no longer good", "has aged out"]),
    ("is expired", &["has lapsed", "has timed out", "is past its expiry", "is no longer good", "has aged out"]),
    ("is invalid", &["is bogus", "is not genuine", "is unusable", "is corrupt", "does not verify", "was not honored"]),
    ("is not valid", &["is bogus", "is not legitimate", "is defective", "is erroneous", "did not pass validation"]),
    ("was revoked", &["was rescinded", "was voided", "was annulled", "was withdrawn", "has been taken away"]),
    ("has been revoked", &["was rescinded", "was nullified", "was retracted", "was withdrawn", "has been cut off"]),
    ("is missing", &["was left out", "was omitted", "was not given", "was not sent"]),
    ("is required", &["is mandatory", "is obligatory", "is compulsory", "has to be provided"]),
    ("not found", &["not located", "nowhere to be found"]),
    ("does not match", &["is at odds with", "differs from", "diverges from", "contradicts", "is not consistent with"]),
    (
        "too many requests",
        &["request allowance used up", "allotment exceeded", "request volume too high", "out of requests"],
    ),
    ("is disabled", &["is shut off", "is on hold", "is dormant", "was put on hold"]),
    ("is suspended", &["is shut off", "is on hold", "is dormant", "was put on hold"]),
    ("temporarily unavailable", &["out of action", "under repair", "down right now"]),
];

/// `text` with each of `usual` said as `other`; `None` where it is not said as words of a sentence.
fn said_otherwise(text: &str, usual: &str, other: &str) -> Option<String> {
    let small = text.to_ascii_lowercase();
    let is_of_a_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    let (mut out, mut rest) = (String::new(), 0);
    for (at, _) in small.match_indices(usual) {
        let end = at + usual.len();
        let is_whole = !small[..at].ends_with(is_of_a_word) && !small[end..].starts_with(is_of_a_word);
        if is_whole {
            out.push_str(&text[rest..at]);
            out.push_str(other);
            rest = end;
        }
    }
    (rest > 0).then(|| out + &text[rest..])
}

/// C1, C2
#[test]
fn other_plain_words_say_the_same() {
    let (mut tried, mut wrong, mut harmful) = (0, vec![], 0);
    for reading in readings() {
        let Some(body) = reading["body"].as_str() else { continue };
        for (usual, others) in OTHERWISE {
            for text in others.iter().filter_map(|other| said_otherwise(body, usual, other)) {
                let named = classify(&Evidence { body: text.clone().into_bytes(), ..evidence(&reading) }, &[]);
                tried += 1;
                harmful += usize::from(is_unsafe(&reading, named.action));
                if !is_acceptable(&reading, &named) {
                    wrong.push(format!(
                        "{}{} for {}: {text}",
                        if is_unsafe(&reading, named.action) { "HARM " } else { "" },
                        named.cause.as_str(),
                        reading["causes"]
                    ));
                }
            }
        }
    }
    println!("{} of {tried} are named otherwise, {harmful} harmfully", wrong.len());

    assert!(tried >= 900, "{tried}");
    assert!(wrong.len() * 100 <= tried * MOST_LOST, "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(harmful * 1000 <= tried * MOST_HARMFUL, "{harmful} of {tried}");
}

/// Of a hundred.
const MOST_LOST: usize = 5;
/// Of a thousand.
const MOST_HARMFUL: usize = 12;

#[test]
fn only_words_of_a_sentence_are_said_otherwise() {
    assert_eq!(said_otherwise("Token has expired.", "has expired", "has lapsed").as_deref(), Some("Token has lapsed."));
    assert_eq!(said_otherwise("token_has expired", "has expired", "has lapsed"), None, "a code");
    assert_eq!(said_otherwise("It Has Expired, has expired", "has expired", "x").as_deref(), Some("It x, x"));
}
