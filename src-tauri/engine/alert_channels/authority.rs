//! A certificate authority of one's own, for mail: read from a file, and of that the certificates alone [F4, A3].

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::Error;

/// A chain of certificates is some kilobytes.
const LARGEST: u64 = 256 * 1024;
/// With which a certificate begins and ends (RFC 7468 §5.1).
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// What a file in PEM holds.
///
/// # Errors
/// [`Error::FileUnreadable`]; [`Error::BadInput`] where it is no file: a pipe would be waited for.
pub fn read_authority(path: &Path) -> Result<String, Error> {
    if !std::fs::metadata(path).map_err(Error::FileUnreadable)?.is_file() {
        return Err(Error::BadInput("that certificate is no file"));
    }
    let mut text = String::new();
    let file = File::open(path).map_err(Error::FileUnreadable)?;
    file.take(LARGEST).read_to_string(&mut text).map_err(Error::FileUnreadable)?;
    Ok(text)
}

/// The certificates of it. Many files hold the private key too, and that is not written down.
pub(crate) fn certificates_of(pem: &str) -> String {
    let mut is_inside = false;
    let mut kept = String::new();
    for line in pem.lines().map(str::trim) {
        is_inside |= line == BEGIN;
        if is_inside {
            kept.push_str(line);
            kept.push('\n');
        }
        is_inside &= line != END;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A3: what stunnel, haproxy and others keep in one file.
    #[test]
    fn a_key_beside_a_certificate_is_left_out() {
        let certificate = format!("{BEGIN}\nTUlJQg==\n{END}\n");
        let file = format!(
            "Bag Attributes\n-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n{certificate}hush\r\n{certificate}"
        );
        assert_eq!(certificates_of(&file), certificate.repeat(2));
        assert_eq!(certificates_of("-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----"), "");
    }
}
