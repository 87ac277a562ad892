//! `voordeur calendar`: the visits and deadlines of a role.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use voordeur_delivery::{Config, Feeds, agenda};
use voordeur_messages::say;
use voordeur_runtime::{Clock as _, SystemClock, Watch as _};

use crate::args::CalendarArgs;
use crate::failure::{Outcome, Refused};
use crate::replace;
use crate::runtime::{check_party, explain, looking};
use crate::trouble::LeftOut;

pub(crate) async fn calendar(args: &CalendarArgs) -> Result<Outcome> {
    match (&args.db, &args.delivery) {
        (_, Some(file)) if args.link => link(&args.role, file),
        (Some(db), _) => write(&args.role, db, args.to.as_deref()).await,
        (None, _) => Ok(Outcome::Clean),
    }
}

fn link(role: &str, file: &Path) -> Result<Outcome> {
    let feeds = Config::load(file)?.feeds;
    let path = feeds.as_ref().and_then(|feeds| feeds.path(role));
    let (Some(path), Some(address)) = (path, feeds.as_ref().map(Feeds::address)) else {
        let file = file.display();
        return Err(
            Refused(say!("{file} has no calendar of `{role}`: write `[calendar]`", file, role)).into()
        );
    };
    writeln!(io::stdout(), "http://{address}{path}")?;
    Ok(Outcome::Clean)
}

async fn write(role: &str, db: &Path, to: Option<&Path>) -> Result<Outcome> {
    let runtime = looking(db).await?;
    check_party(&runtime, role)?;
    let appointed = runtime.agenda().of(role).await.map_err(explain)?;
    runtime.store().close().await;
    let text = agenda(role, &appointed, SystemClock.now());
    match to {
        Some(file) => replace::put(file, &text)?,
        None => io::stdout().write_all(text.as_bytes())?,
    }
    let mut left_out = LeftOut::default();
    appointed.left_out.iter().for_each(|trouble| left_out.left_out(trouble));
    Ok(left_out.outcome())
}
