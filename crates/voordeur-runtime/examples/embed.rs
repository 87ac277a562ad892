//! A program that keeps cases without the command line: it compiles a pathway, opens a case, lets a year go by on a
//! clock of its own, and tells what happened. `cargo run -p voordeur-runtime --example embed`

use std::error::Error;
use std::io::Write as _;

use jiff::Timestamp;
use voordeur_engine::{Event, describe, describe_message};
use voordeur_runtime::{Happened, Notice, Runtime, Watch};
use voordeur_store::Store;

const PATHWAY: &str = r#"pathway door {
  version "1"
  lead    house
  agency  house
  role    worker of house
  trigger knock from anyone { -> visiting }
  stage visiting {
    must visit first_visit by worker within 3 working days
    remind worker 1 working day before first_visit is due
    on first_visit done    -> helped
    on first_visit refused -> stopped
    on first_visit overdue notify house "nobody has been at the door"
    after 3 months         -> stopped
  }
  end helped  success no aftercare because "this is an example"
  end stopped failure
}
"#;

/// Hears what happens, after it was written: a program shows it, sends it, or counts it.
#[derive(Default)]
struct Lines(Vec<String>);

impl Watch for Lines {
    fn happened(&mut self, happened: &Happened) {
        for entry in &happened.entries {
            self.0.push(format!("{}  {}", happened.at, describe(&happened.protocol, entry).text));
        }
    }

    fn notice(&mut self, notice: &Notice) {
        let to = notice.receiver(&notice.protocol);
        self.0.push(format!(
            "{}  to {to}: {}",
            notice.at,
            describe_message(&notice.protocol, &notice.message)
        ));
    }
}

/// The whole program; gives what it has to tell.
pub(crate) async fn embedded() -> Result<Vec<String>, Box<dyn Error>> {
    // A pathway that has errors gives no protocol: nothing runs that was not checked.
    let compiled = voordeur_protocol::compile(PATHWAY);
    let protocol = compiled.protocols.into_iter().next().ok_or("the pathway has errors")?;

    // A file (`Store::create`), a server, or memory: they do the same.
    let mut runtime = Runtime::new(Store::in_memory(), None).await?;
    let now: Timestamp = "2026-03-02T09:00:00Z".parse()?;
    let id = runtime.add(protocol.clone(), now).await?;

    // Who reports is a party of the pathway. Cases have labels, and no names.
    let by = Some(protocol.party_named("worker")?);
    let trigger = protocol.trigger_named("knock")?;
    let mut lines = Lines::default();
    let report = Event::Reported { trigger, data: Vec::new(), by };
    runtime.open(id, "household-a", &report, now, &mut lines).await?;

    // Time is an argument. A program that follows the real clock calls `Runtime::serve`, or `Runtime::work` in a loop of
    // its own.
    runtime.advance("2026-03-09T09:00:00Z".parse()?, &mut lines).await?;
    let what = protocol.occurrence_named("first_visit done")?;
    let done = Event::Occurred { what, data: Vec::new(), by };
    runtime.occur("household-a", &done, "2026-03-09T10:00:00Z".parse()?, &mut lines).await?;
    runtime.deliver(now, &mut lines).await?;
    Ok(lines.0)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    for line in embedded().await? {
        writeln!(out, "{line}")?;
    }
    Ok(())
}
