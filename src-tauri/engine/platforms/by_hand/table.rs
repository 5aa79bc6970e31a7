//! Reads CSV as spreadsheets write it: commas, semicolons or tabs, quotes, and a head of column names [D2].

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::super::{PlatformFailure, Progress};
use super::line::{Line, column_of};
use super::{List, STRIDE};

/// A cell with more lines than this is a quote that nobody closed.
const MOST_LINES: usize = 50;
/// So often the reading begins anew behind such a line.
const MOST_BEGINNINGS: usize = 100;

/// Whether the first line is a head with the column that there must be.
pub(in crate::platforms) fn recognises(text: &str) -> bool {
    let head = head_of(text);
    let has_workflow = head.split(delimiter_of(head)).any(|it| column_of(it.trim_matches('"')) == Some(0));
    has_workflow && !head.trim_start().starts_with(['{', '['])
}

/// The first line that says anything.
fn head_of(text: &str) -> &str {
    text.lines().find(|it| !it.trim().is_empty()).unwrap_or_default()
}

/// The one that stands in the head most often, outside of quotes.
fn delimiter_of(head: &str) -> char {
    let outside: String = head.split('"').step_by(2).collect();
    [',', ';', '\t'].into_iter().max_by_key(|mark| (outside.matches(*mark).count(), *mark == ',')).unwrap_or(',')
}

pub(super) fn read(name: &str, text: &str, list: &mut List, progress: &Progress) -> Result<(), PlatformFailure> {
    let head = head_of(text);
    let delimiter = delimiter_of(head);
    let begin = text.find(head).unwrap_or_default();
    let columns: Vec<Option<usize>> = match records(head, delimiter).next() {
        Some(Ok(record)) => record.iter().map(|cell| column_of(&unquoted(cell))).collect(),
        Some(Err(_)) | None => vec![],
    };
    if !columns.contains(&Some(0)) {
        let words = "its first line has no column `workflow`".to_owned();
        return Err(PlatformFailure::Unreadable(name.to_owned(), words));
    }
    for (at, _) in columns.iter().enumerate().filter(|(_, it)| it.is_none()) {
        list.doubts.add("the first line", &format!("column {} is not known", at + 1));
    }
    let body = begin + head.len();
    let all = u32::try_from(text.lines().count()).ok();
    let mut rest = text.get(body..).unwrap_or_default();
    let mut line_before = text.get(..body).unwrap_or_default().lines().count().max(1);
    // What follows the head begins with the end of its line.
    if let Some(after) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])) {
        rest = after;
    }
    for _ in 0..MOST_BEGINNINGS {
        let Some((bytes, lines)) = read_until_broken(rest, line_before, delimiter, &columns, all, list, progress)?
        else {
            return Ok(());
        };
        rest = rest.get(bytes..).unwrap_or_default();
        line_before += lines;
    }
    list.bad.add(&format!("line {} and all after it", line_before + 1), "too many quotes are not closed");
    Ok(())
}

/// To the end, or to a line whose quote is not closed: then how many bytes and lines to go on behind.
fn read_until_broken(
    text: &str,
    line_before: usize,
    delimiter: char,
    columns: &[Option<usize>],
    all: Option<u32>,
    list: &mut List,
    progress: &Progress,
) -> Result<Option<(usize, usize)>, PlatformFailure> {
    let mut count = 0_u32;
    let mut records = records(text, delimiter).peekable();
    while let Some(record) = records.next() {
        count += 1;
        let Ok(record) = record else {
            list.bad.add("a line", "it is no text");
            continue;
        };
        let place = record.position().map(|it| (usize::try_from(it.line()), usize::try_from(it.byte())));
        let Some((Ok(line), Ok(byte))) = place else { continue };
        let number = line_before + line;
        if count % STRIDE == 1 {
            progress.check()?;
            progress.report(u32::try_from(number).unwrap_or(u32::MAX), all);
        }
        let is_long = record.iter().any(|cell| cell.matches('\n').count() > MOST_LINES);
        let mut is_open =
            || records.peek().is_none() && is_unclosed(text.get(byte..).unwrap_or_default(), &record, delimiter);
        if is_long || is_open() {
            list.bad.add(&format!("line {number}"), "a quote in it is not closed");
            let end = text.get(byte..).and_then(|it| it.find('\n')).map_or(text.len(), |it| byte + it + 1);
            return Ok(Some((end, line)));
        }
        if record.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let mut taken = Line::default();
        for (cell, column) in record.iter().zip(columns) {
            if let Some(column) = column {
                taken.set(*column, &unquoted(cell));
            }
        }
        list.take(&taken, &format!("line {number}"));
        if record.len() > columns.len() && record.iter().skip(columns.len()).any(|it| !it.is_empty()) {
            list.doubts.add(&format!("line {number}"), "it has more cells than the first line");
        }
    }
    Ok(None)
}

/// Quotes behind a space are no quotes to the reader, and to a person they are.
fn unquoted(cell: &str) -> Cow<'_, str> {
    match cell.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) => Cow::Owned(inner.replace("\"\"", "\"")),
        None => Cow::Borrowed(cell),
    }
}

/// The last record goes over lines or has a cell that begins with a quote, and its quotes are not even. Inches are no
/// quotes.
fn is_unclosed(written: &str, record: &StringRecord, delimiter: char) -> bool {
    let is_odd = |text: &str| text.matches('"').count() % 2 == 1;
    let is_open = |cell: &str| cell.trim_start().starts_with('"') && is_odd(cell);
    is_odd(written) && (record.iter().any(|cell| cell.contains('\n')) || written.split(delimiter).any(is_open))
}

fn records(text: &str, delimiter: char) -> impl Iterator<Item = csv::Result<StringRecord>> {
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(text.as_bytes());
    reader.into_records()
}
