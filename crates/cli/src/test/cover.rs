//! Coverage in words, as JSON, and as a page with the machine drawn and marked.

use std::fmt::Write as _;
use std::io::Write;
use voordeur_messages::{language, mark, say, translated};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use voordeur_diagram::{Diagram, to_svg};
use voordeur_engine::{Serial, TimerKind};
use voordeur_protocol::model::{Edge, Node};
use voordeur_protocol::{Opening, Protocol, Value as FieldValue};
use voordeur_scenario::{Clock, Coverage, Item, Place, Share};

use super::Tested;

/// A kind of item: its name, and which items are of it.
type Kind = (&'static str, fn(&Item) -> bool);

/// The kinds of things that are counted apart.
const KINDS: [Kind; 4] = [
    (mark!("stages and ends"), |item| matches!(item, Item::Stage(_) | Item::End(_))),
    (mark!("rules"), |item| matches!(item, Item::Rule(_) | Item::Branch(..))),
    (mark!("boundaries"), |item| matches!(item, Item::Side(..) | Item::Among(..) | Item::Limit(..))),
    (mark!("timers"), |item| matches!(item, Item::Fired(_) | Item::Beaten(_))),
];

fn total(coverage: &Coverage) -> Share {
    coverage.share(|_| true)
}

pub(super) fn text(out: &mut impl Write, tested: &Tested) -> Result<()> {
    for (protocol, coverage) in &tested.coverage {
        writeln!(
            out,
            "{}",
            say!("  coverage of {name}: {coverage}", name = protocol.name, coverage = shown(total(coverage)))
        )?;
        for (name, pick) in KINDS {
            writeln!(out, "    {:<16} {}", translated(name), shown(coverage.share(pick)))?;
        }
        for (item, _) in coverage.items().filter(|(_, covered)| !covered) {
            writeln!(out, "{}", say!("    not shown: {item}", item = words(protocol, item)))?;
        }
    }
    Ok(())
}

fn shown(share: Share) -> String {
    say!(
        "{percent}% ({covered} of {all})",
        percent = share.percent(),
        covered = share.covered,
        all = share.all
    )
}

pub(super) fn json(tested: &Tested) -> Value {
    let of = |(protocol, coverage): &(voordeur_protocol::CheckedProtocol, Coverage)| {
        let share =
            |share: Share| json!({ "covered": share.covered, "all": share.all, "percent": share.percent() });
        let kinds: serde_json::Map<String, Value> =
            KINDS.iter().map(|(name, pick)| ((*name).to_owned(), share(coverage.share(pick)))).collect();
        let items = coverage.items().map(|(item, covered)| {
            json!({ "what": words(protocol, item), "line": line(protocol, item), "covered": covered })
        });
        json!({
            "pathway": protocol.name,
            "total": share(total(coverage)),
            "kinds": kinds,
            "items": items.collect::<Vec<_>>(),
        })
    };
    json!({ "file": tested.source.name, "pathways": tested.coverage.iter().map(of).collect::<Vec<_>>() })
}

/// Whether every pathway is covered for so many percent.
pub(super) fn enough(tested: &[Tested], least: Option<u8>) -> Result<bool> {
    let Some(least) = least else { return Ok(true) };
    let mut enough = true;
    for (protocol, coverage) in tested.iter().flat_map(|tested| &tested.coverage) {
        let percent = total(coverage).percent();
        if percent < usize::from(least) {
            enough = false;
            writeln!(
                std::io::stderr(),
                "{}",
                say!(
                    "{name}: coverage is {percent}%, and {least}% is asked for",
                    name = protocol.name,
                    percent,
                    least
                )
            )?;
        }
    }
    Ok(enough)
}

/// More than everything cannot be asked for.
pub(super) fn can_be_reached(least: Option<u8>) -> Result<()> {
    match least {
        Some(least) if least > 100 => {
            bail!("{}", say!("a coverage of {least}% is more than everything", least))
        }
        _ => Ok(()),
    }
}

/// An item in words, with its line in the file.
fn words(protocol: &Protocol, item: &Item) -> String {
    let what = match item {
        Item::Stage(id) => say!("stage `{name}`", name = protocol.stages.row(*id).name),
        Item::End(id) => say!("end `{name}`", name = protocol.ends.row(*id).name),
        Item::Rule(_) | Item::Branch(..) => place_text(protocol, item_place(item)),
        Item::Side(place, field, value, _) => {
            say!(
                "{value} in `{place}`",
                value = assignment(protocol, *field, value),
                place = place_text(protocol, Some(*place))
            )
        }
        Item::Among(place, _, true, _) => {
            say!("a value that fits in `{place}`", place = place_text(protocol, Some(*place)))
        }
        Item::Among(place, _, false, _) => {
            say!("a value that does not fit in `{place}`", place = place_text(protocol, Some(*place)))
        }
        Item::Limit(id, beyond, _) => limit_text(protocol, *id, *beyond),
        Item::Fired(clock) => say!("{clock} passes", clock = clock_text(protocol, *clock)),
        Item::Beaten(clock) => say!("{clock} is beaten", clock = clock_text(protocol, *clock)),
    };
    let what = match item {
        Item::Side(.., Some(day)) | Item::Among(.., Some(day)) | Item::Limit(.., Some(day)) => {
            say!("{what}, from {day} on", what, day)
        }
        _ => what,
    };
    say!("line {line}: {what}", line = line(protocol, item), what)
}

fn limit_text(protocol: &Protocol, stage: voordeur_protocol::StageId, beyond: bool) -> String {
    let name = &protocol.stages.row(stage).name;
    if beyond {
        say!("stage `{name}` once more than it may be entered", name)
    } else {
        say!("stage `{name}` as often as it may be entered", name)
    }
}

fn assignment(protocol: &Protocol, field: voordeur_protocol::FieldId, value: &FieldValue) -> String {
    let row = protocol.fields.row(field);
    format!("{} = {}", row.name, row.ty.show(value))
}

fn item_place(item: &Item) -> Option<Place> {
    match item {
        Item::Rule(rule) => Some(Place::Rule(*rule)),
        Item::Branch(trigger, branch) => Some(Place::Branch(*trigger, *branch)),
        Item::Side(place, ..) | Item::Among(place, ..) => Some(*place),
        _ => None,
    }
}

fn place_text(protocol: &Protocol, place: Option<Place>) -> String {
    match place {
        Some(Place::Rule(rule)) => protocol.rules.row(rule).text.clone(),
        Some(Place::Branch(trigger, branch)) => {
            let row = protocol.triggers.row(trigger);
            let text = row.branches.get(branch).map_or("", |branch| branch.text.as_str());
            format!("{} {text}", row.name)
        }
        None => String::new(),
    }
}

fn clock_text(protocol: &Protocol, clock: Clock) -> String {
    match clock {
        Clock::Rule(rule) => protocol.rules.row(rule).text.clone(),
        Clock::Of(opening, rank, part) => {
            let row = protocol.openings.row(opening);
            let moment = moment_of(protocol, row);
            let name = &protocol.obligations.row(row.obligation).name;
            let zero = Serial(0);
            let kinds = [
                (TimerKind::Slipped(zero), mark!("the preferred term")),
                (TimerKind::Overdue(zero), mark!("the term")),
                (TimerKind::NoContact(zero), mark!("the term for contact")),
                (TimerKind::Silent(zero), mark!("the wait for an answer")),
                (TimerKind::Missed(zero), mark!("the window")),
            ];
            match kinds.iter().find(|(kind, _)| kind.rank() == rank) {
                Some((_, words)) => {
                    say!("{what} of `{name}`{moment}", what = translated(words), name, moment)
                }
                None => say!("step {part} of `{name}`", part = part.saturating_add(1), name),
            }
        }
    }
}

/// A contact with several moments has an opening for each; this tells them apart.
fn moment_of(protocol: &Protocol, row: &Opening) -> String {
    let alike = |other: &&Opening| other.obligation == row.obligation && other.planned_after.is_some();
    let several = protocol.openings.rows().filter(alike).count() > 1;
    let after = row.planned_after.filter(|_| several);
    after.map_or(String::new(), |after| say!(" after {after}", after))
}

fn line(protocol: &Protocol, item: &Item) -> u32 {
    match item {
        Item::Stage(id) | Item::Limit(id, ..) => protocol.stages.row(*id).line,
        Item::End(id) => protocol.ends.row(*id).line,
        Item::Fired(clock) | Item::Beaten(clock) => match clock {
            Clock::Rule(rule) => protocol.rules.row(*rule).line,
            Clock::Of(opening, ..) => protocol.openings.row(*opening).line,
        },
        other => match item_place(other) {
            Some(Place::Rule(rule)) => protocol.rules.row(rule).line,
            Some(Place::Branch(trigger, branch)) => {
                protocol.triggers.row(trigger).branches.get(branch).map_or(0, |branch| branch.line)
            }
            None => 0,
        },
    }
}

/// The machine of every pathway, drawn with what was shown and what was not, and a table that says the same.
pub(super) fn page(tested: &[Tested]) -> String {
    let (lang, title) = (language().code(), say!("Coverage of scenarios"));
    let mut out = HEAD.replace("LANGUAGE", lang).replace("TITLE", &title);
    for (protocol, coverage) in tested.iter().flat_map(|tested| &tested.coverage) {
        let mut diagram = Diagram::of(protocol);
        diagram.overlay(protocol, |node| node_shown(coverage, node), |way| way_shown(coverage, way));
        let title = escape(&format!("{} {}", protocol.title, protocol.version));
        write!(out, "<h1>{title}</h1>\n<p>{}</p>\n<table>\n", shown(total(coverage))).unwrap_or_default();
        for (name, pick) in KINDS {
            let name = translated(name);
            writeln!(out, "<tr><th scope=\"row\">{name}</th><td>{}</td></tr>", shown(coverage.share(pick)))
                .unwrap_or_default();
        }
        writeln!(out, "</table>\n<figure>\n{}</figure>", to_svg(&diagram)).unwrap_or_default();
        let (shown, what) = (say!("shown"), say!("what"));
        writeln!(out, "<table>\n<tr><th scope=\"col\">{shown}</th><th scope=\"col\">{what}</th></tr>")
            .unwrap_or_default();
        for (item, covered) in coverage.items() {
            let (class, word) = if covered { ("shown", say!("yes")) } else { ("missed", say!("no")) };
            let what = escape(&words(protocol, item));
            writeln!(out, "<tr class=\"{class}\"><td>{word}</td><td>{what}</td></tr>").unwrap_or_default();
        }
        out.push_str("</table>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn node_shown(coverage: &Coverage, node: Node) -> bool {
    match node {
        Node::Stage(id) => coverage.covers(&Item::Stage(id)),
        Node::End(id) => coverage.covers(&Item::End(id)),
        Node::Trigger(id) => {
            coverage.share(|item| matches!(item, Item::Branch(trigger, _) if *trigger == id)).covered > 0
        }
    }
}

fn way_shown(coverage: &Coverage, way: Edge) -> bool {
    match way {
        Edge::Branch(trigger, branch) => coverage.covers(&Item::Branch(trigger, usize::from(branch))),
        Edge::Rule(rule) | Edge::Always(rule) | Edge::Back(rule) => coverage.covers(&Item::Rule(rule)),
        Edge::Limit(stage) => {
            coverage.share(|item| matches!(item, Item::Limit(id, true, _) if *id == stage)).covered > 0
        }
    }
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"LANGUAGE\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>TITLE</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #16181d; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid #ccd2da; }
figure { margin: 0; overflow-x: auto; } .missed td:first-child { color: #b3261e; font-weight: 700; } .shown td:first-child { color: #17692f; }
</style>
</head>
<body>
";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
