//! Why something could not be done.

use thiserror::Error;
use voordeur_engine::Rejection;
use voordeur_messages::{kept, retold, say, translated};
use voordeur_plugin_host::LoadError;
use voordeur_plugin_host::contract::Misfit;
use voordeur_protocol::InputError;
use voordeur_store::StoreError;

/// Why something could not be done. Nothing has changed then, unless the database says that this is uncertain
/// ([`StoreError::Uncertain`]).
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine refused the event.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// A plugin could not be loaded.
    #[error(transparent)]
    Plugin(#[from] LoadError),
    /// There is no such case.
    #[error("{}", say!("there is no case `{label}`{near}", label, near = near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"))))]
    NoSuchCase {
        /// The label.
        label: String,
        /// A label that is near.
        near: Option<String>,
    },
    /// The household has an open case in this pathway already.
    #[error("{}", say!("the household `{household}` has an open case in this pathway: `{label}`; report it there", household, label))]
    HouseholdKnown {
        /// Which household.
        household: String,
        /// The case.
        label: String,
    },
    /// What a new case is to follow upon has not ended.
    #[error("{}", say!("the case `{label}` has not ended, so nothing follows upon it; report it there", label))]
    StillOpen {
        /// The case.
        label: String,
    },
    /// The case is about another household.
    #[error("{}", say!("the case `{label}` is not an open case of the household `{household}`", label, household))]
    NotOfHousehold {
        /// The case.
        label: String,
        /// The household.
        household: String,
    },
    /// No new cases run on this version.
    #[error("{}", say!("version {version} of `{name}` is retired: no new cases run on it{instead}", version, name, instead = successor.as_ref().map_or(String::new(), |successor| say!("; use version {successor}", successor))))]
    Retired {
        /// The pathway.
        name: String,
        /// Its version.
        version: String,
        /// The version that came in its place.
        successor: Option<String>,
    },
    /// A case ended in another way than the one that started it knows.
    #[error("{}", say!("it ended in `{end}`, and the pathway of `{label}`, which started it, knows no such end: `{label}` waits for it still", end, label))]
    UnknownEnd {
        /// The case that started it.
        label: String,
        /// The name of the end.
        end: String,
    },
    /// There is no such version to retire, or to go over to.
    #[error("{}", say!("the database has no version {version} of a pathway `{name}`{known}", version, name, known = known_versions(known)))]
    NoSuchVersion {
        /// The pathway.
        name: String,
        /// Its version.
        version: String,
        /// The versions that there are.
        known: Vec<String>,
    },
    /// The database has another text under this label.
    #[error("{}", say!("version {version} of `{name}` is in the database with another text ({what} differs), and a version stays what it was when it came there: give this text a label of its own (`version \"…\"`), or use the text that was published", version, name, what = some_of(what)))]
    Published {
        /// The pathway.
        name: String,
        /// Its version.
        version: String,
        /// What differs, by name.
        what: Vec<String>,
    },
    /// The new version does not say what becomes of deadlines whose terms have changed.
    #[error("{}", say!("the new version does not say what becomes of the deadlines of {terms}: say `keep deadlines`, `recompute from start` or `recompute from today` in `open cases`", terms = terms.join(", ")))]
    Unsaid {
        /// The obligations and rules.
        terms: Vec<String>,
    },
    /// The successor is retired, or the version itself.
    #[error("{}", say!("version {version} of `{name}` cannot take over its own cases, nor can a retired version", version, name))]
    BadSuccessor {
        /// The pathway.
        name: String,
        /// The version that was to take over.
        version: String,
    },
    /// Open cases of an older version go over to the version that was to be retired.
    #[error("{}", say!("open cases of version {older} of `{name}` go over to version {version}: retire {older} with another successor or an owner first", older, name, version))]
    Inherits {
        /// The pathway.
        name: String,
        /// The version that was to be retired.
        version: String,
        /// The version whose cases go over to it.
        older: String,
    },
    /// A party that the pathway does not have.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The key of the operator is none.
    #[error("{}", say!("this is no key: write 32 random bytes in Base64 to a file, as `openssl rand -base64 32` does"))]
    BadKey,
    /// Sealed under another key, or changed by somebody.
    #[error("{}", say!("the personal values of `{label}` were sealed under another key, or somebody has changed them; give the right file with --key-file", label))]
    WrongKey {
        /// The case.
        label: String,
    },
    /// A case would lie open where others are kept under the key of the operator.
    #[error("{}", say!("`{label}` would be written without the key of the operator, under which other cases of this database are kept; give its file with --key-file", label))]
    KeyMissing {
        /// The case.
        label: String,
    },
    /// A case would be kept under another key than the others.
    #[error("{}", say!("`{label}` would be kept under another key than the cases that this database has; give the file of that key with --key-file, or change the key of all of them with `voordeur db rewrap`", label))]
    OtherKey {
        /// The case.
        label: String,
    },
    /// Nothing can be sealed.
    #[error("{}", say!("nothing can be sealed: {why}", why))]
    NoRandom {
        /// Why not.
        why: String,
    },
    /// Older steps hold values that are not sealed, which no key erases.
    #[error("{}", say!("the journal of `{label}` has personal values that an older program wrote without a key; they cannot be erased by destroying one", label))]
    NotSealed {
        /// The case.
        label: String,
    },
    /// The case has no such incident.
    #[error("{}", say!("`{label}` has no incident `{key}`; `voordeur incidents` lists them", label, key))]
    NoSuchIncident {
        /// The case.
        label: String,
        /// The key.
        key: String,
    },
    /// That does not help this incident.
    #[error("{}", say!("`{key}` is no action and no letter, so nobody can carry it out by hand; try it again, or skip it", key))]
    NoRemedy {
        /// The key of the incident.
        key: String,
    },
    /// A letter gives no answer.
    #[error("{}", say!("`{key}` is a letter, and a letter has no answer; leave out `--answer`", key))]
    NoAnswer {
        /// The key of the incident.
        key: String,
    },
    /// A day or a year that was not decreed here.
    #[error("{}", say!("`{what}` was not decreed in this database, so it cannot be taken back", what))]
    NotDecreed {
        /// The day or the year.
        what: String,
    },
    /// A case follows upon one of its own household.
    #[error("{}", say!("the case `{label}` is of another household; a case follows upon one of the same household", label))]
    OtherHousehold {
        /// The case before.
        label: String,
    },
    /// Time runs one way in a household, too.
    #[error("{}", say!("the case `{label}` ended later than that; a case that follows upon it comes after its end", label))]
    EndedLater {
        /// The case before.
        label: String,
    },
    /// Nobody in particular would answer for the cases.
    #[error("{}", say!("`{owner}` cannot answer for the cases of a retired version: name an agency of the pathway, or a role", owner))]
    BadOwner {
        /// The party.
        owner: String,
    },
    /// A label that is none.
    /// It is not repeated: it may be a name.
    #[error("{}", say!("this cannot be the label of a case: {why}", why))]
    BadLabel {
        /// Why not.
        why: String,
    },
    /// A reference to a household that is none. It is not repeated: it may be a name.
    #[error("{}", say!("this cannot be the reference of a household: {why}", why))]
    BadHousehold {
        /// Why not.
        why: String,
    },
    /// A reference to a person that is none. It is not repeated: it may be a name.
    #[error("{}", say!("`--person` and `--by` take a reference to a person (`w-7`): {why}", why))]
    BadPerson {
        /// Why not.
        why: String,
    },
    /// A reason with a number of a person. It is not repeated.
    #[error("{}", say!("the reason is kept beside the case and is not erased with it: {why}", why))]
    BadReason {
        /// Why not.
        why: String,
    },
    /// There is no such item in any inbox.
    #[error("{}", say!("there is no item {key} in any inbox; `voordeur inbox` lists them with their keys", key))]
    NoSuchItem {
        /// The key.
        key: String,
    },
    /// Somebody else has taken the item.
    #[error("{}", say!("the item {key} was taken by `{person}`; `voordeur inbox reopen {key}` gives it free", key, person))]
    Taken {
        /// The key.
        key: String,
        /// Who has it.
        person: String,
    },
    /// It would be done before it was there.
    #[error("{}", say!("the item {key} was not there yet at that moment; look at the date", key))]
    NotThereYet {
        /// The key.
        key: String,
    },
    /// What is done does not sleep.
    #[error("{}", say!("the item {key} is done already; `voordeur inbox reopen {key}` opens it again", key))]
    DoneAlready {
        /// The key.
        key: String,
    },
    /// It would be hidden for more than a year.
    #[error("{}", say!("the item {key} can sleep for a year at most; look at the date", key))]
    SleepsTooLong {
        /// The key.
        key: String,
    },
    /// An action of a pathway does not fit its plugin.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// A stored pathway means something else to this program.
    #[error("{}", say!("the stored pathway `{name}` (version {version}) cannot be used by this program: {why}", name, version, why = retold(why)))]
    Protocol {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// Why, as it is kept ([`retold`]).
        why: String,
    },
    /// A stored row cannot be read.
    #[error("{}", say!("the database holds a {what} that cannot be read: {why}", what = translated(what), why = retold(why)))]
    Unreadable {
        /// What.
        what: &'static str,
        /// Why, as it is kept ([`retold`]).
        why: String,
    },
}

