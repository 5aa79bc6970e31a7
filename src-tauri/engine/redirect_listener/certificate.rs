//! A certificate of our own making for https on this computer: its public half is a file, its key a secret
//! [A2, A3, S022].

use std::fmt::{self, Write as _};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// Browsers take no certificate that is meant to live longer than 398 days.
const LIFE: SignedDuration = SignedDuration::from_hours(396 * 24);
/// It begins a day early: a clock may have been set back since.
const EARLIER: SignedDuration = SignedDuration::from_hours(24);
/// So long before its end a new one is made: longer than any sign-in takes.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The only names it is good for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// What the secret half begins with, should there ever be another form.
const FORM: &str = "1";

#[derive(Debug, Error)]
pub enum CertificateError {
    #[error("no certificate for https on this computer could be made")]
    NotMade(#[source] rcgen::Error),
    #[error("the clock stands at a date that no certificate can hold")]
    NoSuchDate,
    /// The file and the key in the keychain are not two halves of one.
    #[error("the certificate and its key do not belong together")]
    NotOne,
    #[error("the certificate cannot be used")]
    Unusable(#[source] rustls::Error),
}

/// Both halves, ready to serve.
pub struct LoopbackCertificate {
    server: Arc<ServerConfig>,
    fingerprint: String,
    ends_at: Timestamp,
}

/// A certificate just made.
pub struct NewCertificate {
    /// For the file: everybody may read it.
    pub pem: String,
    /// For the keychain: the key, and by which certificate it is to be used.
    pub key: Secret,
}

impl NewCertificate {
    /// # Errors
    /// [`CertificateError::NotMade`], [`CertificateError::NoSuchDate`].
    pub fn make(now: Timestamp) -> Result<Self, CertificateError> {
        let (begins, ends_at) = (day_of(now - EARLIER)?, day_of(now.checked_add(LIFE).map_err(no_such_date)?)?);
        let mut asked = CertificateParams::new(NAMES.map(str::to_owned)).map_err(CertificateError::NotMade)?;
        asked.distinguished_name = DistinguishedName::new();
        asked.distinguished_name.push(DnType::CommonName, "Patchbay on this computer");
        asked.is_ca = IsCa::ExplicitNoCa;
        asked.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        asked.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let written = |it: &Day| rcgen::date_time_ymd(it.year.into(), it.month.unsigned_abs(), it.day.unsigned_abs());
        (asked.not_before, asked.not_after) = (written(&begins), written(&ends_at));
        let pair = KeyPair::generate().map_err(CertificateError::NotMade)?;
        let made = asked.self_signed(&pair).map_err(CertificateError::NotMade)?;

        let key = Zeroizing::new(STANDARD.encode(Zeroizing::new(pair.serialize_der()).as_slice()));
        let digest = hex(&Sha256::digest(made.der()));
        let kept = Zeroizing::new([FORM, &ends_at.at()?.as_second().to_string(), &digest, &key].join(" "));
        Ok(Self { pem: pem(made.der()), key: Secret::new(kept.as_str()) })
    }
}

impl LoopbackCertificate {
    /// Puts the two halves together.
    ///
    /// # Errors
    /// [`CertificateError::NotOne`] also where either cannot be read.
    #[expect(clippy::disallowed_methods, reason = "the key is read out of the secret that holds it")]
    pub fn open(pem: &str, key: &Secret) -> Result<Self, CertificateError> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| CertificateError::NotOne)?;
        let mut kept = key.expose_secret().split(' ');
        let (form, ends, digest, key) = (kept.next(), kept.next(), kept.next(), kept.next());
        if form != Some(FORM) || digest != Some(hex(&Sha256::digest(&der)).as_str()) {
            return Err(CertificateError::NotOne);
        }
        let ends_at = ends.and_then(|it| it.parse().ok()).and_then(|it| Timestamp::from_second(it).ok());
        let key = key.and_then(|it| STANDARD.decode(it).ok());
        let (Some(ends_at), Some(key)) = (ends_at, key) else { return Err(CertificateError::NotOne) };

        let fingerprint = fingerprint(&der);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
        let mut server = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|it| it.with_no_client_auth().with_single_cert(vec![der], key))
            .map_err(CertificateError::Unusable)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { server: Arc::new(server), fingerprint, ends_at })
    }

    /// SHA-256, as browsers show it: pairs of capital letters and digits, with colons.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// Whether another one is to be made.
    pub fn is_ending(&self, now: Timestamp) -> bool {
        self.ends_at.duration_since(now) < RENEWED_BEFORE
    }

    pub(super) fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.server)
    }
}

impl fmt::Debug for LoopbackCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackCertificate")
            .field("fingerprint", &self.fingerprint)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

/// A midnight: certificates need not be finer.
struct Day {
    year: i16,
    month: i8,
    day: i8,
}

impl Day {
    fn at(&self) -> Result<Timestamp, CertificateError> {
        let date = jiff::civil::Date::new(self.year, self.month, self.day).map_err(no_such_date)?;
        Ok(date.to_zoned(TimeZone::UTC).map_err(no_such_date)?.timestamp())
    }
}

fn day_of(at: Timestamp) -> Result<Day, CertificateError> {
    let date = at.to_zoned(TimeZone::UTC).date();
    // What comes before is written in a way of its own, and nobody has it for a date.
    let is_writable = (1950..=9999).contains(&date.year());
    is_writable
        .then(|| Day { year: date.year(), month: date.month(), day: date.day() })
        .ok_or(CertificateError::NoSuchDate)
}

fn no_such_date(_: jiff::Error) -> CertificateError {
    CertificateError::NoSuchDate
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END CERTIFICATE-----\n");
    pem
}

fn fingerprint(der: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A2: what was made can be used until shortly before its end.
    #[test]
    fn a_certificate_is_one_with_its_key_and_ends_within_397_days() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let made = NewCertificate::make(now).unwrap();

        let certificate = LoopbackCertificate::open(&made.pem, &made.key).unwrap();

        let (day, life) = (24 * 3600, certificate.ends_at().duration_since(now).as_secs());
        assert!(life > 390 * day && life <= 396 * day, "with the day it begins early: 397 days at the most");
        assert_eq!(certificate.fingerprint().len(), 95);
        assert!(!certificate.is_ending(now));
        assert!(certificate.is_ending(certificate.ends_at() - SignedDuration::from_hours(29 * 24)));
        assert!(!format!("{certificate:?}").contains("key"), "A3");
    }

    /// A3: a file that somebody changed is not served, and neither is another one's key.
    #[test]
    fn halves_of_two_certificates_do_not_go_together() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let (one, other) = (NewCertificate::make(now).unwrap(), NewCertificate::make(now).unwrap());

        for (pem, key) in [
            (other.pem.as_str(), &one.key),
            (&one.pem[..one.pem.len() / 2], &one.key),
            ("", &one.key),
            (one.pem.as_str(), &Secret::new("1 0 x y")),
            (one.pem.as_str(), &Secret::new("")),
        ] {
            let outcome = LoopbackCertificate::open(pem, key);
            assert!(matches!(outcome, Err(CertificateError::NotOne)), "{outcome:?}");
        }
    }

    /// S160
    #[test]
    fn an_absurd_clock_makes_no_certificate() {
        for at in [Timestamp::MAX - SignedDuration::from_hours(48), Timestamp::from_second(-2_000_000_000).unwrap()] {
            assert!(matches!(NewCertificate::make(at), Err(CertificateError::NoSuchDate)), "{at}");
        }
    }
}
