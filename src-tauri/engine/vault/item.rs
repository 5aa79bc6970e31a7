//! One keychain item: a checked, single-line base64url text that knows whose part it is [A4, A5, S153].
//!
//! The header is magic, format, kind, owner, version, part, part count, length of the section that
//! part 0 completes, total length, and the mark all parts of one writing share; the SHA-256 of header
//! and body follows, then the body. Damage in any byte is noticed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::VaultError;
use super::bytes::{Reader, Writer};

const MAGIC: &[u8; 4] = b"pbay";
const FORMAT: u8 = 1;
const DIGEST_LENGTH: usize = 32;
const MARK_LENGTH: usize = 16;
/// Beyond this a bundle is refused: no provider's tokens come near, and each part is one more rewrite.
pub(super) const MOST_PARTS: u8 = 16;

/// Text that goes into the keychain; wiped when dropped.
pub(super) type ItemText = Zeroizing<Vec<u8>>;

/// What an item holds; an item of one kind is never taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bundle,
    ClientSecret,
    Canary,
    Trial,
    HeldKey,
    LoopbackKey,
    DpopKey,
    RegistrationToken,
    PlatformKey,
    AlertChannel,
    ForwardingSecret,
}

impl Kind {
    const fn as_byte(self) -> u8 {
        match self {
            Self::Bundle => 1,
            Self::ClientSecret => 2,
            Self::Canary => 3,
            Self::Trial => 4,
            Self::HeldKey => 5,
            Self::LoopbackKey => 9,
            Self::DpopKey => 6,
            Self::RegistrationToken => 7,
            Self::PlatformKey => 10,
            Self::AlertChannel => 18,
            Self::ForwardingSecret => 12,
        }
    }
}

/// Whose content an item carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label<'a> {
    pub(super) kind: Kind,
    pub(super) owner: &'a str,
    pub(super) version: u32,
}

/// One part, read and checked.
pub(super) struct Part {
    pub(super) version: u32,
    pub(super) part: u8,
    pub(super) part_count: u8,
    first_section_length: usize,
    total_length: usize,
    mark: [u8; MARK_LENGTH],
    body: Zeroizing<Vec<u8>>,
}

/// Seals `first` and `second` into as few items of at most `item_limit` bytes as will do.
///
/// Where one item is too small, `first` stands in the leading items by itself, so that it is whole
/// before anything of `second` is written. Fails with [`VaultError::TooLarge`].
pub(super) fn seal(
    label: Label<'_>,
    first: &[u8],
    second: &[u8],
    item_limit: usize,
) -> Result<Vec<ItemText>, VaultError> {
    let room = (item_limit / 4 * 3 + (item_limit % 4).saturating_sub(1)).saturating_sub(header_length(label.owner));
    let total_length = first.len() + second.len();
    let too_large = VaultError::TooLarge { length: total_length, limit: room * usize::from(MOST_PARTS) };
    if room == 0 || label.owner.len() > usize::from(u8::MAX) {
        return Err(too_large);
    }

    let mut whole = Zeroizing::new(Vec::with_capacity(total_length));
    whole.extend_from_slice(first);
    whole.extend_from_slice(second);

    let bodies: Vec<&[u8]> = if total_length <= room {
        vec![&whole]
    } else {
        let (first, second) = whole.split_at(first.len());
        first.chunks(room).chain(second.chunks(room)).collect()
    };
    let Some(part_count) = u8::try_from(bodies.len()).ok().filter(|count| *count <= MOST_PARTS) else {
        return Err(too_large);
    };
    let (Ok(first_length), Ok(total_length)) = (u32::try_from(first.len()), u32::try_from(total_length)) else {
        return Err(too_large);
    };

    let digest = Sha256::digest(whole.as_slice());
    let mark = &digest[..MARK_LENGTH];
    let seal_one = |(part, body): (u8, &&[u8])| {
        let mut header = Writer::with_room(header_length(label.owner));
        header.bytes(MAGIC);
        header.byte(FORMAT);
        header.byte(label.kind.as_byte());
        header.byte(u8::try_from(label.owner.len()).unwrap_or(u8::MAX));
        header.bytes(label.owner.as_bytes());
        header.number(label.version);
        header.byte(part);
        header.byte(part_count);
        header.number(first_length);
        header.number(total_length);
        header.bytes(mark);
        let header = header.into_bytes();

        let digest = Sha256::new().chain_update(header.as_slice()).chain_update(body).finalize();
        let mut sealed = Zeroizing::new(Vec::with_capacity(header.len() + DIGEST_LENGTH + body.len()));
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(&digest);
        sealed.extend_from_slice(body);
        Zeroizing::new(URL_SAFE_NO_PAD.encode(sealed.as_slice()).into_bytes())
    };
    Ok((0..part_count).zip(&bodies).map(seal_one).collect())
}

