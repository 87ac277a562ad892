//! A letter as a tagged PDF: pages of A4 with paragraphs, each marked as one, in the language that it says, so that it can be
//! read aloud. The font is Helvetica, which every reader has; what that cannot show is refused.

use crate::words::Language;

const WIDTH: f64 = 595.0;
const HEIGHT: f64 = 842.0;
const MARGIN: f64 = 72.0;
const SIZE: f64 = 11.0;
const LINE: f64 = 15.0;

/// The widths of the letters from the space to `~` in Helvetica, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// A line of a paragraph.
struct Line {
    paragraph: usize,
    bytes: Vec<u8>,
}

/// The letter as a PDF. Paragraphs are apart by an empty line.
pub fn letter(title: &str, text: &str, language: Language) -> Result<Vec<u8>, String> {
    let paragraphs: Vec<&str> = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()).collect();
    let mut lines = Vec::new();
    for (paragraph, text) in paragraphs.iter().enumerate() {
        for line in text.trim_matches('\n').split('\n') {
            lines.extend(wrapped(&encoded(line)?).into_iter().map(|bytes| Line { paragraph, bytes }));
        }
    }
    Ok(Document { title: encoded(title)?, language, paragraphs: paragraphs.len(), pages: pages(lines) }
        .written())
}

/// Which lines stand on which page, and how far from its top.
fn pages(lines: Vec<Line>) -> Vec<Vec<(f64, Line)>> {
    let (mut pages, mut page, mut y) = (Vec::new(), Vec::new(), HEIGHT - MARGIN);
    let mut last = 0;
    for line in lines {
        if line.paragraph != last {
            y -= LINE;
            last = line.paragraph;
        }
        if y < MARGIN {
            pages.push(std::mem::take(&mut page));
            y = HEIGHT - MARGIN;
        }
        page.push((y, line));
        y -= LINE;
    }
    pages.push(page);
    pages
}

struct Document {
    title: Vec<u8>,
    language: Language,
    paragraphs: usize,
    pages: Vec<Vec<(f64, Line)>>,
}

/// The objects before the pages: catalogue, pages, font, root of the structure, document of the structure, information.
const BEFORE: usize = 6;

impl Document {
    const fn page(at: usize) -> usize {
        BEFORE + 1 + at * 2
    }

    const fn element(&self, paragraph: usize) -> usize {
        BEFORE + 1 + self.pages.len() * 2 + paragraph
    }

    /// The paragraphs on a page, in order: each is one marked piece of it.
    fn pieces(page: &[(f64, Line)]) -> Vec<usize> {
        let mut pieces: Vec<usize> = page.iter().map(|(_, line)| line.paragraph).collect();
        pieces.dedup();
        pieces
    }

    fn written(&self) -> Vec<u8> {
        let mut objects = self.head();
        for (at, page) in self.pages.iter().enumerate() {
            objects.push(
                format!(
                    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R /StructParents {at} /Tabs /S >>",
                    Self::page(at) + 1
                )
                .into_bytes(),
            );
            let content = content(page);
            let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
            stream.extend(content);
            stream.extend(b"\nendstream");
            objects.push(stream);
        }
        objects.extend((0..self.paragraphs).map(|paragraph| self.structure(paragraph).into_bytes()));
        file(&objects)
    }

    fn head(&self) -> Vec<Vec<u8>> {
        let pages: String = (0..self.pages.len()).map(|at| format!("{} 0 R ", Self::page(at))).collect();
        let elements: String =
            (0..self.paragraphs).map(|paragraph| format!("{} 0 R ", self.element(paragraph))).collect();
        let parents: String = self
            .pages
            .iter()
            .enumerate()
            .map(|(at, page)| {
                let of: String = Self::pieces(page)
                    .iter()
                    .map(|paragraph| format!("{} 0 R ", self.element(*paragraph)))
                    .collect();
                format!("{at} [{of}] ")
            })
            .collect();
        let mut title = b"<< /Producer (Voordeur) /Title ".to_vec();
        title.extend(string(&self.title));
        title.extend(b" >>");
        vec![
            format!(
                "<< /Type /Catalog /Pages 2 0 R /Lang ({}) /MarkInfo << /Marked true >> /StructTreeRoot 4 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
                self.language.code()
            )
            .into_bytes(),
            format!("<< /Type /Pages /Kids [{pages}] /Count {} >>", self.pages.len()).into_bytes(),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
            format!("<< /Type /StructTreeRoot /K 5 0 R /ParentTree << /Nums [{parents}] >> /ParentTreeNextKey {} >>", self.pages.len()).into_bytes(),
            format!("<< /Type /StructElem /S /Document /P 4 0 R /K [{elements}] >>").into_bytes(),
            title,
        ]
    }

