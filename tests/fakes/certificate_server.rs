//! A TLS server that shows a certificate of any time, and says nothing besides [B9, S160].

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Starts on a free port of 127.0.0.1, which it answers. The certificate, its own issuer, holds from the beginning of
/// one year to the beginning of the other. It ends with the process.
///
/// # Errors
/// No certificate or no port could be had.
pub fn serve_certificate(from_year: i32, to_year: i32) -> io::Result<u16> {
    let key = rcgen::KeyPair::generate().map_err(io::Error::other)?;
    let mut parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).map_err(io::Error::other)?;
    parameters.not_before = rcgen::date_time_ymd(from_year, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(to_year, 1, 1);
    let certificate = parameters.self_signed(&key).map_err(io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            let key = PrivatePkcs8KeyDer::from(key.serialize_der());
            config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key.into())
        })
        .map_err(io::Error::other)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            // Whoever does not like the certificate goes away in the middle.
            drop(io::copy(&mut StreamOwned::new(connection, stream), &mut io::sink()));
        }
    });
    Ok(port)
}
