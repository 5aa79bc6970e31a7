//! Completions and manual pages, made from the arguments themselves: they cannot tell of what is not there.

use std::io::{self, Write as _};
use std::path::Path;

use clap::CommandFactory as _;
use clap_mangen::Man;
use engine::Error;
use roff::{Roff, roman};

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Text};

const NAME: &str = "patchbay";

pub(crate) fn completions(asked: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = vec![];
    clap_complete::generate(asked.shell, &mut Arguments::command(), NAME, &mut script);
    print(&script)
}

pub(crate) fn man(terminal: &Terminal, asked: &ManArguments) -> Result<Exit, Failure> {
    let mut whole = Arguments::command();
    // Gives every command its full name, and what holds everywhere its place.
    whole.build();
    let Some(folder) = &asked.into else {
        return print(&page(&whole).map_err(Failure::output)?);
    };
    std::fs::create_dir_all(folder).map_err(Error::not_written(folder))?;
    let count = write_pages(&whole, folder)?;
    terminal.note([Text::from(format!("{count} pages are in {}. Read one: man patchbay-list", folder.display()))]);
    Ok(Exit::Done)
}

fn write_pages(command: &clap::Command, folder: &Path) -> Result<usize, Failure> {
    let name = command.get_display_name().unwrap_or(NAME);
    let file = folder.join(format!("{name}.1"));
    page(command).and_then(|page| std::fs::write(&file, page)).map_err(Error::not_written(&file))?;
    let mut count = 1;
    for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        count += write_pages(below, folder)?;
    }
    Ok(count)
}

/// One page. What stands behind the options keeps its lines, for an example that is filled up like a paragraph is none.
fn page(command: &clap::Command) -> io::Result<Vec<u8>> {
    let mut page = vec![];
    let man = Man::new(command.clone()).source(format!("{NAME} {}", env!("CARGO_PKG_VERSION"))).manual("Patchbay");
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let Some(notes) = command.get_after_help() else { return Ok(page) };
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    for block in notes.to_string().split("\n\n") {
        let is_drawn = block.lines().any(|line| line.starts_with(' '));
        roff.control("PP", []);
        if is_drawn {
            roff.control("nf", []);
        }
        for line in block.lines() {
            roff.text([roman(line)]);
        }
        if is_drawn {
            roff.control("fi", []);
        }
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}

fn print(text: &[u8]) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(Failure::output)?;
    Ok(Exit::Done)
}
