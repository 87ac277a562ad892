//! `voordeur case`: the cases of a database.

mod change;
mod look;

use anyhow::Result;

pub(crate) use change::{Show, moment_of};

use crate::args::{CaseArgs, CaseCommand};
use crate::failure::Outcome;

pub(crate) async fn case(args: CaseArgs) -> Result<Outcome> {
    match args.command {
        CaseCommand::Open { label, trigger, report, pathway, ties, common, plugins } => {
            change::open(&label, &trigger, &report, pathway.as_deref(), &ties, &common, &plugins).await
        }
        CaseCommand::Event { label, event, report, common, plugins } => {
            change::event(&label, &event, &report, &common, &plugins).await
        }
        CaseCommand::Advance { label, until, common, plugins } => {
            change::advance(label.as_deref(), &until, &common, &plugins).await
        }
        CaseCommand::List { common } => look::list(&common).await,
        CaseCommand::Show { label, common } => look::show(&label, &common).await,
        CaseCommand::Why { label, common } => look::why(&label, &common).await,
    }
}
