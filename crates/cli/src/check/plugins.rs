//! Holds each action against the plugin that is to carry it out.

use anyhow::Result;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use voordeur_diagnostics::Diagnostic;
use voordeur_plugin_host::contract::{finding, misfits};
use voordeur_plugin_host::{For, LoadError, PluginDirectory};
use voordeur_protocol::{CheckedProtocol, Spec};

use crate::args::PluginArgs;
use crate::plugins;
use crate::source::Source;

/// Adds what does not fit to the findings. Where none of the folders is there, nothing is known of plugins, and
/// nothing is said: whoever designs a pathway need not have them. A pathway with errors has to be mended first.
pub(super) fn compare<'s>(sources: impl Iterator<Item = &'s mut Source>, args: &PluginArgs) -> Result<()> {
    let calls =
        |source: &Source| !source.compiled.has_errors() && source.compiled.own().iter().any(has_action);
    let sources: Vec<&mut Source> = sources.filter(|source| calls(source)).collect();
    if !args.folders.iter().any(|folder| folder.is_dir()) || sources.is_empty() {
        return Ok(());
    }
    let directory = plugins::directory(args)?;
    for source in sources {
        let found = block_in_place(|| Handle::current().block_on(found(source, &directory)))?;
        source.compiled.problems.extend(found);
        source.compiled.problems.sort_by_key(|problem| problem.span);
    }
    Ok(())
}

fn has_action(protocol: &CheckedProtocol) -> bool {
    protocol.obligations.rows().any(|row| matches!(row.spec, Spec::Action(_)))
}

async fn found(source: &Source, directory: &PluginDirectory) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for protocol in source.compiled.own() {
        for row in protocol.obligations.rows() {
            let Spec::Action(action) = &row.spec else { continue };
            let version = For { pathway: &protocol.name, version: &protocol.version };
            match directory.plugin_for(&action.plugin, version).await {
                Ok(plugin) => {
                    let misfits = misfits(protocol, row, plugin.manifest());
                    found.extend(misfits.iter().map(|misfit| finding(misfit, row, &source.compiled.sources)));
                }
                // A plugin that is made elsewhere need not be here to write a pathway; without a lock nobody says it is.
                Err(LoadError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(found)
}
