//! What a grant is bound to beyond its account: one resource, a key of ours, an MCP server [A2, S014, S103].

/// All of it fixed with the grant, like its endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantBinding {
    /// The one API the tokens are for (RFC 8707).
    pub resource: Option<String>,
    /// The key that the tokens are bound to (RFC 9449), by its thumbprint (RFC 7638).
    pub dpop_thumbprint: Option<String>,
    /// Where the MCP server listens that this is a connection to.
    pub mcp_server: Option<String>,
    /// It was signed in to by a code on another device (RFC 8628), and is brought back that way.
    pub is_by_device: bool,
}
