//! A sign-in on another device as a terminal shows it: the code, where to type it, and a QR code of the address
//! [A2, S082].

use domain::diagnosis::ActionLabel;
use engine::flows::connect::{DevicePrompt, SignIn};

use crate::exit::Exit;
use crate::failure::{Failure, FailureWords};
use crate::sign_in::{EventJson, bound_for};
use crate::terminal::{FAINT, STRONG, Terminal, Text};
use crate::words::times::Now;

/// Light squares around it, without which no camera finds it (ISO/IEC 18004 §9.1).
const QUIET: usize = 2;

pub(crate) fn announce(terminal: &Terminal, sign_in: &SignIn, prompt: &DevicePrompt) -> Result<(), Failure> {
    if terminal.is_json() {
        return terminal.object(&EventJson::Device {
            user_code: &prompt.user_code,
            verification_uri: prompt.verification_uri.as_str(),
            verification_uri_complete: prompt.verification_uri_complete.as_ref().map(url::Url::as_str),
            expires_at: sign_in.ends_at.to_string(),
            bound_for: bound_for(sign_in),
        });
    }
    let mut lines = vec![
        Text::styled(STRONG, format!("Sign in to {} on any device", sign_in.provider_name)).plain(":"),
        Text::from("  Open  ").plain(prompt.verification_uri.as_str()),
        Text::from("  Type  ").and(STRONG, &prompt.user_code),
    ];
    if terminal.is_attended() && !prompt.qr.is_empty() {
        lines.push(Text::default());
        lines.extend(drawn(&prompt.qr).into_iter().map(Text::from));
    }
    terminal.say(lines)?;
    let until = Now::here().moment(sign_in.ends_at);
    terminal.note([Text::styled(FAINT, format!("The code holds until {until}; Ctrl-C cancels."))]);
    Ok(())
}

/// The code ran out before anyone typed it.
pub(crate) fn expired(prompt: &DevicePrompt, again: &str) -> Failure {
    let words = FailureWords {
        code: "device_code_expired",
        happened: format!("The code {} expired before anyone signed in with it.", prompt.user_code),
        meaning: "Nothing was changed.".to_owned(),
        advice: format!("Ask for a new one: {again} --device"),
        ..FailureWords::default()
    };
    Failure::new(Exit::Failed, ActionLabel::Reconnect, words)
}

/// Two rows of squares in one line of half blocks; light ones are drawn, as terminals are mostly dark.
fn drawn(squares: &[Vec<bool>]) -> Vec<String> {
    let size = squares.len() + 2 * QUIET;
    let is_dark = |row: usize, column: usize| {
        let inside = row.checked_sub(QUIET).zip(column.checked_sub(QUIET));
        inside.and_then(|(row, column)| squares.get(row)?.get(column)).copied().unwrap_or(false)
    };
    (0..size)
        .step_by(2)
        .map(|row| {
            let mut line = String::from("  ");
            for column in 0..size {
                let half = match (is_dark(row, column), row + 1 >= size || is_dark(row + 1, column)) {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                };
                line.push(half);
            }
            line
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S082: what is light stands out, with a light frame.
    #[test]
    fn a_qr_code_is_drawn_in_half_blocks_with_a_frame() {
        let lines = drawn(&[vec![true, false], vec![true, true]]);

        assert_eq!(lines, ["  ██████", "  ██ ▀██", "  ██████"]);
    }
}
