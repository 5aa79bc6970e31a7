//! Whether clocks here are read in twelve hours or in twenty-four, as the system's locale has it: one rule for the
//! window and the command line.

/// Where twelve hours are usual (CLDR, supplemental time data, preferred `h`).
const TWELVE: [&str; 26] = [
    "AE", "AU", "BB", "BD", "BS", "CA", "CO", "DO", "EG", "FJ", "HN", "IN", "JM", "JO", "KW", "MY", "NZ", "OM", "PA",
    "PH", "PK", "PR", "SA", "SG", "TT", "US",
];

/// `None`: the system does not say it in the environment, as desktop programs find it outside Linux.
pub fn is_12() -> Option<bool> {
    let said = ["LC_ALL", "LC_TIME", "LANG"].into_iter().find_map(|name| {
        // Set and empty is as good as unset (POSIX, Base Definitions 8.2).
        std::env::var(name).ok().filter(|value| !value.is_empty())
    });
    match said {
        Some(locale) => Some(is_12_in(&locale)),
        // The plain locale is the system's own then.
        None => cfg!(target_os = "linux").then_some(false),
    }
}

/// `en_US.UTF-8` has twelve; `C`, `de_DE@euro` and `fr_CA` have twenty-four.
fn is_12_in(locale: &str) -> bool {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    match name.split_once('_') {
        Some(("fr", "CA")) | None => false,
        Some((_, territory)) => TWELVE.contains(&territory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The design's rule for times.
    #[test]
    fn clocks_have_twenty_four_hours_unless_the_locale_says_twelve() {
        for locale in ["en_US.UTF-8", "en_US", "en_AU.utf8", "hi_IN", "ar_EG@x"] {
            assert!(is_12_in(locale), "{locale}");
        }
        for locale in ["C", "C.UTF-8", "POSIX", "", "en", "en_GB.UTF-8", "de_DE@euro", "fr_CA.UTF-8", "_"] {
            assert!(!is_12_in(locale), "{locale}");
        }
    }
}