/// Opens the one item among `candidates` that is whole and belongs to `label` and `part`; the keychain
/// may hold several under one name. Fails with [`VaultError::Damaged`] when none is.
pub(super) fn open(candidates: &[ItemText], label: Label<'_>, part: u8) -> Result<Part, VaultError> {
    let opened = candidates.iter().filter_map(|text| open_one(text, label, part));
    opened.into_iter().find(|it| it.version == label.version).ok_or(VaultError::Damaged)
}

/// The same, whatever version it is of; the newest, if there are several.
pub(super) fn open_newest(candidates: &[ItemText], label: Label<'_>, part: u8) -> Result<Part, VaultError> {
    let opened = candidates.iter().filter_map(|text| open_one(text, label, part));
    opened.max_by_key(|it| it.version).ok_or(VaultError::Damaged)
}

fn open_one(text: &[u8], label: Label<'_>, part: u8) -> Option<Part> {
    let mut sealed = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut sealed).ok()?;
    let sealed = sealed.get(..length)?;

    let (header, rest) = sealed.split_at_checked(header_length(label.owner) - DIGEST_LENGTH)?;
    let (digest, body) = rest.split_at_checked(DIGEST_LENGTH)?;
    if Sha256::new().chain_update(header).chain_update(body).finalize().as_slice() != digest {
        return None;
    }

    let mut fields = Reader::new(header);
    let is_expected = fields.take(MAGIC.len())? == MAGIC
        && fields.byte()? == FORMAT
        && fields.byte()? == label.kind.as_byte()
        && usize::from(fields.byte()?) == label.owner.len()
        && fields.take(label.owner.len())? == label.owner.as_bytes();
    let version = is_expected.then(|| fields.number()).flatten()?;
    let is_expected = fields.byte()? == part;
    let opened = Part {
        version,
        part,
        part_count: is_expected.then(|| fields.byte()).flatten()?,
        first_section_length: usize::try_from(fields.number()?).ok()?,
        total_length: usize::try_from(fields.number()?).ok()?,
        mark: fields.take(MARK_LENGTH)?.try_into().ok()?,
        body: Zeroizing::new(body.to_vec()),
    };
    (opened.part < opened.part_count && opened.part_count <= MOST_PARTS).then_some(opened)
}

/// Parts put together again, in order, from part 0 on.
pub(super) struct Assembly {
    head: Part,
    next_part: u8,
    whole: Zeroizing<Vec<u8>>,
}

impl Assembly {
    /// Starts with part 0.
    pub(super) fn start(mut head: Part) -> Result<Self, VaultError> {
        if head.part != 0 || head.first_section_length > head.total_length {
            return Err(VaultError::Damaged);
        }
        let body = std::mem::take(&mut head.body);
        // Room for all parts at once: growing would leave copies behind.
        let mut whole = Zeroizing::new(Vec::with_capacity(head.total_length.max(body.len())));
        whole.extend_from_slice(&body);
        Ok(Self { head, next_part: 1, whole })
    }

    /// The part to read next, if any is missing.
    pub(super) fn missing_part(&self) -> Option<u8> {
        (self.next_part < self.head.part_count).then_some(self.next_part)
    }

    /// Adds that part. A part of another writing is [`VaultError::Damaged`].
    pub(super) fn add(&mut self, part: &Part) -> Result<(), VaultError> {
        let belongs = part.part == self.next_part
            && part.part_count == self.head.part_count
            && part.total_length == self.head.total_length
            && part.mark == self.head.mark
            && self.whole.len() + part.body.len() <= self.head.total_length;
        if !belongs {
            return Err(VaultError::Damaged);
        }
        self.whole.extend_from_slice(&part.body);
        self.next_part += 1;
        Ok(())
    }

    /// The first section, once it is there.
    pub(super) fn first_section(&self) -> Option<&[u8]> {
        self.whole.get(..self.head.first_section_length)
    }

    /// Both sections, once all parts are there and are those that were sealed together.
    pub(super) fn sections(&self) -> Result<(&[u8], &[u8]), VaultError> {
        let is_whole = self.missing_part().is_none()
            && self.whole.len() == self.head.total_length
            && Sha256::digest(self.whole.as_slice())[..MARK_LENGTH] == self.head.mark;
        if !is_whole {
            return Err(VaultError::Damaged);
        }
        self.whole.split_at_checked(self.head.first_section_length).ok_or(VaultError::Damaged)
    }
}

