//! What many steps have in common, kept once for all of them: that takes a search far less memory. Nothing here looks at what is kept.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::ops::Deref;
use std::rc::Rc;

use rustc_hash::FxHashSet;
use voordeur_engine::{Entry, Message};

/// Values of which each is kept once; a clone keeps them in the same place.
#[derive(Debug)]
pub(crate) struct Interned<T>(Rc<RefCell<FxHashSet<Rc<T>>>>);

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self(Rc::default())
    }
}

impl<T> Clone for Interned<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T: Eq + Hash> Interned<T> {
    /// The one that is kept and equals this.
    pub(crate) fn one(&self, value: T) -> Rc<T> {
        let Ok(mut all) = self.0.try_borrow_mut() else { return Rc::new(value) };
        if let Some(known) = all.get(&value) {
            return Rc::clone(known);
        }
        let new = Rc::new(value);
        all.insert(Rc::clone(&new));
        new
    }
}

/// What an observer is told of a step.
#[derive(Debug, PartialEq)]
pub(crate) struct Told(Box<[Entry]>);

impl Eq for Told {}

impl Deref for Told {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        &self.0
    }
}

impl FromIterator<Entry> for Told {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// By what tells most of them apart; equal is what is equal in all else as well.
impl Hash for Told {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().for_each(|entry| trace(entry, state));
    }
}

fn trace(entry: &Entry, state: &mut impl Hasher) {
    discriminant(entry).hash(state);
    match entry {
        Entry::Reported { trigger, branch, .. } => (trigger, branch).hash(state),
        Entry::Occurred { event, .. } => event.hash(state),
        Entry::Recorded { field, .. } => field.hash(state),
        Entry::RuleFired { rule } => rule.hash(state),
        Entry::StageLeft { stage, stay } | Entry::StageEntered { stage, stay } => (stage, stay).hash(state),
        Entry::Opened { serial, opening, .. } => (serial, opening).hash(state),
        Entry::Moved { serial, on, .. } => (serial, on).hash(state),
        Entry::Sent(message) => trace_message(message, state),
        Entry::Ended { end } => end.hash(state),
        _ => {}
    }
}

fn trace_message(message: &Message, state: &mut impl Hasher) {
    discriminant(message).hash(state);
    match message {
        Message::Notify { who, reason } => (who, reason).hash(state),
        Message::Assign { who, serial, .. } | Message::Remind { who, serial, .. } => {
            (who, serial).hash(state);
        }
        Message::Refer { to, serial, .. } => (to, serial).hash(state),
        _ => {}
    }
}
