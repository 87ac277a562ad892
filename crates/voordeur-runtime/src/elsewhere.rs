//! Whether this program takes messages out of the outbox, and plans how they reach people elsewhere.
//!
//! A program with channels says so in the database. From then on a program without them leaves messages where they are: it
//! could only lose them.

use std::sync::Arc;

use jiff::Timestamp;
use voordeur_store::Upkeep;

use crate::channel::Routes;
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::going::Going;

/// By which channels this program reaches people, and whether others have some.
#[derive(Debug, Clone, Default)]
pub(crate) struct Elsewhere {
    routes: Option<Arc<Routes>>,
    others: bool,
}

impl Elsewhere {
    pub(crate) fn by(routes: Routes) -> Self {
        Self { routes: Some(Arc::new(routes)), others: false }
    }

    /// The channels of this program, when it has been given some.
    pub(crate) const fn routes(&self) -> Option<&Arc<Routes>> {
        self.routes.as_ref()
    }

    /// How messages go out with the steps that want them; nothing when that is the matter of others.
    pub(crate) fn going(&self, now: Timestamp) -> Option<Going> {
        let left = self.routes.is_none() && self.others;
        (!left).then(|| Going { routes: self.routes.clone().unwrap_or_default(), now })
    }
}

impl Runtime {
    /// Whether some program has channels; one that has says so.
    pub(crate) async fn learn_channels(&mut self) -> Result<(), RuntimeError> {
        self.elsewhere.others = self.say_channels().await?;
        Ok(())
    }

    async fn say_channels(&self) -> Result<bool, RuntimeError> {
        let known = self.store.delivers().await?;
        if !known && self.elsewhere.routes.is_some() {
            self.store.upkeep(Upkeep::Deliver(true)).await?;
        }
        Ok(known)
    }

    /// How messages go out now, as the database has it at this moment.
    pub(crate) async fn going_now(&self, now: Timestamp) -> Result<Option<Going>, RuntimeError> {
        let others = self.say_channels().await?;
        Ok(Elsewhere { others, ..self.elsewhere.clone() }.going(now))
    }
}
