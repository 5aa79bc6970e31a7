//! Binds loopback, literally: one family, or both on one port when the provider insists on the name
//! `localhost` [S022, S023, S024].

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use domain::provider::RedirectHost;
use tokio::net::TcpListener;

use super::{ListenerError, port_holder};

/// How many ports are tried until one is free in both families. Each try fails only if another program
/// sits on that one port.
const MAX_TRIES: usize = 16;

pub(super) struct Sockets {
    pub(super) port: u16,
    pub(super) listeners: Vec<TcpListener>,
}

pub(super) async fn bind(host: RedirectHost, port: Option<u16>) -> Result<Sockets, ListenerError> {
    match host {
        RedirectHost::Ipv4 => {
            let v4 = bind_v4(port).await?;
            Ok(Sockets { port: port_of(&v4)?, listeners: vec![v4] })
        }
        RedirectHost::Ipv6 => {
            let v6 = bind_v6(port).await?;
            Ok(Sockets { port: port_of(&v6)?, listeners: vec![v6] })
        }
        RedirectHost::Localhost => bind_both(port).await,
    }
}

async fn bind_both(wanted: Option<u16>) -> Result<Sockets, ListenerError> {
    // Kept until a pair is found, so that the system does not offer the same port again.
    let mut half_free = Vec::new();
    loop {
        let v4 = bind_v4(wanted).await?;
        let port = port_of(&v4)?;
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(v6) => return Ok(Sockets { port, listeners: vec![v4, v6] }),
            Err(error) if has_no_ipv6(&error) => return Ok(Sockets { port, listeners: vec![v4] }),
            Err(error) if wanted.is_some() || half_free.len() >= MAX_TRIES => {
                return Err(not_bound(error, port).await);
            }
            Err(_) => half_free.push(v4),
        }
    }
}

async fn bind_v4(port: Option<u16>) -> Result<TcpListener, ListenerError> {
    let port = port.unwrap_or(0);
    match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
        Ok(listener) => Ok(listener),
        Err(error) => Err(not_bound(error, port).await),
    }
}

async fn bind_v6(port: Option<u16>) -> Result<TcpListener, ListenerError> {
    let port = port.unwrap_or(0);
    match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(listener) => Ok(listener),
        Err(error) => Err(not_bound(error, port).await),
    }
}

/// Without the address nobody else can hold it either.
fn has_no_ipv6(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    const ADDRESS_FAMILY_NOT_SUPPORTED: [i32; 3] = [97, 47, 10047];
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error().is_some_and(|code| ADDRESS_FAMILY_NOT_SUPPORTED.contains(&code))
}

async fn not_bound(error: io::Error, port: u16) -> ListenerError {
    if error.kind() != io::ErrorKind::AddrInUse {
        return ListenerError::Unavailable(error);
    }
    let by = tokio::task::spawn_blocking(move || port_holder::find(port)).await.ok().flatten();
    ListenerError::PortTaken { port, by }
}

fn port_of(listener: &TcpListener) -> Result<u16, ListenerError> {
    Ok(listener.local_addr().map_err(ListenerError::Unavailable)?.port())
}
