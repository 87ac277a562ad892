//! For people: the finding with the lines it is about.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use voordeur_messages::say;

use super::printable;
use crate::diagnostic::{Applicability, Diagnostic, Fix, Severity};
use crate::source::{SourceFile, Sources};
use crate::span::Span;

/// The findings for people, with colours for a terminal when asked.
#[must_use]
pub fn text(source: SourceFile<'_>, findings: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    findings.iter().map(|finding| one(source, finding, &renderer) + "\n\n").collect()
}

/// The findings in several files, each with the lines of its own file.
#[must_use]
pub fn text_of(sources: &Sources, findings: &[Diagnostic], colour: bool) -> String {
    let one = |finding: &Diagnostic| {
        let (file, local) = sources.locate(finding);
        text(file, &[local], colour)
    };
    findings.iter().map(one).collect()
}

fn one(source: SourceFile<'_>, finding: &Diagnostic, renderer: &Renderer) -> String {
    let level = if finding.severity == Severity::Error {
        Level::ERROR.with_name(say!("error"))
    } else {
        Level::WARNING.with_name(say!("warning"))
    };
    let name = printable(source.name);
    let source = SourceFile { name: &name, ..source };
    let window = Window::around(source.text, finding);
    let primary = AnnotationKind::Primary.span(window.range(finding.span));
    let labels = finding
        .labels
        .iter()
        .map(|label| AnnotationKind::Context.span(window.range(label.span)).label(label.text.as_str()));
    // The end of a Windows line is no character that people see.
    let shown = window.text.replace('\r', " ");
    let snippet = Snippet::source(shown.as_str())
        .line_start(window.first_line)
        .path(source.name)
        .annotation(primary)
        .annotations(labels);
    let help = finding.explained();
    let mut group = level.primary_title(finding.message.as_str()).id(finding.rule.name()).element(snippet);
    if let Some(help) = &help {
        group = group.element(Level::HELP.with_name(say!("help")).message(help.as_str()));
    }
    let form = finding.fix.as_ref().filter(|fix| fix.applicability == Applicability::ShowOnly);
    let shown = form.map(|fix| (fix, Window::of(source.text, &fix.edits.iter().map(|edit| edit.span))));
    let form = shown.as_ref().map(|(fix, window)| as_patch(source, fix, window));
    renderer.render(&[group].into_iter().chain(form).collect::<Vec<_>>())
}

/// What is missing, as it would look in the file.
fn as_patch<'a>(source: SourceFile<'a>, fix: &'a Fix, window: &Window<'a>) -> Group<'a> {
    let edits = fix.edits.iter();
    let patches = edits.map(|edit| Patch::new(window.range(edit.span), edit.replacement.as_str()));
    let snippet =
        Snippet::source(window.text).line_start(window.first_line).path(source.name).patches(patches);
    Level::HELP.with_name(say!("help")).secondary_title(say!("for instance")).element(snippet)
}

/// The lines that a finding is about. A file can be long; only these lines go to the renderer.
struct Window<'a> {
    text: &'a str,
    offset: usize,
    first_line: usize,
}

impl<'a> Window<'a> {
    fn around(text: &'a str, finding: &Diagnostic) -> Self {
        Self::of(text, &std::iter::once(finding.span).chain(finding.labels.iter().map(|label| label.span)))
    }

    fn of(text: &'a str, spans: &(impl Iterator<Item = Span> + Clone)) -> Self {
        let spans = || spans.clone();
        let start = spans().map(|span| span.range().start).min().unwrap_or(0).min(text.len());
        let end = spans().map(|span| span.range().end).max().unwrap_or(0).clamp(start, text.len());
        let before = text.get(..start).unwrap_or_default();
        let offset = before.rfind('\n').map_or(0, |at| at + 1);
        let after = text.get(end..).unwrap_or_default();
        let stop = after.find('\n').map_or(text.len(), |at| end + at);
        let first_line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Self { text: text.get(offset..stop).unwrap_or_default(), offset, first_line }
    }

    fn range(&self, span: Span) -> std::ops::Range<usize> {
        let range = span.range();
        let inside = |at: usize| at.saturating_sub(self.offset).min(self.text.len());
        inside(range.start)..inside(range.end)
    }
}