/// Header and digest, in bytes before base64.
const fn header_length(owner: &str) -> usize {
    MAGIC.len() + 3 + owner.len() + 4 + 2 + 8 + MARK_LENGTH + DIGEST_LENGTH
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label<'static> = Label { kind: Kind::Bundle, owner: "con_7zq0000000", version: 3 };

    /// S153
    #[test]
    fn what_fits_is_one_item_and_what_does_not_starts_with_the_first_section_alone() {
        let one = seal(LABEL, b"refresh", &[7; 900], 2_560).unwrap();
        let many = seal(LABEL, b"refresh", &[7; 4_000], 2_560).unwrap();

        assert_eq!(one.len(), 1, "an item more is a rewrite of the keychain more");
        assert_eq!(many.len(), 4);
        let head = open(&many[..1], LABEL, 0).unwrap();
        assert_eq!(head.body.as_slice(), b"refresh", "nothing else shares the first item");
        assert!(many.iter().all(|item| item.len() <= 2_560), "the keychain refuses more");
    }

    /// S153: a refresh token that fits one item is never spread, up to the last byte.
    #[test]
    fn an_item_is_filled_to_the_limit() {
        let room = 2_560 / 4 * 3 - header_length(LABEL.owner);

        let full = seal(LABEL, &vec![7; room], &[], 2_560).unwrap();
        let over = seal(LABEL, &vec![7; room + 1], &[], 2_560).unwrap();

        assert_eq!((full.len(), full[0].len()), (1, 2_560));
        assert_eq!(over.len(), 2);
    }

    #[test]
    fn too_much_is_refused_before_anything_is_written() {
        let refused = seal(LABEL, b"refresh", &[7; 64 * 1024], 2_560);

        assert!(matches!(refused, Err(VaultError::TooLarge { length: 65_543, .. })), "the caller must hear of it");
    }

    /// A5: damage is never a wrong token.
    #[test]
    fn a_flipped_bit_anywhere_in_an_item_is_noticed() {
        let item = seal(LABEL, b"1//0refresh", b"ya29.access", 2_560).unwrap().remove(0);
        open(std::slice::from_ref(&item), LABEL, 0).unwrap();

        for place in 0..item.len() {
            for bit in 0..8 {
                let mut flipped = item.clone();
                flipped[place] ^= 1 << bit;
                assert!(open(&[flipped], LABEL, 0).is_err(), "bit {bit} of byte {place} went unnoticed");
            }
        }
        for length in 0..item.len() {
            let cut = Zeroizing::new(item[..length].to_vec());
            assert!(open(&[cut], LABEL, 0).is_err(), "cut at {length} went unnoticed");
        }
    }

    /// A4: an item put under another name is not believed.
    #[test]
    fn an_item_of_another_owner_kind_version_or_part_is_not_taken() {
        let item = seal(LABEL, b"r", b"a", 2_560).unwrap();

        for other in [
            Label { kind: Kind::ClientSecret, ..LABEL },
            Label { owner: "con_8zq0000000", ..LABEL },
            Label { owner: "con_7", ..LABEL },
            Label { version: 4, ..LABEL },
        ] {
            assert!(open(&item, other, 0).is_err(), "{other:?} is not what was sealed");
        }
        assert!(open(&item, LABEL, 1).is_err(), "part 0 is not part 1");
    }

    /// A5: two writings under one version, each torn, do not make a bundle.
    #[test]
    fn parts_of_two_writings_do_not_mix() {
        let one = seal(LABEL, b"r1", &[1; 3_000], 2_560).unwrap();
        let other = seal(LABEL, b"r2", &[2; 3_000], 2_560).unwrap();

        let mut assembly = Assembly::start(open(&one[..1], LABEL, 0).unwrap()).unwrap();

        assert!(assembly.add(&open(&other[1..2], LABEL, 1).unwrap()).is_err(), "another writing's part");
        assembly.add(&open(&one[1..2], LABEL, 1).unwrap()).unwrap();
        assert!(assembly.sections().is_err(), "one part is still missing");
        assembly.add(&open(&one[2..], LABEL, 2).unwrap()).unwrap();
        assert_eq!(assembly.sections().unwrap().0, b"r1");
    }

    /// Two items under one name: the whole one counts.
    #[test]
    fn the_whole_one_of_several_candidates_is_taken() {
        let good = seal(LABEL, b"r", b"a", 2_560).unwrap().remove(0);
        let mut bad = good.clone();
        bad[40] ^= 1;

        assert!(open(&[bad, good], LABEL, 0).is_ok());
    }
}
