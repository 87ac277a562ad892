//! The words and signs of a text, without blanks and comments: what two layouts of one text have in common.

/// A word, a sign or a quoted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    /// Its first byte.
    pub(crate) at: usize,
    /// Its line, counted from 1.
    pub(crate) line: u32,
}

/// The tokens of a text, in order.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let (mut line, mut chars) = (1_u32, text.char_indices().peekable());
    while let Some((at, first)) = chars.next() {
        let mut end = at + first.len_utf8();
        let start = line;
        match first {
            '\n' => {
                line += 1;
                continue;
            }
            '#' => {
                while chars.next_if(|(_, next)| *next != '\n').is_some() {}
                continue;
            }
            blank if blank.is_whitespace() => continue,
            '"' => {
                let mut escaped = false;
                for (place, next) in chars.by_ref() {
                    end = place + next.len_utf8();
                    line += u32::from(next == '\n');
                    if next == '"' && !escaped {
                        break;
                    }
                    escaped = next == '\\' && !escaped;
                }
            }
            _ => {
                let kind = kind(first);
                let goes_on = |next: char, end: usize| {
                    let arrow = first == '-' && next == '>' && end == at + 1;
                    arrow || kind != Kind::Alone && self::kind(next) == kind
                };
                while let Some((place, next)) = chars.next_if(|(place, next)| goes_on(*next, *place)) {
                    end = place + next.len_utf8();
                }
            }
        }
        if let Some(text) = text.get(at..end) {
            all.push(Token { text, at, line: start });
        }
    }
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Compares,
    Alone,
    Blank,
}

fn kind(of: char) -> Kind {
    match of {
        '{' | '}' | '(' | ')' | ',' | ';' => Kind::Alone,
        '<' | '>' | '=' => Kind::Compares,
        '"' | '#' => Kind::Blank,
        blank if blank.is_whitespace() => Kind::Blank,
        _ => Kind::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn layout_and_comments_make_no_difference() {
        let words = |text| tokens(text).into_iter().map(|one| one.text).collect::<Vec<_>>();
        let one = words("on a done  when x>=2 -> b # why\n  \"a # b \\\" c\" from 2026-01-02");
        assert_eq!(one, words("on a done\nwhen x >= 2 -> b\n\"a # b \\\" c\"\nfrom 2026-01-02"));
        assert_eq!(one.len(), 12);
    }
}
