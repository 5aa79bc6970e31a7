//! Finds which program holds a port, where `/proc` tells [S024].

use std::fs;
use std::path::Path;

/// The name of a program that listens on `port`; `None` where the system does not tell, or the program is
/// somebody else's.
pub(super) fn find(port: u16) -> Option<String> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening_inodes(&table, port))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    let links: Vec<String> = inodes.iter().map(|inode| format!("socket:[{inode}]")).collect();
    fs::read_dir("/proc").ok()?.flatten().map(|process| process.path()).find_map(|process| {
        let holds_it = fs::read_dir(process.join("fd"))
            .ok()?
            .flatten()
            .filter_map(|descriptor| fs::read_link(descriptor.path()).ok())
            .any(|target| links.iter().any(|link| target == Path::new(link)));
        holds_it.then(|| name_of(&process)).flatten()
    })
}

/// Lines of `proc(5)`'s socket table: local address second, state fourth (0A is listening), inode tenth.
fn listening_inodes(table: &str, port: u16) -> Vec<String> {
    let port = format!(":{port:04X}");
    table
        .lines()
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let is_it = columns.get(1)?.ends_with(&port) && *columns.get(3)? == "0A";
            is_it.then(|| columns.get(9).map(ToString::to_string)).flatten()
        })
        .collect()
}

/// A program names itself, so only plain characters are shown.
fn name_of(process: &Path) -> Option<String> {
    let name = fs::read_to_string(process.join("comm")).ok()?;
    let name: String = name.trim().chars().filter(|it| it.is_ascii_graphic() || *it == ' ').collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S024
    #[test]
    fn only_listening_sockets_on_that_very_port_count() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4711 1\n\
             1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000 0 4712 1\n\
             2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 0 4713 1\n";

        assert_eq!(listening_inodes(table, 8080), ["4711"]);
    }
}
