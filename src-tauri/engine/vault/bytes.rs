//! Writes and reads the few binary shapes of keychain items, without leaving copies behind [A3].

use jiff::Timestamp;
use zeroize::Zeroizing;

/// Collects bytes in a buffer that is wiped when dropped.
pub(super) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// `room` must be enough for everything: growing would leave an unwiped copy behind.
    pub(super) fn with_room(room: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(room)))
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, number: u32) {
        self.bytes(&number.to_be_bytes());
    }

    /// Text longer than 4 GiB is cut; no answer of that size is ever read.
    pub(super) fn text(&mut self, text: &str) {
        self.number(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.bytes(text.as_bytes());
    }

    pub(super) fn time(&mut self, time: Timestamp) {
        self.bytes(&time.as_second().to_be_bytes());
        self.bytes(&time.subsec_nanosecond().to_be_bytes());
    }

    pub(super) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// Reads what [`Writer`] wrote; `None` where the bytes are not that.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    pub(super) fn time(&mut self) -> Option<Timestamp> {
        let second = i64::from_be_bytes(self.take(8)?.try_into().ok()?);
        let nanosecond = i32::from_be_bytes(self.take(4)?.try_into().ok()?);
        Timestamp::new(second, nanosecond).ok()
    }

    pub(super) fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => Some(Some(read(self)?)),
            _ => None,
        }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}
