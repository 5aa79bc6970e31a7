//! A token bundle as two sections of bytes: the refresh token with its dates, complete in itself, and
//! the rest [A4, A5, S153].

use domain::token::{Expiry, TokenBundle, TokenDefect};
use domain::{Secret, TokenVersion};
use zeroize::Zeroizing;

use super::bytes::{Reader, Writer};

/// Dates, lengths and flags of a section, generously: what is not text.
const FIXED_ROOM: usize = 64;

/// The refresh token, when it was issued and when it ends.
#[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
pub(super) fn write_refresh(bundle: &TokenBundle) -> Zeroizing<Vec<u8>> {
    let token = bundle.refresh_token.as_ref().map(Secret::expose_secret);
    let mut section = Writer::with_room(FIXED_ROOM + token.map_or(0, str::len));
    section.optional(token, Writer::text);
    section.time(bundle.issued_at);
    section.optional(bundle.refresh_token_ends_at, Writer::time);
    section.into_bytes()
}

/// The access token, its expiry, the scopes and the defects.
#[expect(clippy::disallowed_methods, reason = "the keychain needs the plain value")]
pub(super) fn write_rest(bundle: &TokenBundle) -> Zeroizing<Vec<u8>> {
    let token = bundle.access_token.as_ref().map(Secret::expose_secret);
    let scopes = &bundle.granted_scopes;
    let defects: Vec<&str> = bundle.defects.iter().map(|defect| defect.as_str()).collect();
    let text_length = token.map_or(0, str::len)
        + scopes.iter().map(|scope| scope.len() + 4).sum::<usize>()
        + defects.iter().map(|defect| defect.len() + 4).sum::<usize>();

    let mut section = Writer::with_room(FIXED_ROOM + text_length);
    section.optional(token, Writer::text);
    match bundle.expiry {
        Expiry::Unknown => section.byte(0),
        Expiry::Never => section.byte(1),
        Expiry::At(at) => {
            section.byte(2);
            section.time(at);
        }
    }
    write_list(&mut section, scopes.iter().map(String::as_str));
    write_list(&mut section, defects.into_iter());
    section.into_bytes()
}

/// The bundle as far as the first section knows it: no access token, unknown expiry, no scopes.
pub(super) fn read_refresh(section: &[u8], version: TokenVersion) -> Option<TokenBundle> {
    let mut fields = Reader::new(section);
    let refresh_token = fields.optional(Reader::text)?.map(Secret::new);
    let issued_at = fields.time()?;
    let refresh_token_ends_at = fields.optional(Reader::time)?;
    fields.is_at_end().then_some(TokenBundle {
        version,
        access_token: None,
        refresh_token,
        issued_at,
        expiry: Expiry::Unknown,
        refresh_token_ends_at,
        granted_scopes: vec![],
        defects: vec![],
    })
}

/// The whole bundle.
pub(super) fn read_both(refresh: &[u8], rest: &[u8], version: TokenVersion) -> Option<TokenBundle> {
    let bundle = read_refresh(refresh, version)?;

    let mut fields = Reader::new(rest);
    let access_token = fields.optional(Reader::text)?.map(Secret::new);
    let expiry = match fields.byte()? {
        0 => Expiry::Unknown,
        1 => Expiry::Never,
        2 => Expiry::At(fields.time()?),
        _ => return None,
    };
    let granted_scopes = read_list(&mut fields)?.into_iter().map(str::to_owned).collect();
    // A word from a later release is no reason to lose the tokens.
    let defects = read_list(&mut fields)?.into_iter().filter_map(TokenDefect::from_text).collect();
    fields.is_at_end().then_some(TokenBundle { access_token, expiry, granted_scopes, defects, ..bundle })
}

fn write_list<'a>(section: &mut Writer, words: impl ExactSizeIterator<Item = &'a str>) {
    section.number(u32::try_from(words.len()).unwrap_or(u32::MAX));
    words.for_each(|word| section.text(word));
}

fn read_list<'a>(fields: &mut Reader<'a>) -> Option<Vec<&'a str>> {
    let count = fields.number()?;
    (0..count).map(|_| fields.text()).collect()
}
