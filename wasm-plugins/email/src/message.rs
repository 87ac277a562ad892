//! A message as RFC 5322 has it, in UTF-8.

use voordeur_plugin_kit::base64;
use voordeur_plugin_kit::words::Language;

/// What a message is made of.
pub struct Parts<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
    pub key: &'a str,
    /// RFC 3339 in UTC.
    pub now: &'a str,
}

impl Parts<'_> {
    /// The message, with line ends as on the wire.
    pub fn written(&self, language: Language) -> Result<String, String> {
        for (name, address) in [("from", self.from), ("to", self.to)] {
            if !is_address(address) {
                return Err(format!("`{name}` is no e-mail address"));
            }
        }
        if self.subject.chars().any(char::is_control) || self.subject.is_empty() {
            return Err("the subject is one line of text".to_owned());
        }
        let date = date(self.now).ok_or("the moment of the step cannot be read")?;
        let head = [
            ("Date", date),
            ("From", self.from.to_owned()),
            ("To", self.to.to_owned()),
            ("Subject", encoded(self.subject)),
            ("Message-ID", format!("<{}@voordeur.invalid>", self.key)),
            ("Content-Language", language.code().to_owned()),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Content-Transfer-Encoding", "base64".to_owned()),
        ];
        let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        Ok(format!("{head}\r\n{}", lines(&base64(self.body.replace('\n', "\r\n").as_bytes()))))
    }
}

/// `name@host`, of letters, digits and a few signs: nothing that could end a line or begin another address.
fn is_address(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
    };
    text.len() <= 254 && text.split_once('@').is_some_and(|(name, host)| plain(name) && plain(host))
}

/// As it is where it is ASCII; otherwise in encoded words of at most 75 characters.
fn encoded(subject: &str) -> String {
    if subject.is_ascii() && subject.len() <= 66 {
        return subject.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in subject.chars() {
        if word.len() + letter.len_utf8() > 45 {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    let encode = |word: &String| format!("=?utf-8?B?{}?=", base64(word.as_bytes()));
    words.iter().map(encode).collect::<Vec<_>>().join("\r\n ")
}

/// Lines of at most 76 characters.
fn lines(text: &str) -> String {
    let mut lines = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            lines.push_str("\r\n");
        }
        lines.push(letter);
    }
    lines + "\r\n"
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `2026-03-02T09:00:00Z` as `02 Mar 2026 09:00:00 +0000`.
fn date(now: &str) -> Option<String> {
    let (day, rest) = now.split_once('T')?;
    let mut parts = day.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
    Some(format!("{day} {} {year} {} +0000", MONTHS.get(month.checked_sub(1)?)?, rest.get(..8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(to: &'a str, subject: &'a str) -> Parts<'a> {
        Parts {
            from: "a@example.nl",
            to,
            subject,
            body: "één\n",
            key: "voordeur-1-1",
            now: "2026-03-02T09:00:00Z",
        }
    }

    #[test]
    fn a_message_is_what_the_standard_says() {
        let message =
            parts("b@example.nl", "Afspraak: één bezoek").written(Language::Dutch).expect("a message");
        let expected = "Date: 02 Mar 2026 09:00:00 +0000\r\nFrom: a@example.nl\r\nTo: b@example.nl\r\nSubject: =?utf-8?B?QWZzcHJhYWs6IMOpw6luIGJlem9law==?=\r\nMessage-ID: <voordeur-1-1@voordeur.invalid>\r\nContent-Language: nl\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nw6nDqW4NCg==\r\n";
        assert_eq!(message, expected);
    }

    #[test]
    fn nothing_can_be_put_in_between() {
        for to in [
            "b@example.nl\r\nBcc: c@example.nl",
            "b@example.nl, c@example.nl",
            "b",
            "@",
            "b@",
            "<b@example.nl>",
        ] {
            assert!(parts(to, "x").written(Language::Dutch).is_err(), "{to}");
        }
        assert!(parts("b@example.nl", "x\r\nBcc: c@example.nl").written(Language::Dutch).is_err());
    }
}
