//! Who breaks when something breaks, as a picture, step by step and as a file [D1, D3, D4].

use tauri::{AppHandle, Runtime, State};

use super::files::save_for_person;
use crate::views::from_engine::blast_radius::RadiusFacts;
use crate::views::{HorizonView, RadiusFile, RadiusNodeView, RadiusQuestion, RadiusView, ReachView};
use crate::{CommandError, Opened};

type Answer<T> = Result<T, CommandError>;

/// A drawing of thousands of nodes is some megabytes; larger ones are none.
const LARGEST_DRAWING: usize = 64 << 20;

#[tauri::command]
pub(crate) async fn blast_radius(opened: State<'_, Opened>, question: RadiusQuestion) -> Answer<RadiusView> {
    let engine = opened.engine()?.clone();
    // Thousands of nodes take a moment, in which other commands are answered.
    let answered =
        tokio::task::spawn_blocking(move || RadiusFacts::load(&engine).map(|facts| RadiusView::new(&facts, &question)));
    Ok(answered.await.map_err(|_| engine::Error::TaskEnded)??)
}

/// Thousands of schedules take a moment, in which other commands are answered.
#[tauri::command]
pub(crate) async fn horizon(opened: State<'_, Opened>, reach: ReachView) -> Answer<HorizonView> {
    let engine = opened.engine()?.clone();
    let answered = tokio::task::spawn_blocking(move || engine.outlook(reach.into()).map(|it| HorizonView::from(&it)));
    Ok(answered.await.map_err(|_| engine::Error::TaskEnded)??)
}

#[tauri::command]
pub(crate) async fn radius_node(opened: State<'_, Opened>, id: String) -> Answer<Option<RadiusNodeView>> {
    let engine = opened.engine()?.clone();
    let answered =
        tokio::task::spawn_blocking(move || RadiusFacts::load(&engine).map(|facts| RadiusNodeView::new(&facts, &id)));
    Ok(answered.await.map_err(|_| engine::Error::TaskEnded)??)
}

/// The table is the engine's, with every step of what the filter lets through; a drawing is written as the window made
/// it.
#[tauri::command]
pub(crate) async fn export_radius<R: Runtime>(
    app: AppHandle<R>,
    opened: State<'_, Opened>,
    question: RadiusQuestion,
    file: RadiusFile,
) -> Answer<String> {
    let engine = opened.engine()?;
    let (extension, bytes) = match file {
        RadiusFile::Csv => {
            let asked = RadiusView::asked(&RadiusFacts::load(engine)?, &question);
            ("csv", engine.radius_csv(|_, workflow| asked.contains(&workflow.id))?.into_bytes())
        }
        RadiusFile::Svg { text } => ("svg", svg(text)?),
        RadiusFile::Png { base64 } => ("png", png(&base64)?),
    };
    Ok(save_for_person(&app, engine, "Patchbay blast radius", extension, &bytes)?)
}

fn svg(text: String) -> Result<Vec<u8>, engine::Error> {
    let is_drawing = text.len() <= LARGEST_DRAWING && text.trim_start().starts_with("<svg");
    is_drawing.then(|| text.into_bytes()).ok_or(engine::Error::BadInput("that is no drawing"))
}

fn png(text: &str) -> Result<Vec<u8>, engine::Error> {
    use base64::Engine as _;
    const BEGIN: &[u8] = b"\x89PNG\r\n\x1a\n";
    let refused = || engine::Error::BadInput("that is no drawing");
    if text.len() > LARGEST_DRAWING {
        return Err(refused());
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| refused())?;
    bytes.starts_with(BEGIN).then_some(bytes).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S124: the window writes drawings with this, and nothing else.
    #[test]
    fn only_drawings_are_written_as_they_are() {
        assert!(svg("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()).is_ok());
        assert!(svg("#!/bin/sh".to_owned()).is_err());
        assert!(png("iVBORw0KGgoAAA==").is_ok());
        assert!(png("aGVsbG8=").is_err(), "text is no picture");
        assert!(png("not base64").is_err());
    }
}
