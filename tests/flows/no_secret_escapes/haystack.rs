//! Everything that is searched, and the spellings a secret may hide in [S137].

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A shorter piece of a secret is a leak, too: what is cut for display is cut behind this.
const PIECE: usize = 20;
/// Every spelling is longer than this.
const START: usize = 12;

#[derive(Default)]
pub(super) struct Haystack(Vec<(String, Vec<u8>)>);

impl Haystack {
    pub(super) fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.0.push((name.into(), bytes));
    }

    /// Every file below.
    pub(super) fn add_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.add_folder(&path);
            } else {
                self.add(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }

    /// One line for each secret, spelling and place it was found in.
    pub(super) fn search(&self, secrets: &[String]) -> Vec<String> {
        let needles: Vec<_> = secrets
            .iter()
            .flat_map(|secret| spellings(secret).into_iter().map(move |(spelling, needle)| (secret, spelling, needle)))
            .collect();
        // One look at each place is enough: what starts like no needle is passed over.
        let mut by_start: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (index, (_, _, needle)) in needles.iter().enumerate() {
            by_start.entry(&needle[..START]).or_default().push(index);
        }
        let mut found = BTreeSet::new();
        for (place, bytes) in &self.0 {
            for (at, start) in bytes.windows(START).enumerate() {
                for index in by_start.get(start).into_iter().flatten() {
                    let (secret, spelling, needle) = &needles[*index];
                    if bytes[at..].starts_with(needle) {
                        found.insert(format!("{secret:?} in {place}, {spelling}"));
                    }
                }
            }
        }
        found.into_iter().collect()
    }
}

/// The first piece of a secret in each spelling; base64 in all three alignments.
pub(super) fn spellings(secret: &str) -> Vec<(String, Vec<u8>)> {
    let piece = &secret.as_bytes()[..secret.len().min(PIECE)];
    let hex = |upper: bool| -> String {
        piece.iter().map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }).collect()
    };
    let percent = |upper: bool| -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(piece).collect();
        if upper { encoded } else { encoded.to_lowercase() }
    };
    let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        String::from_utf8_lossy(piece).encode_utf16().flat_map(bytes).collect()
    };
    let mut all = vec![
        ("as it is".to_owned(), piece.to_vec()),
        ("hexadecimal".to_owned(), hex(false).into_bytes()),
        ("HEXADECIMAL".to_owned(), hex(true).into_bytes()),
        ("percent".to_owned(), percent(true).into_bytes()),
        ("percent, small".to_owned(), percent(false).into_bytes()),
        ("UTF-16 LE".to_owned(), utf16(u16::to_le_bytes)),
        ("UTF-16 BE".to_owned(), utf16(u16::to_be_bytes)),
    ];
    for skipped in 0..3 {
        // The characters at both ends depend on what stands beside the secret.
        let aligned = &piece[skipped..];
        let whole = aligned.len() - aligned.len() % 3;
        all.push((format!("base64 at {skipped}"), STANDARD_NO_PAD.encode(&aligned[..whole]).into_bytes()));
        all.push((format!("base64url at {skipped}"), URL_SAFE_NO_PAD.encode(&aligned[..whole]).into_bytes()));
    }
    all
}
