//! What is sent to somebody else who has to sign in: which account, why, what stands still, and the steps; no secret [E3].

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Needing;
use crate::diagnosis::CauseLabel;
use crate::display_text::cleaned;

/// Names in a letter are cut here.
const LONGEST_NAME: usize = 120;
/// Customers that are named; the others are counted.
const NAMED_CUSTOMERS: usize = 3;

/// How somebody elsewhere can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInPlace {
    /// A link that is opened anywhere; the address it ends at is sent back.
    Link,
    /// A code that is typed anywhere (RFC 8628).
    Device,
}

/// A text to send, with times as the person reads them.
pub fn handing_over_note(needing: &Needing, place: SignInPlace, zone: &TimeZone, now: Timestamp) -> String {
    let named = |text: &str| cleaned(text, LONGEST_NAME);
    let (name, provider) = (named(&needing.name), named(&needing.provider));
    let account = needing.account.as_deref().map_or_else(|| "the account it had".to_owned(), named);
    let customer = needing.customer.as_deref().map(|it| format!(" for {}", named(it))).unwrap_or_default();
    let mut note = format!(
        "Hello,\n\nthe connection \"{name}\" to {provider}{customer} needs a new sign-in as {account}. Only somebody who \
         can sign in there as {account} can do that.\n\nWhy: {}\n",
        why(needing.cause, &provider)
    );
    note.push_str(&format!("What stands still: {}\n\n", damage(needing, zone, now)));
    note.push_str("What to do, in about two minutes:\n");
    let steps: [String; 3] = match place {
        SignInPlace::Link => [
            "Write to me when you are at a computer. I send you a sign-in link then; it works once, for ten minutes."
                .to_owned(),
            format!("Open it, sign in as {account}, and agree to what it asks for with every box ticked."),
            "The browser ends at an address that begins with http://127.0.0.1 or https://localhost and shows an error \
             page: that is as it should be. Send me that whole address at once, to me alone. It works once."
                .to_owned(),
        ],
        SignInPlace::Device => [
            "Write to me when you are at a computer or a telephone. I send you a code then, and the page to type it at."
                .to_owned(),
            format!("Open the page, type the code, and sign in as {account}."),
            "Agree to what it asks for with every box ticked. Nothing has to be sent back.".to_owned(),
        ],
    };
    for (number, step) in (1..).zip(steps) {
        note.push_str(&format!("{number}. {step}\n"));
    }
    note.push_str(&format!(
        "\nYour password is typed on {provider}'s own page and nowhere else; nobody needs it from you. If the account is \
         not yours, tell me whose it is.\n\nThank you.\n"
    ));
    note
}

#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else it was, a new sign-in is what helps")]
fn why(cause: Option<CauseLabel>, provider: &str) -> String {
    let Some(cause) = cause else { return format!("{provider} does not renew its permission any more.") };
    let said = match cause {
        CauseLabel::GrantRevoked => format!("{provider} says that its permission was taken back"),
        CauseLabel::RefreshTokenExpired => "its permission has run out".to_owned(),
        CauseLabel::InsufficientScope => "it may not do all that it has to".to_owned(),
        CauseLabel::WrongTenantOrAccount => "it was signed in with another account".to_owned(),
        CauseLabel::RefreshTokenMissing => "it was given no permission to stay signed in".to_owned(),
        _ => format!("{provider} does not renew its permission any more"),
    };
    format!("{said} ({}).", cause.as_str())
}

fn damage(needing: &Needing, zone: &TimeZone, now: Timestamp) -> String {
    if needing.workflow_count == 0 {
        return "no workflow is known to lean on it.".to_owned();
    }
    let workflows = match needing.workflow_count {
        1 => "1 workflow".to_owned(),
        count => format!("{count} workflows"),
    };
    let mut customers: Vec<String> =
        needing.customers.iter().take(NAMED_CUSTOMERS).map(|it| cleaned(it, LONGEST_NAME)).collect();
    let others = needing.customers.len().saturating_sub(NAMED_CUSTOMERS);
    if others > 0 {
        customers.push(format!("{others} more"));
    }
    let for_whom = if customers.is_empty() { String::new() } else { format!(" for {}", customers.join(", ")) };
    let first = needing.first_run_at.map_or_else(String::new, |at| {
        let when = at.to_zoned(zone.clone()).strftime("%a %-d %b %Y, %H:%M (%:z)").to_string();
        if at > now { format!("; the next run that fails is on {when}") } else { format!("; runs fail since {when}") }
    });
    format!("{workflows}{for_whom}{first}.")
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::needing;
    use super::*;
    use crate::test_values::at_minute;

    /// E3: who, which account, why, what it stops, and the steps.
    #[test]
    fn a_note_says_who_why_what_stands_still_and_what_to_do() {
        let note = handing_over_note(&needing(7), SignInPlace::Link, &TimeZone::UTC, at_minute(0));

        for part in [
            "the connection \"Connection 7\" to Google for Brightwater needs a new sign-in as staff-7@brightwater.example",
            "Google says that its permission was taken back (grant_revoked).",
            "2 workflows for Brightwater; the next run that fails is on Thu 20 Nov 2025, 02:30 (+00:00).",
            "1. Write to me",
            "Send me that whole address",
        ] {
            assert!(note.contains(part), "{part} is missing in:\n{note}");
        }
        assert!(!note.contains("patchbay://"), "whoever reads it has no Patchbay");
    }

    /// E3: with a code nothing comes back, so nothing is asked for.
    #[test]
    fn a_code_needs_no_address_back_and_what_is_not_known_is_not_said() {
        let bare = Needing {
            account: None,
            customer: None,
            cause: None,
            workflow_count: 0,
            customers: vec![],
            first_run_at: None,
            ..needing(1)
        };

        let note = handing_over_note(&bare, SignInPlace::Device, &TimeZone::UTC, at_minute(0));

        assert!(note.contains("Nothing has to be sent back.") && note.contains("the account it had"), "{note}");
        assert!(note.contains("no workflow is known to lean on it."), "{note}");
    }
}
