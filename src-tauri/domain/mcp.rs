//! The first call of the Model Context Protocol, which any client may send [A2, E2].

/// `initialize`: asks what the server is, and changes nothing.
pub const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"#,
    r#""clientInfo":{"name":"Patchbay","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}}"#
);

/// What its transport wants accepted (Streamable HTTP).
pub const ACCEPT: &str = "application/json, text/event-stream";
