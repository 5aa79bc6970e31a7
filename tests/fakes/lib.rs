//! Stand-ins for the outside world: a keychain that fails on request, a person with a browser, a server that listens.

pub mod activepieces_server;
pub mod certificate_server;
pub mod folder_keychain;
pub mod keychain;
pub mod make_server;
mod n8n_credentials;
mod n8n_runs;
pub mod n8n_server;
pub mod node_red_server;
pub mod person;
pub mod server;
pub mod steps;
pub mod token_server;
pub mod zapier_server;

pub use activepieces_server::{ACTIVEPIECES_KEY, ActivepiecesServer};
pub use certificate_server::serve_certificate;
pub use keychain::Keychain;
pub use make_server::{MAKE_KEY, MakeServer};
pub use n8n_server::{N8N_KEY, N8nRelease, N8nServer, N8nTrouble};
pub use node_red_server::{NODE_RED_TOKEN, NodeRedServer};
pub use person::Person;
pub use server::{Answer, Seen, Server};
pub use steps::Steps;
pub use token_server::TokenServer;
pub use zapier_server::{ZAPIER_TOKEN, ZapierServer};
