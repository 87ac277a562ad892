//! Bytes to text: UTF-8 only, of a size that a pathway can have.

use voordeur_diagnostics::{Diagnostic, Rule, Span};
use voordeur_messages::say;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The text of a file. A byte order mark is left out; line ends stay as they are.
///
/// # Errors
/// A diagnostic when the bytes are too many, or are not text in UTF-8. Its place counts bytes of the file.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > MAX_BYTES {
        let message = say!(
            "the file has {bytes} bytes, more than the {max_bytes} that a pathway can have",
            bytes = bytes.len(),
            max_bytes = MAX_BYTES
        );
        return Err(Box::new(Diagnostic::error(Rule::TooLarge, Span::default(), message)));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| Box::new(not_text(bytes, error.valid_up_to())))?;
    match text.bytes().position(|byte| byte == 0) {
        Some(at) => Err(Box::new(not_text(bytes, at))),
        None => Ok(text),
    }
}

fn not_text(bytes: &[u8], at: usize) -> Diagnostic {
    let before = bytes.get(..at).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let found = bytes
        .get(at)
        .map_or_else(String::new, |byte| say!(" (found {byte})", byte = format!("{:#04x}", byte)));
    let message = say!("this is not text in UTF-8: byte {at}, line {line}{found}", at, line, found);
    Diagnostic::error(Rule::NotUtf8, Span::new(at, at), message).help(advice(bytes))
}

fn advice(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => say!("the file is in UTF-16; save it as UTF-8"),
        _ if bytes.contains(&0) => say!("this looks like a binary file and not like a pathway"),
        _ => say!("save the file as UTF-8; it may be in Windows-1252 or ISO-8859-1 now"),
    }
}
