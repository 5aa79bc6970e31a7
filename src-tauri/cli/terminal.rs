//! Standard output, standard error and the person in front of them: results here, notes and errors there,
//! colour on terminals only. Text from elsewhere cannot steer the terminal [A3].

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Color, Style};
use clap::error::ErrorKind;
use serde::Serialize;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::exit::Exit;
use crate::failure::Failure;

/// Ids, codes and what else is there to be looked up rather than read.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// The sentence that matters, and names.
pub(crate) const STRONG: Style = Style::new().bold();
/// States only.
pub(crate) const WELL: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
pub(crate) const WARN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
pub(crate) const BAD: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Red)));

/// A line in pieces, each with its style.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text(Vec<(Style, String)>);

impl Text {
    pub(crate) fn styled(style: Style, text: impl AsRef<str>) -> Self {
        Self::default().and(style, text)
    }

    #[must_use]
    pub(crate) fn and(mut self, style: Style, text: impl AsRef<str>) -> Self {
        self.0.push((style, tame(text.as_ref())));
        self
    }

    #[must_use]
    pub(crate) fn plain(self, text: impl AsRef<str>) -> Self {
        self.and(Style::new(), text)
    }

    #[must_use]
    pub(crate) fn followed_by(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Columns it takes on a terminal.
    pub(crate) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// Cut in the middle where it is wider: both ends of a name tell it apart.
    #[must_use]
    pub(crate) fn within(self, most: usize) -> Self {
        let whole = self.width();
        if whole <= most {
            return self;
        }
        let front = most / 2;
        let back = most.saturating_sub(front + 1);
        let (mut at, mut cut) = (0, Self::default());
        let mut is_marked = false;
        for (style, text) in self.0 {
            let mut kept = String::new();
            for letter in text.chars() {
                let width = letter.width().unwrap_or(0);
                let (begin, end) = (at, at + width);
                at = end;
                if end <= front || begin + back >= whole {
                    kept.push(letter);
                } else if !is_marked {
                    is_marked = true;
                    kept.push('…');
                }
            }
            cut.0.push((style, kept));
        }
        cut
    }

    fn write(&self, to: &mut String) {
        for (style, text) in self.0.iter().filter(|(_, text)| !text.is_empty()) {
            to.push_str(&format!("{style}{text}{style:#}"));
        }
        to.push('\n');
    }
}

impl<T: AsRef<str>> From<T> for Text {
    fn from(text: T) -> Self {
        Self::default().plain(text)
    }
}

/// Without what moves cursors, changes colours or turns the reading direction.
fn tame(text: &str) -> String {
    let is_trick = |it: &char| it.is_control() || matches!(it, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|it| !is_trick(it)).collect()
}

/// Where everything is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    is_json: bool,
}

