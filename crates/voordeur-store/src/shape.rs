//! What the tables of a database look like, against what they should: a table or an index that is gone, and what is of no program.

use std::collections::BTreeSet;

use voordeur_messages::say;

/// The table that says which version the others have. On a server it is made before them.
const ABOUT: &str = "about";

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

/// What is there and is made by no schema: tables and indexes, and what is `added` to them and never ours (triggers, rules, views).
pub(crate) fn foreign(schema: &str, there: &[String], added: &[String]) -> Vec<String> {
    let (made, of_keys) = (made_by(schema), of_keys(schema));
    let is_ours = |name: &str| name == ABOUT || made.contains(name) || of_keys.contains(name);
    let foreign = there.iter().filter(|name| !is_ours(name)).chain(added);
    foreign.map(|name| say!("the tables have a `{name}` that no program of voordeur makes", name)).collect()
}

/// The indexes that a server makes for the keys of a schema, as it calls them. A file has names of its own for those.
fn of_keys(schema: &str) -> BTreeSet<String> {
    let (mut table, mut names) = ("", BTreeSet::new());
    for line in schema.lines() {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            table = rest.split([' ', '(']).next().unwrap_or_default();
        }
        let line = line.trim();
        if line.starts_with("PRIMARY KEY (") {
            names.insert(format!("{table}_pkey"));
        } else if let Some((columns, _)) = line.strip_prefix("UNIQUE (").and_then(|rest| rest.split_once(')'))
        {
            names.insert(format!("{table}_{}_key", columns.replace(", ", "_")));
        }
    }
    names
}
