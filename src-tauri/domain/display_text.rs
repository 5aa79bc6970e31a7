//! Text as it may be shown: other people's words without what steers a terminal or turns text around, and lengths of
//! time as a person reads them [B12, S094, S108].

use jiff::SignedDuration;

/// In characters.
pub const LONGEST_ENTERED_NAME: usize = 60;

/// Without control, direction and zero-width marks, and cut.
pub fn cleaned(text: &str, max_length: usize) -> String {
    text.chars().filter(|it| !is_trick(*it)).take(max_length).collect()
}

/// A name as a person typed it, to be typed again on a command line: what is shown is all of it, and it is no id of its
/// kind, which begins with `id_start`.
pub fn entered_name(typed: &str, id_start: &str) -> Option<String> {
    let name = typed.trim();
    let is_seen = cleaned(name, LONGEST_ENTERED_NAME) == name;
    (!name.is_empty() && is_seen && !name.starts_with(id_start)).then(|| name.to_owned())
}

/// The same for what is compared as well as shown: each such mark stands as one that is seen, so that two texts that
/// differ stay different.
pub fn marked(text: &str, max_length: usize) -> String {
    text.chars().map(|it| if is_trick(it) { '\u{fffd}' } else { it }).take(max_length).collect()
}

/// "2 h", "3 h 5 min", "2 d 6 h", "1 s": two units at most, rounded to the smaller; without its sign, and never less
/// than a second.
pub fn length(time: SignedDuration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let time = time.unsigned_abs();
    let whole = time.as_secs().saturating_add(u64::from(time.subsec_millis() >= 500)).max(1);
    let smallest = match whole {
        86_400.. => 3_600,
        3_600.. => 60,
        _ => 1,
    };
    let mut left = whole.saturating_add(smallest / 2) / smallest * smallest;
    let mut parts = vec![];
    for (seconds, unit) in UNITS {
        let count = left / seconds;
        left %= seconds;
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count} {unit}"));
        }
    }
    parts.join(" ")
}

/// A name as text of a Markdown page: whatever it holds, it makes no markup.
pub fn as_markdown(text: &str, max_length: usize) -> String {
    let mut out = String::new();
    for it in cleaned(text, max_length).chars() {
        if "\\`*_{}[]<>()#+!|~&".contains(it) {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

/// A field of a table (RFC 4180): quoted where it must be; what a spreadsheet would take for a formula begins with an
/// apostrophe.
pub fn as_csv_field(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

fn is_trick(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S094, S101: shown without tricks, and yet no other text.
    #[test]
    fn a_mark_that_is_not_seen_makes_another_text_of_it() {
        assert_eq!(marked("mira\u{200b}@x", 99), "mira\u{fffd}@x");
        assert_eq!(marked("mira@x", 4), "mira");
    }

    /// B12
    #[test]
    fn a_length_of_time_has_two_units_at_most() {
        for (millis, expected) in [
            (0, "1 s"),
            (1_499, "1 s"),
            (59_700, "1 min"),
            (125_000, "2 min 5 s"),
            (7_200_002, "2 h"),
            (-7_200_002, "2 h"),
            (3_599_800, "1 h"),
            (11_129_000, "3 h 5 min"),
            (86_399_000, "1 d"),
            (194_500_000, "2 d 6 h"),
        ] {
            assert_eq!(length(SignedDuration::from_millis(millis)), expected, "{millis} ms");
        }
        assert_eq!(length(SignedDuration::MIN).split(' ').count(), 4, "{}", length(SignedDuration::MIN));
    }

    /// S108
    #[test]
    fn marks_that_steer_or_hide_are_gone() {
        assert_eq!(cleaned("a\u{1b}[31m\r\nb\u{202e}c\u{200b}", 9), "a[31mbc");
        assert_eq!(cleaned("Žofia", 3), "Žof", "cut by letters, not by bytes");
    }
}
