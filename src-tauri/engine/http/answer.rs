//! What a server answered, with its times read [B6, B9].

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use ::http::header::{SET_COOKIE, WWW_AUTHENTICATE};
use ::http::{HeaderMap, HeaderValue};
use domain::secret::KnownSecrets;
use domain::token::clock_skew::ahead_of_date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Servers send one for each way to sign in: three or four.
const MAX_CHALLENGES: usize = 16;
/// Of all headers, those that a diagnosis looks at.
const MAX_SAID_HEADERS: usize = 100;
/// Of all challenges together, in bytes.
const MAX_CHALLENGE_LENGTH: usize = 8 * 1024;

/// An HTTP answer of any status. The body may hold secrets, so `Debug` leaves it out.
#[derive(Clone)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The body came compressed, though nobody asked for it, and stands here opened.
    pub was_compressed: bool,
    /// Who answered: the server, or the proxy before it.
    pub remote_address: Option<IpAddr>,
    /// From the start of the request to the end of the answer.
    pub latency: Duration,
}

impl HttpAnswer {
    /// The first header of that name, if it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type, without parameters.
    pub fn content_type(&self) -> Option<&str> {
        let value = self.header("content-type")?;
        let media_type = value.split(';').next().unwrap_or_default().trim();
        (!media_type.is_empty()).then_some(media_type)
    }

    /// Where a redirect leads, which nobody follows.
    pub fn location(&self) -> Option<&str> {
        self.header("location").filter(|_| (300..400).contains(&self.status))
    }

    /// Every `WWW-Authenticate` together, as one list of challenges (RFC 9110 §11.6.1), cut to what an honest server
    /// says; what is not ASCII stands as `?`.
    pub fn challenges(&self) -> Option<String> {
        let values = self.headers.get_all(WWW_AUTHENTICATE).iter().map(|value| value.as_bytes());
        let all = values.take(MAX_CHALLENGES).collect::<Vec<_>>().join(&b", "[..]);
        let plain = |byte: u8| if byte.is_ascii() { char::from(byte) } else { '?' };
        (!all.is_empty()).then(|| all.into_iter().take(MAX_CHALLENGE_LENGTH).map(plain).collect())
    }

    /// Without the secrets in hand, which a server may throw back in any place: in its headers and its words without
    /// parts of them, in the fields of a success without the whole of them [A3, S137].
    #[must_use]
    pub fn without(mut self, secrets: &KnownSecrets) -> Self {
        for value in self.headers.values_mut() {
            let said = String::from_utf8_lossy(value.as_bytes()).into_owned();
            let shown = secrets.blotted_out_of(&said);
            if shown != said {
                *value = HeaderValue::from_str(&shown).unwrap_or(const { HeaderValue::from_static("") });
            }
        }
        let is_for_words = !(200..300).contains(&self.status);
        // Letters may be spelled by their numbers in JSON too.
        if let Ok(mut body) = serde_json::from_slice::<Value>(&self.body) {
            if secrets.taken_out_of(&mut body, is_for_words) {
                self.body = body.to_string().into_bytes();
            }
        } else {
            // One byte that is no UTF-8 hides none of the rest.
            let text = String::from_utf8_lossy(&self.body);
            let shown = if is_for_words { secrets.blotted_out_of(&text) } else { secrets.named_in(&text) };
            if shown != text {
                self.body = shown.into_bytes();
            }
        }
        self
    }

    /// The headers as evidence of a failure: those that may say something.
    pub fn said_headers(&self) -> Vec<(String, String)> {
        let challenges = self.challenges().map(|it| (WWW_AUTHENTICATE.as_str().to_owned(), it));
        let others = self.headers.iter().filter(|(name, _)| **name != WWW_AUTHENTICATE && **name != SET_COOKIE);
        let others =
            others.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        challenges.into_iter().chain(others).take(MAX_SAID_HEADERS).collect()
    }

    /// The server's clock when it answered (RFC 9110 §6.6.1).
    pub fn date(&self) -> Option<Timestamp> {
        http_date(self.header("date")?)
    }

    /// Our clock minus the server's, by its Date, if the answer came fast enough to say [B9].
    pub fn clock_ahead(&self, received_at: Timestamp) -> Option<SignedDuration> {
        ahead_of_date(self.date()?, received_at, self.latency)
    }

    /// How long the server asks to wait: seconds, or a date (RFC 9110 §10.2.3); anything else is not asked. A date is
    /// measured with the server's own clock where it showed it, else with `now`; one that has passed asks for no wait.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
        }
        let at = http_date(value)?;
        Some(Duration::try_from(at.duration_since(self.date().unwrap_or(now))).unwrap_or(Duration::ZERO))
    }
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .field("latency", &self.latency)
            .finish_non_exhaustive()
    }
}

