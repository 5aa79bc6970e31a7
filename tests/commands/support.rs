//! One app on the mock runtime: the real commands and permissions over a mock keychain and a throw-away folder.

use std::sync::Arc;

use engine::browser::Browser;
use engine::clock::Clock;
use engine::http::Timeouts;
use engine::{EngineParts, Error};
use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

pub(crate) struct Window {
    pub(crate) window: WebviewWindow<MockRuntime>,
    pub(crate) folder: TempDir,
    _app: App<MockRuntime>,
}

impl Window {
    /// The main window over a healthy engine.
    pub(crate) fn open() -> Self {
        Self::open_as("main", |folder| {
            let keychain = keyring_core::mock::Store::new().unwrap();
            let browser = Browser::scripted(Arc::new(|_| {}));
            EngineParts::open_with(folder, keychain, Clock::system(), browser, Timeouts::default())
        })
    }

    /// A window of any label over whatever `open` gives.
    pub(crate) fn open_as(label: &str, open: impl FnOnce(&std::path::Path) -> Result<EngineParts, Error>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let parts = open(folder.path());
        let home = folder.path().to_owned();
        let mut app = desktop::register(mock_builder()).build(desktop::context()).unwrap();
        let runtime = tauri::async_runtime::handle();
        let _inside = runtime.inner().enter();
        desktop::open(&mut app, parts, home);
        let window = WebviewWindowBuilder::new(&app, label, Default::default()).build().unwrap();
        Self { window, folder, _app: app }
    }

    /// Calls a command as the page would.
    pub(crate) fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: InvokeBody::Json(arguments),
            headers: tauri::http::HeaderMap::default(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        get_ipc_response(&self.window, request).map(|body| body.deserialize::<Value>().unwrap())
    }
}
