//! What is said of this server, which tools it offers now, and one call of one of them [F1, F2, F3].

use std::convert::Infallible;
use std::sync::Arc;

use domain::ConnectionId;
use engine::Engine;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
};
use rmcp::service::{Peer, RequestContext, RoleServer, SubscriptionContext};
use rmcp::{ErrorData as McpError, ServerHandler};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::client::Client;
use super::tools::ToolName;
use super::{looking, requests, runs, tokens};
use crate::failure::Failure;
use crate::words::mcp as words;

/// So many calls work at once; those that wait for a person have places of their own.
const AT_WORK: usize = 8;
const WAITING: usize = 16;

/// Answers one client.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    engine: Engine,
    client: Client,
    at_work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// True once the client says nothing any more.
    has_ended: watch::Receiver<bool>,
    listed: TokensListed,
}

/// Whether the tool that hands out tokens stands on the list.
#[derive(Clone)]
pub(crate) struct TokensListed(watch::Sender<bool>);

impl TokensListed {
    /// Whether that is news. Whoever listens hears of nothing else: who hears reads the list again.
    fn set(&self, may: bool) -> bool {
        self.0.send_if_modified(|was| std::mem::replace(was, may) != may)
    }
}

/// What a tool gives back, or why it does not.
pub(crate) type Answer = Result<CallToolResult, Failure>;

/// One call: by whom, and who hears of its course.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) client: &'a Client,
    pub(crate) context: &'a RequestContext<RoleServer>,
    pub(crate) has_ended: watch::Receiver<bool>,
    /// Kept for as long as anything works for it, also where nobody waits any more; of a call that waits, none.
    pub(crate) place: Option<Arc<OwnedSemaphorePermit>>,
    /// For those.
    pub(crate) waiting: &'a Semaphore,
}

impl Server {
    pub(crate) fn new(engine: Engine, has_ended: watch::Receiver<bool>) -> Self {
        Self(Arc::new(Inner {
            engine,
            client: Client::default(),
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            waiting: Arc::new(Semaphore::new(WAITING)),
            has_ended,
            listed: TokensListed(watch::Sender::new(false)),
        }))
    }

    /// Follows for this server which tools are offered.
    pub(crate) async fn follow(&self, peer: &Peer<RoleServer>) -> Infallible {
        let Inner { engine, client, listed, .. } = &*self.0;
        let writes = engine.writes();
        loop {
            let may = client.may_have_tokens(engine).await.unwrap_or(false);
            let has_changed = listed.set(may);
            // Who began without a handshake hears of it where it listens, and is told nothing else.
            if has_changed && peer.peer_info().is_some() {
                drop(peer.notify_tool_list_changed().await);
            }
            match &writes {
                Some(writes) => writes.next().await,
                // It is looked up again with every list; nobody is told in between.
                None => std::future::pending().await,
            }
        }
    }

    async fn call(&self, tool: ToolName, given: Value, context: &RequestContext<RoleServer>) -> Answer {
        let Inner { engine, client, at_work, waiting, has_ended, .. } = &*self.0;
        let mut call = Call { engine, client, context, waiting, has_ended: has_ended.clone(), place: None };
        // Who waits for a place to wait has a limit for both.
        if tool != ToolName::WaitForConnection {
            let place = Arc::clone(at_work).acquire_owned().await;
            call.place = Some(Arc::new(place.map_err(|_| engine::Error::TaskEnded)?));
        }
        match tool {
            ToolName::ListConnections => looking::list_connections(&call, &read(given)?),
            ToolName::ShowConnection => looking::show_connection(&call, &read(given)?).await,
            ToolName::BlastRadius => looking::blast_radius(&call, &read(given)?),
            ToolName::Diagnose => looking::diagnose(&call, &read(given)?).await,
            ToolName::Preflight => runs::preflight(&call, read(given)?).await,
            ToolName::WaitForConnection => runs::wait_for_connection(&call, read(given)?).await,
            ToolName::RequestReconnect => requests::request_reconnect(&call, &read(given)?).await,
            ToolName::RequestTokenAccess => tokens::request_token_access(&call, &read(given)?).await,
            ToolName::GetAccessToken => tokens::get_access_token(&call, &read(given)?).await,
        }
    }
}

impl Call<'_> {
    /// The client leans on these from now on: it stands in their blast radius [D1].
    pub(crate) async fn leans_on(&self, connections: impl IntoIterator<Item = ConnectionId>) {
        let Some(program) = self.client.first_seen().await else { return };
        let called = self.client.shown_name(&self.context.peer).await;
        for id in connections {
            // Nobody is kept from an answer because it could not be noted.
            if let Err(error) = self.engine.learn_use_of_agent(program, &called, &id) {
                tracing::warn!(connection = %id, %error, "the use of a connection could not be noted");
            }
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        let ours = Implementation::new("patchbay", env!("CARGO_PKG_VERSION"))
            .with_title("Patchbay")
            .with_description(words::DESCRIPTION);
        ServerConfig::new(capabilities).with_server_info(ours).with_instructions(words::INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, McpError> {
        let Inner { engine, client, listed, .. } = &*self.0;
        let may = client.may_have_tokens(engine).await.unwrap_or(false);
        listed.set(may);
        let tools = ToolName::ALL.into_iter().filter(|it| may || *it != ToolName::GetAccessToken);
        Ok(ListToolsResult::with_all_items(tools.map(ToolName::tool).collect()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        ToolName::from_text(name).map(ToolName::tool)
    }

    async fn call_tool(
        &self,
        asked: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, McpError> {
        let Some(tool) = ToolName::from_text(&asked.name) else {
            return Err(ErrorData::invalid_params("There is no tool of that name; tools/list names them.", None));
        };
        let given = Value::Object(asked.arguments.unwrap_or_default());
        let answer = tokio::select! {
            biased;
            // Nobody waits for it; what has begun at a provider goes on by itself.
            () = context.ct.cancelled() => return Ok(CallToolResult::error(vec![]).into()),
            answer = self.call(tool, given, &context) => answer,
        };
        Ok(answer.unwrap_or_else(|failure| refused(&failure)).into())
    }

    fn accepted_subscription_filter(&self, _: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(SubscriptionFilter::builder().tools_list_changed().build())
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), McpError> {
        let mut listed = self.0.listed.0.subscribe();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = listed.changed() => {
                    if changed.is_err() || context.sink().notify_tool_list_changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// What was given, as the tool takes it.
fn read<T: DeserializeOwned>(given: Value) -> Result<T, Failure> {
    serde_json::from_value(given).map_err(|error| {
        // The words are of names and kinds; a value that was given may be long.
        let said: String = error.to_string().chars().take(300).collect();
        wrong(format!("The arguments are not as the tool takes them: {said}."))
    })
}

/// What was given cannot be done anything with.
pub(crate) fn wrong(happened: impl Into<String>) -> Failure {
    Failure::usage(happened).with_words(|words| "See the tool's inputSchema.".clone_into(&mut words.advice))
}

/// The same for programs that read it and for those that read text alone.
pub(crate) fn told(answer: &impl Serialize) -> Answer {
    let value = serde_json::to_value(answer).map_err(|error| Failure::output(error.into()))?;
    Ok(CallToolResult::structured(value))
}

/// As text: what is structured is as the tool's schema has it, which a refusal is not.
fn refused(failure: &Failure) -> CallToolResult {
    let text = serde_json::to_string(&failure.as_json()).unwrap_or_else(|_| failure.sentence());
    CallToolResult::error(vec![ContentBlock::text(text)])
}
