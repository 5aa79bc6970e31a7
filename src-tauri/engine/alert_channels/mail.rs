//! Messages by mail, over TLS or STARTTLS; the only user of lettre [F4].

use std::time::{Duration, SystemTime};

use domain::Secret;
use domain::alert::{ChannelFailure, MailSecurity, MailSettings};
use domain::diagnosis::NetworkFailure;
use domain::display_text::cleaned;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::response::Response as SmtpResponse;
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{Address, AsyncTransport as _, Message, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::time::timeout;

use super::message::{AlertMessage, MessageBody};

/// For each word of the server's; greylisting answers at once, a slow scan takes some seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// For all of it (RFC 5321 §4.5.3.2 allows more; nobody waits ten minutes for an alert).
const DEADLINE: Duration = Duration::from_secs(90);
const LONGEST_WORDS: usize = 200;
/// What a mail program shows of a subject without unfolding it.
const LONGEST_SUBJECT: usize = 150;

/// Whether a text is a certificate in PEM.
pub fn is_authority(pem: &str) -> bool {
    CertificateDer::from_pem_slice(pem.as_bytes()).is_ok() && Certificate::from_pem(pem.as_bytes()).is_ok()
}

pub(super) async fn send(
    settings: &MailSettings,
    password: Option<&Secret>,
    message: &MessageBody,
) -> Result<(), ChannelFailure> {
    let mail = written(settings, &message.name, &message.parsed()?)
        .ok_or(ChannelFailure::Unusable { words: "the mail cannot be written".to_owned() })?;
    let transport = transport(settings, password)?;
    match sent_apart(transport, mail).await {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(failure_of(&error, password)),
        None => Err(ChannelFailure::Network { kind: NetworkFailure::TimedOut, may_have_arrived: true }),
    }
}

/// On a thread of its own: a server that talks without end keeps the reading of it busy for minutes, and neither the other
/// channels nor the program's end wait for that. `None`: it took too long.
async fn sent_apart(
    transport: AsyncSmtpTransport<Tokio1Executor>,
    mail: Message,
) -> Option<Result<SmtpResponse, SmtpError>> {
    let (tells, told) = tokio::sync::oneshot::channel();
    let sending = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let sent = runtime.block_on(async { timeout(DEADLINE, transport.send(mail)).await });
        // Nobody listens any more where the deadline is over.
        drop(tells.send(sent.ok()));
    };
    std::thread::Builder::new().name("mail".to_owned()).spawn(sending).ok()?;
    timeout(DEADLINE, told).await.ok()?.ok()?
}

