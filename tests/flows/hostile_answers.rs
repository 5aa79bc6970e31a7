//! Token endpoints that misbehave on the wire: each refresh ends in time, keeps the grant, and keeps a new refresh
//! token wherever a whole answer arrived [A5, B4, S055, S056, S057, S059, S064].

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::connection::{
    Client, Connection, Environment, FrozenEndpoints, GrantState, Identity, IssuedBy, LinkOutcome, Scopes, TokenLink,
};
use domain::diagnosis::CauseLabel;
use domain::token::{Expiry, TokenBundle, TokenDefect};
use domain::{ClientId, ConnectionId, ProviderId, Secret, TokenVersion};
use engine::browser::Browser;
use engine::clock::Clock;
use engine::flows::refresh::{RefreshOutcome, RefreshWhy};
use engine::http::Timeouts;
use engine::{Engine, EngineParts};
use fakes::{Keychain, Person};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::SignedDuration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::support::within;

const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    first_byte: Duration::from_millis(1_500),
    idle: Duration::from_millis(1_000),
    total: Duration::from_millis(2_500),
    discovery: Duration::from_millis(2_500),
};
/// The stated deadline, and what a busy machine adds to it.
const DEADLINE: Duration = Duration::from_millis(2_500 + 7_500);

/// Most of them wait for a deadline; more at once would make each other late.
const AT_ONCE: usize = 5;

const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n";

const ANSWER: &str = r#"{"access_token":"at-new","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-new"}"#;

