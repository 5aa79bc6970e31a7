//! A client of `patchbay mcp`, line by line: what it says, what it hears, and that it hears nothing but messages.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::Board;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// `patchbay mcp`, and a client that speaks to it.
pub(crate) struct Agent {
    pub(crate) child: Child,
    pub(crate) input: ChildStdin,
    pub(crate) output: Lines<BufReader<ChildStdout>>,
    /// What came while something else was waited for.
    pub(crate) early: VecDeque<Value>,
    pub(crate) all_output: String,
    next_id: u64,
}

impl Agent {
    /// Not greeted yet.
    pub(crate) fn spawn(board: &Board) -> Self {
        Self::spawn_as(board.command(&["mcp"]))
    }

    pub(crate) fn spawn_as(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let output = BufReader::new(output).lines();
        Self { child, input, output, early: VecDeque::new(), all_output: String::new(), next_id: 0 }
    }

    pub(crate) async fn start(board: &Board) -> Self {
        let mut agent = Self::spawn(board);
        agent.greet().await;
        agent
    }

    pub(crate) async fn greet(&mut self) {
        let greeted = self
            .ask(
                "initialize",
                json!({
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "clientInfo": { "name": "whoever it says it is", "version": "1" },
                }),
            )
            .await;
        assert_eq!(greeted["result"]["protocolVersion"], "2025-11-25", "{greeted}");
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    }

    pub(crate) async fn say(&mut self, message: &Value) {
        self.write(format!("{message}\n").as_bytes()).await;
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.input.write_all(bytes)).await.expect("it reads").unwrap();
    }

    /// Each line is a message, and nothing else is.
    pub(crate) async fn hear(&mut self) -> Value {
        let line = timeout(PATIENCE, self.output.next_line()).await.expect("it answers").unwrap().expect("it goes on");
        self.all_output.push_str(&line);
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no message: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    pub(crate) async fn begin(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    pub(crate) async fn answer_to(&mut self, id: u64) -> Value {
        self.first(|it| it["id"] == id).await
    }

    pub(crate) async fn first(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.early.iter().position(&is_wanted) {
            return self.early.remove(place).unwrap();
        }
        loop {
            let message = self.hear().await;
            if is_wanted(&message) {
                return message;
            }
            self.early.push_back(message);
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params).await;
        self.answer_to(id).await
    }

    /// The result of a tool, whether it did it or not.
    pub(crate) async fn call(&mut self, tool: &str, given: Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": given })).await["result"].clone()
    }

    /// What a tool gave back, which it says in text as well.
    #[track_caller]
    pub(crate) fn given(result: &Value) -> Value {
        assert_eq!(result["isError"], false, "{result}");
        let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, result["structuredContent"]);
        text
    }

    pub(crate) async fn done(&mut self, tool: &str, given: Value) -> Value {
        Self::given(&self.call(tool, given).await)
    }

    /// Why a tool did nothing.
    pub(crate) async fn refused(&mut self, tool: &str, given: Value) -> Value {
        let result = self.call(tool, given).await;
        assert_eq!(result["isError"], true, "{result}");
        assert!(result.get("structuredContent").is_none(), "a refusal is not what the schema says: {result}");
        serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
    }

    pub(crate) async fn tools(&mut self) -> Vec<String> {
        let listed = self.ask("tools/list", json!({})).await;
        let tools = listed["result"]["tools"].as_array().unwrap();
        tools.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The most memory it ever had, in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Says nothing more; how it ends, and what it said on standard error.
    pub(crate) async fn end(mut self) -> (i32, String) {
        drop(self.input);
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
        let ended = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        (ended.code().unwrap(), errors)
    }
}