fn http_date(value: &str) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(value.trim()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use ::http::HeaderName;
    use domain::Secret;

    use super::*;

    const DATE: &str = "Fri, 20 Nov 2026 10:00:00 GMT";

    /// B6
    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now: Timestamp = "2026-11-20T09:00:00Z".parse().unwrap();
        let asked = |value| answer(&[("retry-after", value)]).retry_after(now);

        assert_eq!(asked("120"), Some(Duration::from_secs(120)));
        assert_eq!(asked("0"), Some(Duration::ZERO));
        assert_eq!(asked(DATE), Some(Duration::from_secs(3600)));
        assert_eq!(asked("Thu, 19 Nov 2026 10:00:00 GMT"), Some(Duration::ZERO), "a past date asks for no wait");
        assert_eq!(asked("1000000000000"), Some(Duration::from_secs(1_000_000_000_000)), "cut by who waits");
        assert_eq!(asked("99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        for nonsense in ["-1", "", "soon", "1.5", "<html>", "1e3", "Fri, 99 Nov 2026 10:00:00 GMT"] {
            assert_eq!(asked(nonsense), None, "{nonsense:?} is neither");
        }
        assert_eq!(answer(&[]).retry_after(now), None);
    }

    /// A3, S137
    #[test]
    fn a_byte_that_is_no_utf8_hides_no_secret() {
        let body = b"M\xfcller said 9f3b6a1e-77c2-4d0a-8e15-0c2d4b6a8f10".to_vec();
        let secret = Secret::new("9f3b6a1e-77c2-4d0a-8e15-0c2d4b6a8f10");

        let shown = HttpAnswer { status: 400, body, ..answer(&[]) }.without(&KnownSecrets::of_tokens([&secret]));

        let shown = String::from_utf8(shown.body).unwrap();
        assert!(shown.contains("ller said") && !shown.contains("77c2"), "{shown}");
    }

    /// B9: our own clock may be wrong by hours.
    #[test]
    fn a_retry_date_is_measured_with_the_servers_own_clock() {
        let answer = answer(&[("date", DATE), ("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT")]);

        assert_eq!(answer.retry_after(Timestamp::UNIX_EPOCH), Some(Duration::from_secs(30)));
    }

    /// B9: the three forms of RFC 9110 §5.6.7.
    #[test]
    fn dates_are_read_in_all_forms() {
        let wanted: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();

        for form in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(answer(&[("date", form)]).date(), Some(wanted), "{form}");
        }
        assert_eq!(answer(&[("date", "yesterday")]).date(), None);
    }

    /// S076: a server may name several ways to sign in, in one header or in several.
    #[test]
    fn all_challenges_are_read_together_and_within_bounds() {
        let two = answer(&[("www-authenticate", "Basic realm=\"a\""), ("www-authenticate", "Bearer")]);
        assert_eq!(two.challenges().as_deref(), Some("Basic realm=\"a\", Bearer"));
        assert_eq!(answer(&[]).challenges(), None);
        let long = answer(&[("www-authenticate", &"a".repeat(60_000))]);
        assert_eq!(long.challenges().unwrap().len(), MAX_CHALLENGE_LENGTH, "a flood is cut");
    }

    /// S058
    #[test]
    fn the_media_type_comes_without_parameters() {
        assert_eq!(
            answer(&[("content-type", "application/json; charset=utf-8")]).content_type(),
            Some("application/json")
        );
        assert_eq!(answer(&[("content-type", "")]).content_type(), None);
        assert_eq!(answer(&[]).content_type(), None);
    }

    /// A3
    #[test]
    fn debug_shows_neither_body_nor_headers() {
        let answer = HttpAnswer { body: b"SECRET".to_vec(), ..answer(&[("set-cookie", "SECRET")]) };

        assert!(!format!("{answer:?}").contains("SECRET"));
    }

    /// A3, S137: a header, a field whose letters are spelled by their numbers, a part in words.
    #[test]
    fn secrets_in_hand_are_taken_out_wherever_they_are_thrown_back() {
        const TOKEN: &str = "quiet-mark-romeo-zulu-quebec-foxtrot";
        let known = KnownSecrets::of_tokens([&Secret::new(TOKEN)]);
        let spelled: String = TOKEN.chars().map(|it| format!("\\u{:04x}", u32::from(it))).collect();
        let with = |status, body: String| {
            let said =
                HttpAnswer { status, body: body.into(), ..answer(&[("x-request-id", TOKEN), ("etag", "\"1\"")]) };
            let shown = said.without(&known);
            assert_eq!(shown.header("etag"), Some("\"1\""), "what holds none stays");
            format!("{:?} {}", shown.headers, String::from_utf8(shown.body).unwrap())
        };

        for (status, body) in [
            (200, format!("{{\"sub\":\"{spelled}\",\"n\":12345678901234567890}}")),
            (400, format!("{{\"error_description\":\"it began with {}\"}}", &TOKEN[..20])),
            (503, format!("<title>{TOKEN}</title>")),
        ] {
            let shown = with(status, body);
            assert!(!shown.contains(&TOKEN[..16]) && !shown.contains(&spelled), "{shown}");
            assert!(shown.contains(Secret::new(TOKEN).fingerprint().as_str()), "which one it was is told: {shown}");
        }
    }

    fn answer(headers: &[(&'static str, &str)]) -> HttpAnswer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect();
        HttpAnswer {
            status: 200,
            headers,
            body: Vec::new(),
            was_compressed: false,
            remote_address: None,
            latency: Duration::ZERO,
        }
    }
}
