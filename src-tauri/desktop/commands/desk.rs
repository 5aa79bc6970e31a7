//! The desktop around the window: its switches, what waits for the page, the end [F4].

use domain::alert::Wishes;
use domain::closing::ClosingWish;
use tauri::{AppHandle, Manager as _, Runtime, State};

use crate::desk::{self, Desk};
use crate::mail_links::{self, MailLinks};
use crate::views::{AskView, ClosingAnswer, DeskChange, DeskView, MailLinksView, QuietView};
use crate::{CommandError, Opened, login_start};

type Answer<T> = Result<T, CommandError>;

#[tauri::command]
pub(crate) async fn desk<R: Runtime>(app: AppHandle<R>, opened: State<'_, Opened>) -> Answer<DeskView> {
    let engine = opened.engine()?;
    let wishes = engine.alert_wishes()?;
    Ok(DeskView {
        closing: engine.closing_wish()?.into(),
        has_tray: app.state::<Desk>().has_tray(),
        starts_at_login: login_start::is_on(&app),
        alerts: wishes.is_on,
        quiet: QuietView::of(wishes),
        mail_links: MailLinksView {
            is_on: engine.wants_mail_links()?,
            address: engine.mail_links_port()?.map(|port| format!("http://127.0.0.1:{port}")),
            failure: app.state::<MailLinks>().failure(),
        },
    })
}

#[tauri::command]
pub(crate) async fn change_desk<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    change: DeskChange,
) -> Answer<DeskView> {
    let engine = opened.engine()?;
    match change {
        DeskChange::Closing { wish } => engine.set_closing_wish(wish.into())?,
        DeskChange::StartsAtLogin { on } => {
            login_start::set(&app, on).map_err(engine::Error::FolderUnavailable)?;
        }
        DeskChange::Alerts { on } => {
            engine.set_alert_wishes(Wishes { is_on: on, ..engine.alert_wishes()? })?;
        }
        DeskChange::Quiet { hours } => {
            let quiet = hours.map(|it| it.hours()).transpose();
            let quiet = quiet.map_err(|_| engine::Error::BadInput("quiet hours are two different times of the day"))?;
            engine.set_alert_wishes(Wishes { quiet, ..engine.alert_wishes()? })?;
        }
        DeskChange::MailLinks { on } => {
            engine.set_mail_links(on)?;
            mail_links::apply(&app).await;
        }
    }
    desk(app.clone(), opened).await
}

#[tauri::command]
pub(crate) async fn take_asks(desk: State<'_, Desk>) -> Answer<Vec<AskView>> {
    Ok(desk.take_asks())
}

#[tauri::command]
pub(crate) async fn answer_closing<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    answer: ClosingAnswer,
) -> Answer<()> {
    let state = app.state::<Desk>();
    state.closing_is_answered();
    let engine = opened.engine()?;
    match answer {
        ClosingAnswer::Stay => {}
        ClosingAnswer::KeepRunning => {
            // Without a tray that is for this once: a window out of sight needs a way back.
            if state.has_tray() {
                engine.set_closing_wish(ClosingWish::KeepRunning)?;
            }
            desk::hide(&app);
        }
        ClosingAnswer::Quit => {
            engine.set_closing_wish(ClosingWish::Quit)?;
            desk::quit(&app);
        }
    }
    Ok(())
}

#[tauri::command]
pub(crate) async fn quit<R: Runtime>(app: AppHandle<R>) -> Answer<()> {
    desk::quit(&app);
    Ok(())
}
