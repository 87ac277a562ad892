//! What is done for many cases is done for those that can be read; each of the others is named, and holds up nobody.

use voordeur_engine::Case;
use voordeur_messages::{kept, mark, say};
use voordeur_protocol::CheckedProtocol;
use voordeur_store::CaseRow;

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::stored_case;
use crate::watch::{Trouble, Watch};

impl Trouble {
    /// Of a case that is left out.
    pub(crate) fn left_out(label: &str, why: &RuntimeError) -> Self {
        Self { label: label.to_owned(), text: say!("{why}; it is left out", why) }
    }
}

impl Runtime {
    /// What was done for one case of many; nothing when it is left out, and that is told. What is wrong with the database as a whole,
    /// or with the key for all of them, is given back.
    ///
    /// # Errors
    /// [`RuntimeError`] when it is not about this case alone.
    pub async fn or_left_out<T>(
        &self,
        label: &str,
        done: Result<T, RuntimeError>,
        watch: &mut dyn Watch,
    ) -> Result<Option<T>, RuntimeError> {
        let why = match done {
            Ok(done) => return Ok(Some(done)),
            Err(why) if why.is_of_case() => why,
            Err(why) => return Err(why),
        };
        if matches!(why, RuntimeError::WrongKey { .. }) {
            self.check_key().await?;
        }
        watch.left_out(&Trouble::left_out(label, &why));
        Ok(None)
    }
}

/// The case of a row, without its personal values, when it is one of its pathway.
pub(crate) fn fitting_case(row: &CaseRow, protocol: &CheckedProtocol) -> Result<Case, RuntimeError> {
    let case = stored_case(row)?;
    match case.fits(protocol) {
        true => Ok(case),
        false => Err(misfit()),
    }
}

/// It was changed, or its pathway.
pub(crate) fn misfit() -> RuntimeError {
    let why = kept(|| say!("it names parts that its pathway does not have"));
    RuntimeError::unreadable(mark!("case"), &why)
}
