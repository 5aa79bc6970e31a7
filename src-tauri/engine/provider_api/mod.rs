//! Calls a provider's own API with a token: bearer header only, to hosts of that provider only
//! [B8, E2, S075, S076].

mod identity;
mod mcp;
mod own_call;
mod resource;
mod trial_object;

pub use identity::{
    IdentityAnswer, IdentityRequest, SaidBeside, WhoAnswered, try_check, which_workspaces, who_is_signed_in,
};
pub use mcp::greet_mcp_server;
pub use own_call::{OwnAnswer, make_own_call};
pub use resource::{ResourceAnswer, is_of_provider, read_resource};
pub use trial_object::{TrialAnswer, TrialFailure, make_trial_call};
