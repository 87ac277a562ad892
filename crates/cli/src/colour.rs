//! Whether what is shown may have colours.

use std::env;
use std::ffi::OsStr;
use std::io::IsTerminal;

/// A terminal shows colours, unless somebody asks for none (`NO_COLOR`) or it has none (`TERM=dumb`).
#[expect(clippy::disallowed_methods, reason = "this is the command line")]
pub(crate) fn colour(out: &impl IsTerminal) -> bool {
    out.is_terminal() && is_wanted(env::var_os("NO_COLOR").as_deref(), env::var_os("TERM").as_deref())
}

fn is_wanted(no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_plain_text_gets_it() {
        let wanted = |no_color: Option<&str>, term: Option<&str>| {
            is_wanted(no_color.map(OsStr::new), term.map(OsStr::new))
        };
        assert!(wanted(None, None) && wanted(None, Some("xterm")) && wanted(Some(""), Some("xterm")));
        assert!(!wanted(Some("1"), Some("xterm")) && !wanted(None, Some("dumb")));
    }
}
