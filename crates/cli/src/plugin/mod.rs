//! `voordeur plugin`.
//!
//! | file | does |
//! | --- | --- |
//! | `new.rs` | starts a plugin |
//! | `component.rs` | makes a component of a module |
//! | `test.rs` | plays the cases of a plugin |
//! | `facts.rs` | what a plugin is, line by line: for `inspect` and `diff` |
//! | `lock.rs` | pins plugins |

mod component;
mod facts;
mod lock;
mod new;
mod test;

use anyhow::Result;

use crate::args::PluginCommand;
use crate::failure::Outcome;

pub(crate) async fn plugin(command: PluginCommand) -> Result<Outcome> {
    match command {
        PluginCommand::New { name, language } => new::new(&name, language),
        PluginCommand::Component { module, file } => component::component(&module, &file).await,
        PluginCommand::Test { folder, update } => test::test(&folder, update).await,
        PluginCommand::Inspect { file, operator, format } => {
            facts::inspect(&file, operator.as_deref(), format).await
        }
        PluginCommand::Diff { old, new } => facts::diff(&old, &new).await,
        PluginCommand::Lock { files, folders, lock, update } => {
            lock::lock(&files, &folders, &lock, update).await
        }
    }
}
