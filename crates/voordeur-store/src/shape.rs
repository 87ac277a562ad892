//! What the tables of a database look like, against what they should: a table or an index that is gone, and what is of no program.

use std::collections::BTreeSet;

use voordeur_messages::say;

/// The names that a schema makes.
fn made_by(schema: &str) -> BTreeSet<&str> {
    let starts = ["CREATE TABLE ", "CREATE INDEX ", "CREATE UNIQUE INDEX "];
    let made = schema.lines().filter_map(|line| starts.iter().find_map(|start| line.strip_prefix(start)));
    made.filter_map(|rest| rest.split([' ', '(']).next()).collect()
}

/// What a schema makes that is not there.
pub(crate) fn lost(schema: &str, there: &[String]) -> Vec<String> {
    let lost = made_by(schema).into_iter().filter(|name| !there.iter().any(|known| known == name));
    lost.map(|name| say!("the tables have no `{name}`", name)).collect()
}

/// What is there and is made by no schema.
pub(crate) fn foreign(schema: &str, there: &[String]) -> Vec<String> {
    let made = made_by(schema);
    let foreign = there.iter().filter(|name| !made.contains(name.as_str()));
    foreign.map(|name| say!("the tables have a `{name}` that no program of voordeur makes", name)).collect()
}