impl Terminal {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.is_json
    }

    /// Whether someone is there to be asked.
    pub(crate) fn is_attended(self) -> bool {
        !self.is_json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether what is typed comes here: not to a job that runs behind (`&`, `bg`).
    pub(crate) fn is_in_front(self) -> bool {
        #[cfg(unix)]
        return rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|front| front == rustix::process::getpgrp());
        #[cfg(not(unix))]
        true
    }

    /// Columns on the screen; `None` where the result goes elsewhere.
    pub(crate) fn columns(self) -> Option<usize> {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    }

    /// Lines of a result.
    pub(crate) fn say(self, lines: impl IntoIterator<Item = Text>) -> Result<(), Failure> {
        let text = together(lines);
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
    }

    /// A file's text as it is: what no person reads off the screen.
    pub(crate) fn file(self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
    }

    /// One JSON object, at once.
    pub(crate) fn object(self, value: &impl Serialize) -> Result<(), Failure> {
        let mut line = serde_json::to_string(value).map_err(|error| Failure::output(error.into()))?;
        line.push('\n');
        let mut out = io::stdout().lock();
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(Failure::output)
    }

    /// What a person should know meanwhile; not a result, so a program does not see it.
    pub(crate) fn note(self, lines: impl IntoIterator<Item = Text>) {
        if !self.is_json {
            self.warn(lines);
        }
    }

    /// What a person should know in any case.
    pub(crate) fn warn(self, lines: impl IntoIterator<Item = Text>) {
        let text = together(lines);
        // A standard error that is closed has no reader to miss it.
        anstream::stderr().lock().write_all(text.as_bytes()).ok();
    }

    /// How far something is: one line that the next one replaces. Said on a terminal alone.
    pub(crate) fn progress(self, text: &str) {
        if !self.is_json && io::stderr().is_terminal() {
            self.overwrite(text);
        }
    }

    /// Leaves nothing of it.
    pub(crate) fn end_progress(self) {
        self.progress("");
    }

    fn overwrite(self, text: &str) {
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        // A line that is broken in two is not replaced as one.
        let shown: String = tame(text).chars().take(width.saturating_sub(1)).collect();
        let mut err = io::stderr().lock();
        // A standard error that is closed has no reader to miss it.
        err.write_all(format!("\r\u{1b}[2K{shown}").as_bytes()).and_then(|()| err.flush()).ok();
    }

    /// Asks, and waits for a line. `None`: the input has ended.
    pub(crate) async fn ask(self, question: &str) -> Option<String> {
        self.ask_for_line(question).await.map(|line| line.trim().to_lowercase())
    }

    /// The same, with the line as it was typed.
    pub(crate) async fn ask_for_line(self, question: &str) -> Option<String> {
        let mut err = anstream::stderr().lock();
        err.write_all(tame(question).as_bytes()).and_then(|()| err.flush()).ok()?;
        drop(err);
        let answer = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().read_line(&mut line).map(|length| (length > 0).then_some(line))
        });
        answer.await.ok()?.ok().flatten()
    }

    /// Says what went wrong, and how the program ends.
    pub(crate) fn fail(self, failure: &Failure) -> Exit {
        if failure.is_silent {
            return failure.exit;
        }
        if self.is_json {
            // Nothing is left to tell it to when this fails too.
            drop(self.object(&failure.as_json()));
        }
        let mut lines = vec![Text::styled(BAD, "patchbay: ").plain(failure.sentence())];
        lines.extend(failure.advice().map(|advice| Text::from("  ").plain(advice)));
        let details = failure.detail().into_iter().flat_map(str::lines);
        lines.extend(details.map(|detail| Text::styled(FAINT, format!("  {detail}"))));
        self.warn(lines);
        failure.exit
    }
}

fn together(lines: impl IntoIterator<Item = Text>) -> String {
    let mut text = String::new();
    lines.into_iter().for_each(|line| line.write(&mut text));
    text
}

/// Wrong usage, help and version, as clap words them; a program that asked for JSON gets a line as well.
pub(crate) fn show_usage(usage: &clap::Error) -> Exit {
    // A closed output has no reader to miss it.
    usage.print().ok();
    if matches!(usage.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Exit::Done;
    }
    if std::env::args_os().any(|it| it == "--json") {
        let rendered = usage.render().to_string();
        let first = rendered.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        drop(Terminal::new(true).object(&Failure::usage(first).as_json()));
    }
    Exit::WrongUsage
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A1: a name of any length is one line, told by both its ends, in the styles it has.
    #[test]
    fn a_wide_text_is_cut_in_its_middle() {
        let text = Text::styled(STRONG, "Invoices ").plain("x".repeat(10_000)).plain(" of Halden");

        let cut = text.clone().within(30);

        assert_eq!(cut.width(), 30, "{cut:?}");
        let shown: String = cut.0.into_iter().map(|(_, text)| text).collect::<String>() + "\n";
        assert!(shown.starts_with("Invoices xxxxxx…") && shown.ends_with("xxxx of Halden\n"), "{shown}");
        assert_eq!(text.width(), text.clone().within(20_000).width(), "there is room");
        assert!(Text::from("漢字".repeat(50)).within(21).width() <= 21, "columns are counted, not letters");
        assert_eq!(Text::from("abc").within(0).width(), 1, "it says at least that something is there");
    }

    /// A3: a provider chooses account names; they must not clear the screen or colour a dead lamp green.
    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        let text = Text::from("mira\u{1b}[2J\u{1b}[32m\u{202e}@x\r\n");

        assert_eq!(together([text]), "mira[2J[32m@x\n");
    }
}
