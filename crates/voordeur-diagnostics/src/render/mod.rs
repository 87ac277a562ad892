//! The output formats, one file each.
//!
//! | file | for |
//! | --- | --- |
//! | `text.rs` | people: the finding with the lines it is about |
//! | `concise.rs` | people and editors: one line each |
//! | `json.rs` | programs of one's own |
//! | `sarif.rs` | platforms that collect findings |
//! | `github.rs` | the checks of a pull request |
//! | `junit.rs` | servers that show test results |

mod concise;
mod github;
mod json;
mod junit;
mod sarif;
mod text;

pub use concise::concise;
pub use github::github;
pub use json::{JSON_VERSION, finding_json, json};
pub use junit::junit;
pub use sarif::sarif;
pub use text::{text, text_of};

use crate::diagnostic::Severity;

/// The English word for a severity, as programs read it.
const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The name of a file without what would steer a terminal or end a line.
fn printable(name: &str) -> String {
    let one = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    name.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_name_does_not_steer_the_terminal() {
        assert_eq!(printable("esc\u{1b}[31m\n.pathway"), "esc\\u{1b}[31m\\n.pathway");
        assert_eq!(printable("twee  traject één.pathway"), "twee  traject één.pathway");
    }
}
