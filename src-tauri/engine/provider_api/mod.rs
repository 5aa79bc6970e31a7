//! Calls a provider's own API with a token: bearer header only, to hosts of that provider only
//! [B8, E2, S075, S076].

mod identity;
mod mcp;

pub use identity::{IdentityAnswer, IdentityRequest, WhoAnswered, try_check, which_workspaces, who_is_signed_in};
pub use mcp::greet_mcp_server;
