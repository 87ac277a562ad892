//! `voordeur import`: what other systems exchange becomes cases.
//!
//! Every record is either imported or reported with the reason. A record becomes a case as a whole, in
//! one transaction, or not at all.

mod ddas;
mod report;

use anyhow::Result;

use crate::args::{ImportArgs, ImportSource};
use crate::failure::Outcome;

pub(crate) async fn import(args: &ImportArgs) -> Result<Outcome> {
    match &args.source {
        ImportSource::Ddas { file, pathway, common, plugins } => {
            ddas::import(file, pathway, common, plugins).await
        }
    }
}