/// What a server does once it has read the request.
#[derive(Debug, Clone, Copy)]
enum Deed {
    /// Sends this, and closes.
    Says(&'static str),
    SaysBytes(&'static [u8]),
    /// Sends this, and holds the connection in silence.
    FallsSilentAfter(&'static str),
    /// Sends the first, then the second for ever: at most one piece in so many milliseconds.
    Repeats(&'static str, &'static str, u64),
    /// Sends this, closes its half, and goes on listening.
    HalfClosesAfter(&'static str),
    /// Sends this, and breaks the connection off with a reset.
    ResetsAfter(&'static str),
    /// As many bytes after the answer, which it counts in.
    PadsTo(usize),
    PadsChunkedTo(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Old,
    New,
}

/// S055 to S057, S059, S064: whatever the wire does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_token_endpoint_costs_neither_the_grant_nor_a_token_that_arrived() {
    use Deed::{FallsSilentAfter, HalfClosesAfter, PadsChunkedTo, PadsTo, Repeats, ResetsAfter, Says};
    const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    const LONG: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let whole = |head: &str, tail: &str| -> &'static str { format!("{head}{ANSWER}{tail}").leak() };
    let chunk = |tail: &str| -> &'static str { format!("{CHUNKED}{:x}\r\n{ANSWER}\r\n{tail}", ANSWER.len()).leak() };
    let cut = |bytes: usize| -> &'static str { format!("{LONG}{}", &ANSWER[..ANSWER.len() - bytes]).leak() };
    let short = |bytes: usize| -> &'static str {
        let said = &ANSWER[..ANSWER.len() - bytes];
        format!("{OPEN}Content-Length: {}\r\n\r\n{said}", said.len()).leak()
    };
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20);
    let closed_by_end = whole(&format!("{OPEN}\r\n"), "");

    let cases = [
        ("silence", FallsSilentAfter(""), Kept::Old),
        ("silence inside the headers", FallsSilentAfter(OPEN), Kept::Old),
        ("silence after the headers", FallsSilentAfter(LONG), Kept::Old),
        ("silence inside the answer", FallsSilentAfter(whole(LONG, "").split_at(130).0), Kept::Old),
        ("one header byte at a time, for ever", Repeats(OPEN, "x", 50), Kept::Old),
        ("one body byte at a time, for ever", Repeats(LONG, "a", 50), Kept::Old),
        ("blanks at a time, before an answer that never comes", Repeats(LONG, " ", 50), Kept::Old),
        ("half a connection, and nothing said", HalfClosesAfter(""), Kept::Old),
        ("half a connection after half an answer", HalfClosesAfter(whole(LONG, "").split_at(130).0), Kept::Old),
        ("reset at once", ResetsAfter(""), Kept::Old),
        ("reset inside the answer", ResetsAfter(whole(LONG, "").split_at(130).0), Kept::Old),
        ("headers without end", Repeats("HTTP/1.1 200 OK\r\n", "X-Flood: 0123456789abcdef\r\n", 0), Kept::Old),
        ("one header without end", Repeats("HTTP/1.1 200 OK\r\nX: ", "0123456789abcdef", 0), Kept::Old),
        ("early hints without end", Repeats("", "HTTP/1.1 103 Early Hints\r\n\r\n", 0), Kept::Old),
        ("an answer of HTTP/0.9", Says(ANSWER), Kept::Old),
        ("no protocol at all", Says("SSH-2.0-OpenSSH_9.2\r\n"), Kept::Old),
        (
            "lengths that contradict each other",
            Says(whole("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 99\r\n\r\n", "")),
            Kept::Old,
        ),
        // From here on a whole answer arrives.
        ("the end of the connection ends the answer", Says(closed_by_end), Kept::New),
        ("half a connection after a whole answer", HalfClosesAfter(closed_by_end), Kept::New),
        ("a length that is never reached, then the end", Says(whole(LONG, "")), Kept::New),
        ("a length that is never reached, then silence", FallsSilentAfter(whole(LONG, "")), Kept::New),
        (
            "said to be compressed, and not",
            Says(whole(&format!("{OPEN}Content-Encoding: gzip\r\n\r\n"), "")),
            Kept::New,
        ),
        // Issued is issued, whatever the status says.
        ("a whole answer with the status of a refusal", Says(whole(REFUSED, "")), Kept::New),
        // What is missing is not the refresh token.
        ("the closing brace is missing, then the end", Says(cut(1)), Kept::New),
        ("the closing brace is missing, then silence", FallsSilentAfter(cut(1)), Kept::New),
        ("the closing brace is missing, then a reset", HalfClosesAfter(cut(1)), Kept::New),
        ("nothing is said to be missing, and the brace is", Says(short(1)), Kept::New),
        ("blanks after it for ever", Repeats(whole(LONG, ""), " ", 50), Kept::New),
        ("a last chunk that never comes", FallsSilentAfter(chunk("")), Kept::New),
        ("trailers", Says(chunk("0\r\nX-Trailer: 1\r\nSet-Cookie: a=b\r\n\r\n")), Kept::New),
        ("trailers without end", Repeats(chunk("0\r\n"), "X-Trailer: 0123456789\r\n", 0), Kept::New),
        ("a chunk that is none", Says(chunk("zz\r\n")), Kept::New),
        ("blanks to above a mebibyte, announced", PadsTo(1024 * 1024 + 1), Kept::New),
        ("blanks to above a mebibyte, unannounced", PadsChunkedTo(1024 * 1024 + 1), Kept::New),
        ("twenty early hints before it", Says(whole(&format!("{hints}{OPEN}\r\n"), "")), Kept::New),
    ];

    let (mut trials, room) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
    for (what, deed, expected) in cases {
        let room = Arc::clone(&room);
        trials.spawn(async move {
            let _place = room.acquire().await.unwrap();
            try_out(deed, expected).await.map_err(|seen| format!("{what}: {seen}"))
        });
    }
    let wrong: Vec<_> = trials.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{} of {} went wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A5, S055, S057, S059: a success that cannot be read may have rotated the token: the grant is in doubt, never green.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_success_that_cannot_be_read_leaves_the_token_in_doubt() {
    const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    let says = |head: &str, body: &[u8]| -> Deed {
        Deed::SaysBytes([format!("{OPEN}{head}\r\n").as_bytes(), body].concat().leak())
    };
    let two_tokens = format!("[{ANSWER},{}]", ANSWER.replace("rt-new", "rt-newer"));
    let cases = [
        ("compressed twice", says("Content-Encoding: gzip, gzip\r\n", &gzip(&gzip(ANSWER.as_bytes())))),
        (
            "compressed in a way nobody asked for",
            says("Content-Encoding: zstd\r\n", &[0x28, 0xb5, 0x2f, 0xfd, 4, 0, 1]),
        ),
        ("compressed, and cut", says("Content-Encoding: gzip\r\n", &gzip(ANSWER.as_bytes())[..40])),
        ("two tokens in a page", says("", format!("<html>{two_tokens}</html>").as_bytes())),
        ("two tokens in a list", says("", two_tokens.as_bytes())),
        (
            "a list that is cut before the refresh token",
            says("", br#"[{"access_token":"at-new","token_type":"Bearer","expires_in":3"#),
        ),
        ("an echo in a list", says("", br#"[{"grant_type":"refresh_token","refresh_token":"rt-old"}]"#)),
        ("empty", says("Content-Length: 0\r\n", b"")),
        ("nothing to say", Deed::Says("HTTP/1.1 204 No Content\r\n\r\n")),
        ("no fields", says("", b"{}")),
        ("other fields", says("", br#"{"ok":true}"#)),
        ("a list", says("", b"[]")),
        ("a word", says("", b"OK")),
        ("bytes", says("", &[0xff, 0xfe, 0, 1, 2, 3])),
        ("a token that is cut", says("", br#"{"refresh_tok"#)),
        (
            "a form in a page",
            says("", b"<form><input name=\"refresh_token\" value=\"rt-new-1a2b3c4d5e6f7a8b\"></form>"),
        ),
        ("XML", says("", b"<a><refresh_token>rt-new-1a2b3c4d5e6f7a8b</refresh_token></a>")),
        (
            "XML with CDATA",
            says(
                "",
                b"<o><access_token><![CDATA[at-new]]></access_token><refresh_token><![CDATA[rt-new]]></refresh_token></o>",
            ),
        ),
        (
            "a table",
            says(
                "",
                b"<html><table><tr><td class=n>access_token</td><td>at-new</td></tr>\
                  <tr><td class=n>refresh_token</td><td>rt-new</td></tr></table></html>",
            ),
        ),
        (
            "a table for people",
            says("", b"<html><table><tr><th>Refresh token</th><td>rtnew1a2b3c4d5e6f7a8b</td></tr></table></html>"),
        ),
        (
            "letters by their numbers in XML",
            says("", b"<o><refresh&#95;token>&#114;t-new</refresh&#95;token></o>"),
        ),
        (
            "a token that a tag cuts in two",
            says("", b"<html><p>refresh_token: rt-ne<wbr>w1a2b3c4d5e6<b>f7a8b</b></p></html>"),
        ),
        ("base 64 that is cut", says("", &STANDARD.encode(ANSWER).as_bytes()[..60])),
        (
            "a refusal beside a new refresh token",
            says("", br#"{"error":"invalid_grant","data":{"refresh_token":"rt-new-1a2b3c4d5e6f7a8b"}}"#),
        ),
        (
            "cut within the refresh token",
            says("", br#"{"access_token":"at-new","token_type":"Bearer","refresh_token":"rt-n"#),
        ),
        (
            "cut before the refresh token",
            says("", br#"{"access_token":"at-new","token_type":"Bearer","expires_in":3600,"#),
        ),
    ];
    let mut wrong = vec![];
    for (what, deed) in cases {
        let board = Board::with_token_endpoint(deed).await;
        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await;
        let status = board.engine.overview(&board.id).unwrap().status;
        let is_kept = board.stored_refresh_token().await.is_same_as("rt-old");
        let is_failure = matches!(&outcome, Ok(RefreshOutcome::Failed { diagnosis, .. }) if diagnosis.is_transient());
        let is_told = format!("{outcome:?}").contains("new");
        if is_told || !is_failure || !is_kept || status.reason.as_str() != "outcome_unknown" {
            wrong.push(format!("{what}: {outcome:?}, {} {}", status.lamp.as_str(), status.reason.as_str()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A5, S059: a redirect or a failing server that names a token in what cannot be read for sure: in doubt, and said so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_only_named_leaves_the_grant_in_doubt_whatever_the_status() {
    for said in [
        "302 Found\r\nLocation: /cb#access_token=at-new&refresh_token=rt-new&refresh_token=rt-newer\r\n\r\n",
        "302 Found\r\nLocation: /cb?data=%7B%22refresh_token%22%3A%22rt-new-1a2b3c4d5e6f7a8b\r\n\r\n",
        "302 Found\r\nContent-Type: text/html\r\n\r\n<html><b>refresh_token</b> rt-new</html>",
        "500 Oops\r\nContent-Type: text/html\r\n\r\n<html><td>refresh_token</td><td>rt-new-1a2b3c4d5e6f7a8b</td></html>",
        "500 Oops\r\nContent-Type: text/html\r\n\r\n<html><p>access_token=at-new-1a2b3c4d5e6f7a8b</p></html>",
        "503 Down\r\n\r\n<o><refresh_token><![CDATA[rt-new-1a2b3c4d5e6f7a8b]]></refresh_token></o>",
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("HTTP/1.1 {said}").leak())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        let RefreshOutcome::Failed { diagnosis, .. } = &outcome else { panic!("{said}: {outcome:?}") };
        assert!(diagnosis.is_transient() && !format!("{outcome:?}").contains("-new"), "{said}: {diagnosis:?}");
        let grant = board.engine.connection(&board.id).unwrap().grant;
        assert!(matches!(grant, GrantState::OutcomeUnknown { .. }), "{said}: {grant:?}");
        assert_eq!(board.engine.overview(&board.id).unwrap().status.reason.as_str(), "outcome_unknown", "{said}");
    }
    for said in [
        "302 Found\r\nLocation: https://idp.example/login?returnTo=%2Ftoken\r\n\r\n",
        "302 Found\r\nContent-Type: text/html\r\nLocation: /cb?refresh_token=rt-old\r\n\r\n<html>Moved</html>",
        "200 OK\r\nContent-Type: text/html\r\n\r\n<html>Sign in to use this network</html>",
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("HTTP/1.1 {said}").leak())).await;
        within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();
        let grant = board.engine.connection(&board.id).unwrap().grant;
        assert!(matches!(grant, GrantState::Alive { .. }), "no token is in it: {said}: {grant:?}");
    }
}

/// A5, S059: a refusal in which a new refresh token seems to stand that cannot be read is no verdict.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_hides_a_new_refresh_token_ends_nothing() {
    for (body, is_doubtful) in [
        ("<e>invalid_grant</e><refresh_token><![CDATA[rt-new-1a2b3c4d5e6f7a8b]]></refresh_token>", true),
        ("<p>invalid_grant</p><td class=n>refresh_token</td><td class=v>rt-new-1a2b3c4d5e6f7a8b</td>", true),
        ("<p>invalid_grant</p><p>refresh_token: rt-new-1a<wbr>2b3c4d5e6f7a8b</p>", true),
        ("<p>invalid_grant</p><p>refresh_token=&#114;t-new-1a2b3c4d5e6f7a8b</p>", true),
        ("<p>invalid_grant</p><input name=\"refresh_token\" value=\"rt-new-1a2b3c4d5e6f7a8b\">", true),
        (r#"{"error":"invalid_grant","data":{"refresh_token":"rt-new-1a2b3c4d5e6f7a8b"}}"#, true),
        (r#"{"error":"invalid_grant","error_description":"refresh_token 1a2b3c4d5e6f7a8b is unknown"}"#, false),
        (r#"{"error":"invalid_grant","request":{"refresh_token":"rt-old"}}"#, false),
        (r#"{"error":"invalid_grant","request":{"refresh_token":"1a2b3c4d5e6f****"}}"#, false),
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("{REFUSED}{body}").leak())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        let status = board.engine.overview(&board.id).unwrap().status;
        if is_doubtful {
            let RefreshOutcome::Failed { diagnosis, .. } = &outcome else { panic!("{body}: {outcome:?}") };
            assert!(diagnosis.is_transient(), "{body}: {diagnosis:?}");
            let grant = board.engine.connection(&board.id).unwrap().grant;
            assert!(matches!(grant, GrantState::OutcomeUnknown { .. }), "{body}: {grant:?}");
        } else {
            assert!(matches!(outcome, RefreshOutcome::GrantEnded { .. }), "{body}: {outcome:?}");
            assert_eq!(status.lamp.as_str(), "reauth_required", "{body}");
        }
    }
}

/// A5, S059: an access token is used, and a refresh token beside it that cannot be told leaves the old one in doubt: said,
/// never green, and not asked for again in a loop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_cannot_be_told_leaves_the_old_one_in_doubt() {
    const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    let deep = format!("{}{{\"refresh_token\":\"rt-new-1a2b3c4d5e6f7a8b\"}}{}", "{\"d\":".repeat(40), "}".repeat(40));
    for rest in [
        format!("\"d\":{deep}"),
        r#""a":{"refresh_token":"rt-new-1"},"b":{"refresh_token":"rt-new-2"}"#.to_owned(),
        r#""note":"<refresh_token>rt-new-1a2b3c4d5e6f7a8b</refresh_token>""#.to_owned(),
        r#""refresh_token":"rt-new-\u0007""#.to_owned(),
    ] {
        let body = format!(r#"{{"access_token":"at-new","token_type":"Bearer","expires_in":3600,{rest}}}"#);
        let board = Board::with_token_endpoint(Deed::SaysBytes([OPEN, &body].concat().leak().as_bytes())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        assert!(matches!(&outcome, RefreshOutcome::Refreshed { is_rotated: false, .. }), "{rest}: {outcome:?}");
        assert!(!format!("{outcome:?}").contains("rt-new"), "by their fingerprints: {outcome:?}");
        assert!(board.stored_refresh_token().await.is_same_as("rt-old"), "{rest}");
        let overview = board.engine.overview(&board.id).unwrap();
        assert_eq!((overview.status.lamp.as_str(), overview.status.reason.as_str()), ("expiring", "outcome_unknown"));
        assert!(overview.connection.token.unwrap().defects.iter().any(|it| it.leaves_old_in_doubt()), "{rest}");
        let again = overview.refresh_at.unwrap();
        assert!(again > Clock::system().now() + SignedDuration::from_mins(30), "not in a loop: {again}");
    }
}

/// B5, B8, S058: a success that names no error refuses nothing, whatever words stand in it; an example is no token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_and_examples_in_a_success_cost_no_grant() {
    for said in [
        "200 OK\r\nContent-Type: application/json\r\n\r\n{\"message\":\"refresh_token_expires_in missing\"}",
        "200 OK\r\nContent-Type: application/json\r\n\r\n{\"statusCode\":502,\"body\":\"<html>Your session expired</html>\"}",
        "200 OK\r\nContent-Type: text/html\r\n\r\n<html>revoked_at: your grant was revoked</html>",
        "200 OK\r\nContent-Type: text/html\r\n\r\n<pre>{\"access_token\":\"...\",\"token_type\":\"Bearer\",\"refresh_token\":\"YOUR_REFRESH_TOKEN\"}</pre>",
        "502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<pre>{\"access_token\":\"{{ access_token }}\",\"token_type\":\"Bearer\",\"refresh_token\":\"{{ refresh_token }}\"}</pre>",
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("HTTP/1.1 {said}").leak())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        let RefreshOutcome::Failed { diagnosis, .. } = &outcome else { panic!("{said}: {outcome:?}") };
        assert!(diagnosis.is_transient() && !diagnosis.ends_the_grant(), "{said}: {diagnosis:?}");
        assert!(board.stored_refresh_token().await.is_same_as("rt-old"), "{said}");
    }
}

/// B5, C1: a refusal in a success is heard, though the tokens are named beside it and empty.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_beside_empty_tokens_is_heard() {
    const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    for body in [
        r#"{"access_token":null,"refresh_token":"","errcode":42002,"errmsg":"refresh_token expired"}"#,
        r#"{"data":{"access_token":"","refresh_token":null},"errmsg":"refresh_token expired"}"#,
    ] {
        let board = Board::with_token_endpoint(Deed::SaysBytes([OPEN, body].concat().leak().as_bytes())).await;
        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await;
        let cause = match &outcome {
            Ok(RefreshOutcome::Failed { diagnosis, .. } | RefreshOutcome::GrantEnded { diagnosis, .. }) => {
                diagnosis.cause
            }
            _ => panic!("{body}: {outcome:?}"),
        };
        assert_eq!(cause, CauseLabel::RefreshTokenExpired, "{body}: {outcome:?}");
    }
}

/// B7, S057, S059: a new refresh token is kept out of whatever the provider wraps it in, and that is flagged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_can_be_told_is_kept_out_of_any_envelope() {
    use TokenDefect::{ErrorStatus, ExpiresInIsText, OddEnvelope, OddFieldNames, WrongContentType};
    let says = |head: &str, body: &[u8]| -> Deed {
        Deed::SaysBytes([format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat().leak())
    };
    const JSON: &str = "200 OK\r\nContent-Type: application/json";
    const GZIP: &str = "200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip";
    const HTML: &str = "200 OK\r\nContent-Type: text/html";
    const NESTED: &str = r#"{"access_token":"at-new","token_type":"Bearer","request":{"refresh_token":"rt-old"},
        "data":{"refresh_token":"rt-new"}}"#;
    const FORM: &str = "access_token=at-new&token_type=Bearer&expires_in=3600&refresh_token=rt-new";
    const FAILED: &str = "500 Internal Server Error\r\nContent-Type: application/json";
    let utf16: Vec<u8> = format!("\u{feff}{ANSWER}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let odd_names = ANSWER.replace("access_token", "Access_Token").replace("refresh_token", "refreshToken");
    let padded = format!("[{ANSWER},\"{}\"]", "z".repeat(1_500_000));
    let cases = [
        ("a list", says(JSON, format!("[{ANSWER}]").as_bytes()), vec![OddEnvelope]),
        ("an object", says(JSON, format!(r#"{{"data":{ANSWER}}}"#).as_bytes()), vec![OddEnvelope]),
        ("a line against scripts", says(JSON, format!(")]}}'\n{ANSWER}").as_bytes()), vec![OddEnvelope]),
        ("a byte order mark", says(JSON, format!("\u{feff}{ANSWER}").as_bytes()), vec![]),
        ("UTF-16", says(JSON, &utf16), vec![OddEnvelope]),
        ("a page", says(HTML, format!("<html><pre>{ANSWER}</pre></html>").as_bytes()), vec![OddEnvelope]),
        ("a page's content type", says(HTML, ANSWER.as_bytes()), vec![WrongContentType]),
        ("other letters", says(JSON, odd_names.as_bytes()), vec![OddFieldNames]),
        ("gzip", says(GZIP, &gzip(ANSWER.as_bytes())), vec![OddEnvelope]),
        ("gzip that says nothing of it", says(JSON, &gzip(ANSWER.as_bytes())), vec![OddEnvelope]),
        ("gzip in two, by its header", says(&format!("{GZIP}, br"), &gzip(ANSWER.as_bytes())), vec![OddEnvelope]),
        (
            "gzip whose checksum is cut",
            says(GZIP, &gzip(ANSWER.as_bytes())[..gzip(ANSWER.as_bytes()).len() - 8]),
            vec![OddEnvelope],
        ),
        (
            "letters by their numbers",
            says(HTML, format!("<html>{}</html>", numbered(ANSWER)).as_bytes()),
            vec![OddEnvelope],
        ),
        (
            "quotes by their numbers",
            says(HTML, format!("<pre>{}</pre>", ANSWER.replace('"', "&#034;")).as_bytes()),
            vec![OddEnvelope],
        ),
        ("quotes of a page", says(HTML, ANSWER.replace('"', "&quot;").as_bytes()), vec![OddEnvelope]),
        ("a text in JSON", says(JSON, serde_json::json!({ "body": ANSWER }).to_string().as_bytes()), vec![OddEnvelope]),
        (
            "behind its request",
            says(JSON, format!(r#"[{{"refresh_token":"rt-old"}},{ANSWER}]"#).as_bytes()),
            vec![OddEnvelope],
        ),
        ("one floor down", says(JSON, NESTED.as_bytes()), vec![OddEnvelope]),
        ("a list without end", says(JSON, padded.as_bytes()), vec![OddEnvelope]),
        ("gzip without end", says(GZIP, &gzip(padded.as_bytes())), vec![OddEnvelope]),
        ("base 64", says(JSON, STANDARD.encode(ANSWER).as_bytes()), vec![OddEnvelope]),
        (
            "base 64 in a field",
            says(JSON, serde_json::json!({ "data": STANDARD.encode(ANSWER) }).to_string().as_bytes()),
            vec![OddEnvelope],
        ),
        (
            "a page that marks every word",
            says(HTML, format!("<html><pre>{}</pre>", ANSWER.replace(",", ",<br>").replace(":", ":<b>")).as_bytes()),
            vec![OddEnvelope],
        ),
        (
            "an address behind its #",
            says(&format!("302 Found\r\nLocation: https://app.example/cb#{FORM}"), b""),
            vec![ExpiresInIsText, OddEnvelope],
        ),
        (
            "the query of an address",
            says(
                &format!("303 See Other\r\nContent-Type: text/html\r\nLocation: /cb?{FORM}&state=1"),
                b"<html>Moved</html>",
            ),
            vec![ExpiresInIsText, OddEnvelope],
        ),
        (
            "a list, from a server that fails",
            says(FAILED, format!("[{ANSWER}]").as_bytes()),
            vec![OddEnvelope, ErrorStatus],
        ),
    ];
    let mut wrong = vec![];
    for (what, deed, flagged) in cases {
        let board = Board::with_token_endpoint(deed).await;
        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await;
        let is_kept = board.stored_refresh_token().await.is_same_as("rt-new");
        let defects = board.engine.connection(&board.id).unwrap().token.unwrap().defects;
        let is_rotated = matches!(&outcome, Ok(RefreshOutcome::Refreshed { is_rotated: true, .. }));
        if !is_rotated || !is_kept || defects != flagged {
            wrong.push(format!("{what}: {outcome:?}, {defects:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A5, B4: a server that fails may have rotated first. It may pass, and the grant is in doubt until a refresh succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_after_a_refresh_was_sent_leaves_the_token_in_doubt() {
    for said in [
        "500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        "500 Internal Server Error\r\nContent-Type: application/json\r\n\r\n{\"error\":\"server_error\"}",
        "503 Service Unavailable\r\nContent-Type: text/html\r\n\r\n<html>down</html>",
        "502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n<html>no</html>",
        "500 Oops\r\nContent-Type: application/json\r\n\r\n{\"error\":\"invalid_grant\"}",
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("HTTP/1.1 {said}").leak())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        let RefreshOutcome::Failed { diagnosis, .. } = &outcome else { panic!("{said}: {outcome:?}") };
        assert!(diagnosis.is_transient() && !diagnosis.ends_the_grant(), "{said}: {diagnosis:?}");
        let grant = board.engine.connection(&board.id).unwrap().grant;
        assert!(matches!(grant, GrantState::OutcomeUnknown { .. }), "{said}: {grant:?}");
        let status = board.engine.overview(&board.id).unwrap().status;
        let seen = (status.lamp.as_str(), status.reason.as_str());
        assert_eq!(seen, ("expiring", "refresh_failing"), "what is wrong says more: {said}");
    }
    for said in [
        "429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
        "403 Forbidden\r\nContent-Type: text/html\r\n\r\n<html>WAF says no</html>",
        "400 Bad Request\r\nContent-Type: application/json\r\n\r\n{\"error\":\"temporarily_unavailable\"}",
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("HTTP/1.1 {said}").leak())).await;
        within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();
        let grant = board.engine.connection(&board.id).unwrap().grant;
        assert!(
            matches!(grant, GrantState::Alive { .. }),
            "it was refused before anything was done: {said}: {grant:?}"
        );
    }
}

/// S059: an error is an error whatever stands beside it, and what comes back of a request is no token that was issued.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_echoes_or_names_an_error_brings_no_token() {
    for body in [
        r#"{"error":"invalid_request","access_token":"at-new","token_type":"Bearer"}"#,
        r#"{"grant_type":"refresh_token","refresh_token":"rt-old"}"#,
        r#"{"message":"bad","access_token":"at-old","refresh_token":"rt-old"}"#,
    ] {
        let board = Board::with_token_endpoint(Deed::Says(format!("{REFUSED}{body}").leak())).await;

        let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

        assert!(matches!(outcome, RefreshOutcome::Failed { .. }), "{body}: {outcome:?}");
        assert!(board.stored_refresh_token().await.is_same_as("rt-old"), "{body}");
    }
}

/// S059, B7: a token that came with the status of a refusal is flagged as the provider's defect.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_with_the_status_of_a_refusal_are_kept_and_flagged() {
    let board = Board::with_token_endpoint(Deed::Says(format!("{REFUSED}{ANSWER}").leak())).await;

    let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

    assert!(matches!(outcome, RefreshOutcome::Refreshed { is_rotated: true, .. }), "{outcome:?}");
    assert!(board.stored_refresh_token().await.is_same_as("rt-new"));
    let token = board.engine.connection(&board.id).unwrap().token.unwrap();
    assert_eq!(token.defects, [TokenDefect::ErrorStatus]);
}

/// S057, S059: an answer without end is not read to it, and the refresh token that stood at its beginning is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_before_too_much_of_an_answer_is_kept() {
    for mebibytes in [1, 2] {
        let padding = "a".repeat(mebibytes * 1024 * 1024);
        let huge = format!(r#"{{"refresh_token":"rt-new","access_token":"{padding}"}}"#);
        for head in [String::new(), format!("Content-Length: {}\r\n", huge.len())] {
            let said = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n{huge}");
            let board = Board::with_token_endpoint(Deed::Says(said.leak())).await;

            let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

            let RefreshOutcome::Failed { diagnosis, .. } = &outcome else { panic!("{outcome:?}") };
            assert!(diagnosis.is_transient(), "it is asked again, with the token that arrived: {diagnosis:?}");
            assert!(board.stored_refresh_token().await.is_same_as("rt-new"), "{mebibytes} MiB, {head}");
        }
    }
}

/// One refresh on a board of its own; the error is what was seen instead.
async fn try_out(deed: Deed, expected: Kept) -> Result<(), String> {
    let board = Board::with_token_endpoint(deed).await;
    let begun = Instant::now();

    let outcome = within(board.engine.refresh(&board.id, RefreshWhy::Person)).await.unwrap();

    let took = begun.elapsed();
    let is_as_expected = match (&outcome, expected) {
        (RefreshOutcome::Refreshed { is_rotated, .. }, Kept::New) => *is_rotated,
        (RefreshOutcome::Failed { diagnosis, .. }, Kept::Old) => diagnosis.is_transient(),
        _ => false,
    };
    let is_kept =
        board.stored_refresh_token().await.is_same_as(if expected == Kept::New { "rt-new" } else { "rt-old" });
    let lamp = board.engine.overview(&board.id).unwrap().status.lamp.as_str();
    if is_as_expected && is_kept && lamp != "reauth_required" && took < DEADLINE {
        Ok(())
    } else {
        Err(format!("{outcome:?} after {took:?}, token kept: {is_kept}, lamp {lamp}"))
    }
}

/// A board with one connection, whose token endpoint is a server of bytes.
struct Board {
    engine: Engine,
    id: ConnectionId,
    folder: tempfile::TempDir,
    keychain: Keychain,
}

impl Board {
    async fn with_token_endpoint(deed: Deed) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, deed));
            }
        });
        let (folder, keychain, id) = (tempfile::tempdir().unwrap(), Keychain::default(), ConnectionId::from_random(7));
        let parts = parts(&folder, &keychain);
        store_connection(&parts, &server, &id).await;
        Self { engine: Engine::new(parts), id, folder, keychain }
    }

    /// As another start of the program would find it.
    async fn stored_refresh_token(&self) -> Secret {
        let parts = parts(&self.folder, &self.keychain);
        let version = parts.store.token_version(&self.id).unwrap();
        parts.vault.read_bundle(&self.id, version).await.unwrap().unwrap().refresh_token.unwrap()
    }
}

async fn answer(mut stream: TcpStream, deed: Deed) {
    let mut request = [0; 4096];
    if !matches!(stream.read(&mut request).await, Ok(1..)) {
        return;
    }
    let silence = std::future::pending::<()>;
    match deed {
        Deed::Says(text) => drop(stream.write_all(text.as_bytes()).await),
        Deed::SaysBytes(bytes) => drop(stream.write_all(bytes).await),
        Deed::FallsSilentAfter(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            silence().await;
        }
        Deed::Repeats(first, again, pause) => {
            drop(stream.write_all(first.as_bytes()).await);
            while stream.write_all(again.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        }
        Deed::HalfClosesAfter(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            drop(stream.shutdown().await);
            silence().await;
        }
        Deed::ResetsAfter(text) => {
            drop(stream.write_all(text.as_bytes()).await);
            stream.set_zero_linger().unwrap();
        }
        Deed::PadsTo(length) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
            drop(stream.write_all(head.as_bytes()).await);
            drop(stream.write_all(padded(length).as_bytes()).await);
        }
        Deed::PadsChunkedTo(length) => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            drop(stream.write_all(head.as_bytes()).await);
            for piece in padded(length).as_bytes().chunks(60_000) {
                let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
                if stream.write_all(&chunk).await.is_err() {
                    return;
                }
            }
            silence().await;
        }
    }
}

fn numbered(plain: &str) -> String {
    plain.chars().map(|it| format!("&#{};", u32::from(it))).collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(plain).unwrap();
    packed.finish().unwrap()
}

fn padded(length: usize) -> String {
    format!("{ANSWER}{}", " ".repeat(length - ANSWER.len()))
}

fn parts(folder: &tempfile::TempDir, keychain: &Keychain) -> EngineParts {
    let browser = Browser::scripted(Person::default().opener());
    EngineParts::open_with(folder.path(), keychain.store(), Clock::system(), browser, TIMEOUTS).unwrap()
}

/// As a sign-in would have stored it.
async fn store_connection(parts: &EngineParts, server: &str, id: &ConnectionId) {
    let (provider, now) = (ProviderId::from_text(server), Clock::system().now());
    let document = format!(
        r#"{{"issuer":"{server}","authorization_endpoint":"{server}/authorize","token_endpoint":"{server}/token"}}"#
    );
    parts.store.save_issuer(&provider, &document, now).unwrap();
    let client = Client {
        id: ClientId::from_random(1),
        provider: provider.clone(),
        name: "A client".into(),
        client_id: "client".into(),
        has_secret: false,
        environment: Environment::Production,
        redirect_port: None,
        variables: std::collections::BTreeMap::new(),
        redirect: None,
        authentication: None,
        created_at: now,
    };
    parts.store.insert_client(&client).unwrap();
    let bundle = TokenBundle {
        version: TokenVersion(1),
        access_token: Some(Secret::new("at-old")),
        refresh_token: Some(Secret::new("rt-old")),
        issued_at: now,
        expiry: Expiry::At(now.checked_add(Duration::from_secs(3600)).unwrap()),
        refresh_token_ends_at: None,
        granted_scopes: vec![],
        defects: vec![],
    };
    parts.vault.write_bundle(id, &bundle).await.unwrap();
    let facts = bundle.facts();
    let first = TokenLink {
        version: facts.version,
        access_fingerprint: facts.access_fingerprint.clone(),
        refresh_fingerprint: facts.refresh_fingerprint.clone(),
        issued_at: now,
        issued_by: IssuedBy::Connect,
        reason: None,
        outcome: LinkOutcome::InUse,
        ended_at: None,
    };
    let connection = Connection {
        id: id.clone(),
        name: "A connection".into(),
        provider,
        client: client.id,
        customer: None,
        environment: Environment::Production,
        identity: Identity { subject: Some("mira".into()), ..Identity::default() },
        endpoints: FrozenEndpoints {
            issuer: Some(server.to_owned()),
            token_endpoint: format!("{server}/token").parse().unwrap(),
            kept_fields: vec![],
        },
        scopes: Scopes::default(),
        automatic_refresh: true,
        created_at: now,
        grant: GrantState::Alive { granted_at: now },
        token: Some(facts),
        refresh_token_ends_at: None,
        refresh_end_moves: None,
        recovered_at: None,
        refresh_failures: None,
        proof: None,
    };
    parts.store.insert_connection(&connection, Some(&first), &[]).unwrap();
}