impl RuntimeError {
    /// Whether another program was first.
    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(StoreError::Conflict))
    }

    /// Whether it is about one case, and the others can go on. A wrong key may be about all of them: [`Runtime::check_key`] tells.
    ///
    /// [`Runtime::check_key`]: crate::Runtime::check_key
    #[must_use]
    pub const fn is_of_case(&self) -> bool {
        matches!(
            self,
            Self::Refused(_)
                | Self::Unreadable { .. }
                | Self::WrongKey { .. }
                | Self::Protocol { .. }
                | Self::Retired { .. }
                | Self::Inherits { .. }
                | Self::UnknownEnd { .. }
        )
    }

    pub(crate) fn unreadable(what: &'static str, why: &str) -> Self {
        Self::Unreadable { what, why: why.to_owned() }
    }

    /// The message of the parser could repeat a value: only the place is told.
    pub(crate) fn unreadable_json(what: &'static str, error: &serde_json::Error) -> Self {
        Self::Unreadable {
            what,
            why: kept(|| say!("it goes wrong at character {column}", column = error.column())),
        }
    }
}

/// Some names, so that one finds the place.
pub(crate) fn some_of(names: &[String]) -> String {
    let more = if names.len() > 3 { ", …" } else { "" };
    let some: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    some.join(", ") + more
}

fn known_versions(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { say!("; it has {known}", known = known.join(", ")) }
}
