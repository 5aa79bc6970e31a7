//! The shell for people: opens the engine, registers every command, shows the window. Tauri and nothing else.

mod command_error;
mod commands;
pub mod contract;
mod ending;
mod logging;
mod practice_host;
pub mod views;
mod window_events;

use std::path::PathBuf;

use commands::diagnosis::RunningLadders;
use commands::support_bundle::PreviewedBundle;
use ending::Background;
use engine::{Engine, EngineParts};
use tauri::{
    App, Builder, Context, DragDropEvent, Manager, RunEvent, Runtime, WebviewUrl, WebviewWindowBuilder, WindowEvent,
};

pub use command_error::{CommandError, ErrorCode};
pub use practice_host::PracticeHost;

/// The one window's name; `capabilities/main-window.json` gives it its rights.
const MAIN_WINDOW: &str = "main";

/// The engine, or why it could not be opened: then every command says so.
pub struct Opened(pub Result<Engine, CommandError>);

impl Opened {
    fn engine(&self) -> Result<&Engine, CommandError> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

/// Runs the app until its window is closed.
pub fn run() {
    logging::start();
    let context = context();
    let home = data_folder();
    let second = tauri_plugin_single_instance::Builder::new()
        .callback(|app, _, _| show_window(app))
        .dbus_id(instance_id(&context.config().identifier, home.as_ref()))
        .build();

    let built = register(tauri::Builder::default().plugin(second))
        .setup(move |app| {
            let folder = match home {
                Some(folder) => folder,
                None => app.path().app_data_dir()?,
            };
            set_up(app, folder)
        })
        .build(context);
    match built {
        Ok(app) => app.run(|app, event| {
            if let RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } = &event
                && app.state::<Opened>().engine().is_ok_and(Engine::would_lose_a_token)
            {
                // The window says what waits for the keychain, and offers to export it [S154].
                api.prevent_close();
                show_window(app);
            }
            if let RunEvent::WindowEvent { event: WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }), .. } =
                &event
            {
                window_events::tell_of_drop(app, paths);
            }
            if let RunEvent::Exit = event {
                ending::say_goodbye(app);
            }
        }),
        Err(error) => tracing::error!(%error, "the window could not be opened"),
    }
}

/// Without a display to draw on the system's windows do not even begin: that is one sentence, and no report of a defect.
#[cfg(target_os = "linux")]
pub fn say_where_no_display_is() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panicked| {
        let is_of_display = panicked.payload_as_str().is_some_and(|it| it.contains("initialize gtk"));
        if is_of_display {
            let said = "patchbay-desktop: There is no display to open the window on. Start it in a desktop session; the \
                        command line, patchbay, needs none.\n";
            drop(std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()));
            std::process::exit(1);
        }
        usual(panicked);
    }));
}

/// The real configuration with the real permissions; tests use the same.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Every command the window knows.
pub fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    // Used from Rust alone: the page has no right to any command of the plugin's.
    builder.plugin(tauri_plugin_dialog::init()).invoke_handler(commands::all())
}

/// Opens the engine on a data folder, starts what runs by itself, and hands both to the commands.
pub fn open<R: Runtime>(app: &mut App<R>, parts: Result<EngineParts, engine::Error>, folder: PathBuf) {
    let opened = parts.map(Engine::new).map_err(|error| {
        // Which file it is: a person may want to put it back from a copy.
        let CommandError { code, message } = CommandError::from(&error);
        CommandError { code, message: format!("{message} ({})", folder.display()) }
    });
    app.manage(PracticeHost::new(folder));
    app.manage(Background::default());
    app.manage(RunningLadders::default());
    app.manage(PreviewedBundle::default());
    if let Ok(engine) = &opened {
        window_events::forward(app.handle(), engine);
        let (engine, handle) = (engine.clone(), app.handle().clone());
        tauri::async_runtime::spawn(async move {
            handle.state::<PracticeHost>().resume().await;
            if let Err(error) = engine.reconcile().await {
                tracing::warn!(%error, "what the last run left could not be settled yet");
            }
            handle.state::<Background>().start(&engine);
        });
    }
    app.manage(Opened(opened));
}

fn set_up(app: &mut App, folder: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    // The engine starts its tasks on the runtime that is current.
    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    open(app, EngineParts::open(&folder), folder);
    ending::end_when_told(app.handle());

    let Some(config) = app.config().app.windows.first().cloned() else { return Ok(()) };
    let mut window = WebviewWindowBuilder::from_config(app.handle(), &config)?
        // Nothing but the app's own pages is ever shown [S015, S123].
        .on_navigation(is_own_page)
        .on_page_load(|window, _| {
            if let Err(error) = window.show() {
                tracing::warn!(%error, "the window could not be shown");
            }
        });
    if let Some(is_12) = engine::hours::is_12() {
        // The web view knows a language, not the locale's hours; `ui/src/words/times.ts` reads this.
        window =
            window.initialization_script(if is_12 { "window.patchbayHours=12" } else { "window.patchbayHours=24" });
    }
    if matches!(config.url, WebviewUrl::External(_)) {
        window = window.devtools(false);
    }
    window.build()?;
    Ok(())
}

/// `tauri:` on Linux and macOS, `http://tauri.localhost` on Windows, the development server while developing.
fn is_own_page(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" if url.host_str() == Some("tauri.localhost") => true,
        "http" => cfg!(debug_assertions) && url.host_str() == Some("localhost") && url.port() == Some(1420),
        _ => false,
    }
}

fn show_window(app: &tauri::AppHandle) {
    let Some(window) = app.get_webview_window(MAIN_WINDOW) else { return };
    for done in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = done {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// `PATCHBAY_HOME`, where it is set: the same as for the command line.
fn data_folder() -> Option<PathBuf> {
    std::env::var_os("PATCHBAY_HOME").filter(|it| !it.is_empty()).map(PathBuf::from)
}

/// One window per data folder: another folder is another board.
fn instance_id(identifier: &str, home: Option<&PathBuf>) -> String {
    match home {
        None => identifier.to_owned(),
        Some(home) => {
            let name: String =
                home.to_string_lossy().chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
            // D-Bus names end at 255 characters, and a part may not begin with a digit.
            let end: String = name.chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
            format!("{identifier}.home_{end}")
        }
    }
}