    /// A paragraph in the structure: the pieces of pages that belong to it.
    fn structure(&self, paragraph: usize) -> String {
        let pieces: String = self
            .pages
            .iter()
            .enumerate()
            .filter_map(|(at, page)| {
                let piece = Self::pieces(page).iter().position(|of| *of == paragraph)?;
                Some(format!("<< /Type /MCR /Pg {} 0 R /MCID {piece} >> ", Self::page(at)))
            })
            .collect();
        format!("<< /Type /StructElem /S /P /P 5 0 R /K [{pieces}] >>")
    }
}

/// What is drawn on a page.
fn content(page: &[(f64, Line)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (piece, paragraph) in Document::pieces(page).into_iter().enumerate() {
        content.extend(format!("/P << /MCID {piece} >> BDC\nBT /F1 {SIZE} Tf\n").bytes());
        for (y, line) in page.iter().filter(|(_, line)| line.paragraph == paragraph) {
            content.extend(format!("1 0 0 1 {MARGIN} {y} Tm ").bytes());
            content.extend(string(&line.bytes));
            content.extend(b" Tj\n");
        }
        content.extend(b"ET\nEMC\n");
    }
    content
}

/// The file: objects, the table of where they begin, and the end.
fn file(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (at, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{} 0 obj\n", at + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(table.bytes());
    file.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    file
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'('];
    for byte in bytes {
        if matches!(byte, b'(' | b')' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b')');
    out
}

/// The text in the encoding of the font.
fn encoded(text: &str) -> Result<Vec<u8>, String> {
    let byte = |letter: char| match letter {
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(letter)).ok(),
        '€' => Some(0x80),
        '…' => Some(0x85),
        '‘' => Some(0x91),
        '’' => Some(0x92),
        '“' => Some(0x93),
        '”' => Some(0x94),
        '•' => Some(0x95),
        '–' => Some(0x96),
        '—' => Some(0x97),
        _ => None,
    };
    let signs =
        text.chars().map(|letter| byte(letter).ok_or("the letter has a sign that its font cannot show"));
    Ok(signs.collect::<Result<_, _>>()?)
}

/// Lines that are no wider than the page, broken at spaces.
fn wrapped(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    for word in bytes.split(|byte| *byte == b' ') {
        if !line.is_empty() && width(&line) + width(b" ") + width(word) > WIDTH - 2.0 * MARGIN {
            lines.push(std::mem::replace(&mut line, word.to_vec()));
        } else {
            if !line.is_empty() {
                line.push(b' ');
            }
            line.extend(word);
        }
    }
    lines.push(line);
    lines
}

fn width(bytes: &[u8]) -> f64 {
    let of = |byte: &u8| f64::from(WIDTHS.get(usize::from(*byte).wrapping_sub(32)).copied().unwrap_or(611));
    bytes.iter().map(of).sum::<f64>() * SIZE / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str) -> String {
        let bytes = letter("Brief (één)", text, Language::Dutch).expect("a letter");
        bytes.iter().map(|byte| char::from(*byte)).collect()
    }

    #[test]
    fn each_paragraph_is_one_of_the_structure() {
        let pdf = made("Geachte heer,\n\nEr is een achterstand van € 900,00.\nMet groet");
        assert!(
            pdf.contains("/Lang (nl)")
                && pdf.contains("/Marked true")
                && pdf.contains("/Title (Brief \\(\u{e9}\u{e9}n\\))")
        );
        assert_eq!(pdf.matches("/S /P ").count(), 2);
        assert_eq!((pdf.matches(" BDC").count(), pdf.matches("EMC").count()), (2, 2));
        assert!(pdf.contains("(Er is een achterstand van \u{80} 900,00.) Tj"));
    }

    #[test]
    fn the_table_says_where_objects_begin() {
        let pdf = made("x");
        let table = pdf.split_once("xref\n0 ").expect("a table").1;
        for (at, line) in table.lines().skip(2).take_while(|line| line.ends_with("n ")).enumerate() {
            let offset: usize = line[..10].parse().expect("a number");
            let found: String = pdf.chars().skip(offset).take(8).collect();
            assert!(found.starts_with(&format!("{} 0 obj", at + 1)), "{found}");
        }
    }

    #[test]
    fn a_long_letter_has_more_pages() {
        let pdf = made(&"een woord en nog een ".repeat(800));
        assert!(pdf.matches("/Type /Page ").count() > 1);
        assert_eq!(pdf.matches("/S /P ").count(), 1);
        assert_eq!(pdf.matches("/Type /MCR").count(), pdf.matches("/Type /Page ").count());
    }

    #[test]
    fn what_the_font_cannot_show_is_refused() {
        assert!(letter("x", "日本", Language::Dutch).is_err());
    }
}
