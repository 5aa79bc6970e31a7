//! What runs other people's text: known by how its name begins. Without a script that can be told, it stands for every
//! program in its language [S146].

/// The beginning of a name, and the language as a person calls it.
const INTERPRETERS: [(&str, &str); 26] = [
    ("python", "Python"),
    ("pypy", "Python"),
    ("ipython", "Python"),
    ("node", "Node.js"),
    ("nodejs", "Node.js"),
    ("ruby", "Ruby"),
    ("perl", "Perl"),
    ("php", "PHP"),
    ("lua", "Lua"),
    ("luajit", "Lua"),
    ("bash", "shell"),
    ("dash", "shell"),
    ("zsh", "shell"),
    ("ksh", "shell"),
    ("fish", "shell"),
    ("deno", "Deno"),
    ("bun", "Bun"),
    ("pwsh", "PowerShell"),
    ("R", "R"),
    ("Rscript", "R"),
    ("tclsh", "Tcl"),
    ("wish", "Tcl"),
    ("guile", "Guile"),
    ("gjs", "GJS"),
    ("julia", "Julia"),
    ("busybox", "shell"),
];

/// The language that a program of this name runs; `None`: it is no interpreter. "Python" of `python3.12`.
pub fn language_of(name: &str) -> Option<&'static str> {
    if name == "sh" {
        return Some("shell");
    }
    INTERPRETERS.iter().find(|(known, _)| is_version_of(name, known)).map(|(_, language)| *language)
}

/// `python`, `python3`, `python3.12` and `python3.13t`; not `pythonista`.
pub fn is_version_of(name: &str, known: &str) -> bool {
    let Some(rest) = name.strip_prefix(known) else { return false };
    let version = rest.strip_suffix("-dbg").unwrap_or(rest).trim_end_matches(['t', 'd', 'm']);
    let is_version = version.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
    is_version && (version == rest || !version.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S146
    #[test]
    fn interpreters_are_known_by_their_name() {
        for (name, language) in [
            ("python", "Python"),
            ("python3", "Python"),
            ("python3.12", "Python"),
            ("python3.13t", "Python"),
            ("python3-dbg", "Python"),
            ("nodejs", "Node.js"),
            ("bash", "shell"),
            ("sh", "shell"),
            ("lua5.4", "Lua"),
        ] {
            assert_eq!(language_of(name), Some(language), "{name}");
        }
        for name in ["pythonista", "pythont", "nodemon", "patchbay", "shfmt"] {
            assert_eq!(language_of(name), None, "{name}");
        }
    }
}
