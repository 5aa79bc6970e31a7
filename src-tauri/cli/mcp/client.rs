//! Who started this server: the program that a person lets have tokens, or not. What a client calls itself in the protocol
//! is its own word, and decides nothing [S146, S147].

use std::sync::Arc;

use domain::program::{Admission, AskingProgram};
use domain::{ConnectionId, program::Permission};
use engine::flows::programs::Caller;
use engine::{Engine, Error};
use local_access::Starter;
use rmcp::service::{Peer, RoleServer};
use tokio::sync::OnceCell;

use super::answers::data;

/// Of whom nothing can be told.
const UNKNOWN: &str = "an MCP client";

/// The program that this server works for.
#[derive(Debug, Default)]
pub(crate) struct Client {
    starter: Arc<Starter>,
    first_seen: OnceCell<Option<AskingProgram>>,
}

impl Client {
    /// As it was seen first. Begin with this: who starts a server is there then.
    pub(crate) async fn first_seen(&self) -> Option<&AskingProgram> {
        self.first_seen.get_or_init(|| self.look()).await.as_ref()
    }

    /// For people: "claude", "agent.py".
    pub(crate) async fn name(&self) -> &str {
        self.first_seen().await.map_or(UNKNOWN, AskingProgram::name)
    }

    /// For the list of runs that wait: the program, or where that says nothing of what it runs what it calls itself.
    pub(crate) async fn shown_name(&self, peer: &Peer<RoleServer>) -> String {
        match self.first_seen().await {
            Some(program) if program.stands_for().is_none() => program.name().to_owned(),
            program => {
                let says = peer.peer_info().map(|it| data(&it.client_info.name)).filter(|it| !it.is_empty());
                says.unwrap_or_else(|| program.map_or(UNKNOWN, AskingProgram::name).to_owned())
            }
        }
    }

    /// As it is now; `None`: it has ended or is another one, and nobody was allowed anything for that.
    pub(crate) async fn now(&self) -> Option<Caller> {
        let first = self.first_seen().await?;
        let program = self.look().await.filter(|it| it == first)?;
        Some(Caller::McpClient { program })
    }

    /// Whether tokens of any connection are switched on for it.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn may_have_tokens(&self, engine: &Engine) -> Result<bool, Error> {
        let Some(program) = self.first_seen().await else { return Ok(false) };
        let now = engine.now();
        let is_allowed = |it: Permission| {
            let admission = Permission::admission(Some(it), domain::program::Unasked::Refuse, now);
            matches!(admission, Admission::Served | Admission::ServedOnce)
        };
        let all = engine.program_permissions()?;
        Ok(all.iter().any(|it| &it.program == program && is_allowed(it.permission)))
    }

    /// What it would be answered if it asked for a token of this one. Asks nobody.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn admission(&self, engine: &Engine, id: &ConnectionId) -> Result<Admission, Error> {
        match self.first_seen().await {
            Some(program) => engine.admission(&Caller::McpClient { program: program.clone() }, id),
            None => Ok(Admission::Refused),
        }
    }

    /// Reads files: not on the thread that answers.
    async fn look(&self) -> Option<AskingProgram> {
        let starter = Arc::clone(&self.starter);
        tokio::task::spawn_blocking(move || starter.program()).await.ok().flatten()
    }
}