#[expect(clippy::disallowed_methods, reason = "the server asks for the plain password, over TLS alone")]
fn transport(
    settings: &MailSettings,
    password: Option<&Secret>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, ChannelFailure> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
        .port(settings.port)
        .timeout(Some(PATIENCE))
        .tls(match settings.security {
            MailSecurity::Tls => Tls::Wrapper(tls(settings)?),
            MailSecurity::StartTls => Tls::Required(tls(settings)?),
            MailSecurity::Plain => Tls::None,
        });
    if let Some(user) = &settings.user {
        // Checked when it was added too: without TLS nobody signs in.
        if settings.security == MailSecurity::Plain {
            return Err(ChannelFailure::MailWithoutTls);
        }
        let password = password.ok_or(ChannelFailure::SecretMissing)?;
        builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, ChannelFailure> {
    let no_tls = |_| ChannelFailure::Network { kind: NetworkFailure::Tls, may_have_arrived: false };
    let mut parameters = TlsParameters::builder(settings.server.clone());
    if let Some(authority) = &settings.authority {
        parameters = parameters.add_root_certificate(Certificate::from_pem(authority.as_bytes()).map_err(no_tls)?);
    }
    parameters.build_rustls().map_err(no_tls)
}

/// `None`: an address in the settings is none.
fn written(settings: &MailSettings, name: &str, message: &AlertMessage) -> Option<Message> {
    let from: Address = settings.from.parse().ok()?;
    let domain = from.domain().to_owned();
    let id = |name: &str| format!("<{name}@{domain}>");
    let mut builder = Message::builder()
        .message_id(Some(id(name)))
        .date(SystemTime::from(message.timestamp))
        .from(Mailbox::new(Some("Patchbay".to_owned()), from))
        .subject(cleaned(&message.data.title, LONGEST_SUBJECT))
        // Nobody's holiday answers it (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &settings.to {
        builder = builder.to(Mailbox::new(None, to.parse().ok()?));
    }
    builder = threaded(builder, message, id);
    builder.header(ContentType::TEXT_PLAIN).header(ContentTransferEncoding::QuotedPrintable).body(text(message)).ok()
}

/// What is over stands below what told it.
fn threaded(mut builder: MessageBuilder, message: &AlertMessage, id: impl Fn(&str) -> String) -> MessageBuilder {
    let mut told: Vec<_> = message.data.items.iter().filter_map(|it| it.raised_by.as_deref()).collect();
    told.sort_unstable();
    told.dedup();
    if let [told] = told.as_slice() {
        builder = builder.in_reply_to(id(told)).references(id(told));
    }
    builder
}

fn text(message: &AlertMessage) -> String {
    let data = &message.data;
    // A name of several lines would look like more of the message than it is.
    let line = |text: &str| cleaned(text, usize::MAX);
    let mut parts = vec![];
    if !data.text.is_empty() {
        parts.push(line(&data.text));
    }
    for item in &data.items {
        let link = item.web_link.as_ref().unwrap_or(&item.link);
        let said = if item.text.is_empty() { String::new() } else { format!("\r\n{}", line(&item.text)) };
        parts.push(format!("{}{said}\r\n{link}", line(&item.name)));
    }
    if data.count > data.items.len() {
        parts.push(format!("{} more on the board.", data.count - data.items.len()));
    }
    parts.push(format!("-- \r\nSent by Patchbay. Times are {}.", data.time_zone));
    parts.join("\r\n\r\n") + "\r\n"
}

fn failure_of(error: &SmtpError, password: Option<&Secret>) -> ChannelFailure {
    let said = source_words(error);
    let said = password.map_or_else(|| said.clone(), |it| it.blotted_out_of(&said));
    let words = || cleaned(&said, LONGEST_WORDS);
    if let Some(code) = error.status() {
        return ChannelFailure::MailRefused { code: u16::from(code), words: words() };
    }
    let network = |kind, may_have_arrived| ChannelFailure::Network { kind, may_have_arrived };
    // Nothing else tells a failure to connect from one in the middle of a mail.
    let is_begun = !error.to_string().starts_with("Connection error");
    if error.is_timeout() {
        return network(NetworkFailure::TimedOut, is_begun);
    }
    if error.is_tls() {
        return network(NetworkFailure::Tls, false);
    }
    if error.is_client() && said.contains("STARTTLS") {
        return ChannelFailure::MailWithoutTls;
    }
    if error.is_client() || error.is_response() {
        return ChannelFailure::MailUnreadable { words: words() };
    }
    if has_tls_source(error) {
        return network(NetworkFailure::Tls, false);
    }
    network(if is_begun { NetworkFailure::Broken } else { NetworkFailure::NotConnected }, is_begun)
}

/// What the innermost said.
fn source_words(error: &SmtpError) -> String {
    let mut at: &dyn std::error::Error = error;
    while let Some(source) = at.source() {
        at = source;
    }
    at.to_string()
}

/// A handshake that fails is an I/O error outside.
fn has_tls_source(error: &SmtpError) -> bool {
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(it) = at {
        let inner = it.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if it.is::<rustls::Error>() || inner.is_some_and(|it| it.is::<rustls::Error>()) {
            return true;
        }
        at = it.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use domain::ConnectionId;
    use domain::alert::{About, ChannelText, ItemText, MessageKind};
    use domain::link::Link;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;

    fn settings() -> MailSettings {
        MailSettings {
            server: "127.0.0.1".into(),
            port: 25,
            security: MailSecurity::Plain,
            user: None,
            from: "patchbay@fjord.example".into(),
            to: vec!["mira@fjord.example".into(), "jo@fjord.example".into()],
            authority: None,
        }
    }

    fn message(title: &str, name: &str) -> AlertMessage {
        let item = ItemText {
            about: About::Connection(ConnectionId::from_random(1)),
            name: name.into(),
            line: "Grant revoked.".into(),
            link: Link::Board,
        };
        let text = ChannelText { title: title.into(), lead: String::new(), items: vec![item] };
        AlertMessage::new("msg_1", MessageKind::Raised, text, Timestamp::UNIX_EPOCH, &TimeZone::UTC, Some(20_001))
    }

    /// F4: whatever a name holds, it adds no header and ends no message.
    #[test]
    fn a_name_cannot_write_headers() {
        let hostile = "Gmail\r\nBcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>";
        let mail = written(&settings(), "msg_1", &message(hostile, hostile)).unwrap();
        let text = String::from_utf8(mail.formatted()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<_> =
            head.lines().filter(|it| !it.starts_with(' ')).map(|it| it.split(':').next().unwrap()).collect();
        assert!(!names.contains(&"Bcc"), "{head}");
        assert_eq!(mail.envelope().to().len(), 2, "and no receiver more");
        assert!(!body.contains("\r\n.\r\n"), "{body}");
        assert!(head.contains("Message-ID: <msg_1@fjord.example>"), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(body.contains("http://127.0.0.1:20001/board"), "{body}");
    }

    /// F4: what is over stands in the thread of what told it.
    #[test]
    fn a_repair_answers_the_mail_that_told_it() {
        let mut message = message("Gmail needs nobody any more", "Gmail");
        message.data.items[0].raised_by = Some("msg_0".into());
        let mail = written(&settings(), "msg_1", &message).unwrap();
        let text = String::from_utf8(mail.formatted()).unwrap();
        assert!(text.contains("In-Reply-To: <msg_0@fjord.example>"), "{text}");
    }

    /// A3: a password does not leave without TLS, whatever stands in the database.
    #[test]
    fn nobody_signs_in_without_tls() {
        let plain = MailSettings { user: Some("mira".into()), ..settings() };
        let outcome = transport(&plain, Some(&Secret::new("hush")));
        assert_eq!(outcome.err(), Some(ChannelFailure::MailWithoutTls));
    }
}
