//! Other people's words as they may be shown: nothing that steers a terminal or turns text around [S094, S108].

/// Without control, direction and zero-width marks, and cut.
pub fn cleaned(text: &str, max_length: usize) -> String {
    text.chars().filter(|it| !is_trick(*it)).take(max_length).collect()
}

fn is_trick(it: char) -> bool {
    it.is_control()
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S108
    #[test]
    fn marks_that_steer_or_hide_are_gone() {
        assert_eq!(cleaned("a\u{1b}[31m\r\nb\u{202e}c\u{200b}", 9), "a[31mbc");
        assert_eq!(cleaned("Žofia", 3), "Žof", "cut by letters, not by bytes");
    }
}
