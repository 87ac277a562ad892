//! What PostgreSQL is asked stays within what its relatives understand: the list of `docs/scale-out.md` is held against
//! every statement.

use std::fs;
use std::path::Path;

/// Words that a statement must not have, as the page lists them: `` | `ADVISORY` | why | `` .
fn avoided() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scale-out.md");
    let page = fs::read_to_string(page).expect("the page");
    let table = page.split("## What is avoided").nth(1).expect("the list").split("\n## ").next().expect("it");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().expect("a word").to_uppercase()).collect()
}

/// The statements in the source of the crate and in its schema, without comments.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postgres");
    let file = |name: &str| fs::read_to_string(folder.join(name)).expect("the schema");
    let schema = file("schema.sql");
    let schema: Vec<&str> = schema.lines().filter(|line| !line.starts_with("--")).collect();
    let mut all: Vec<String> = schema.join(" ").split(';').map(str::to_owned).collect();
    let code = fs::read_to_string(folder.join("statements.rs")).expect("the statements");
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join(" ");
    all.extend(code.split("&str =").skip(1).map(|text| text.split(';').next().expect("it").to_owned()));
    let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    all.into_iter().map(words).filter(|text| !text.is_empty()).collect()
}

#[test]
fn no_statement_uses_what_is_avoided() {
    let avoided = avoided();
    assert!(avoided.len() > 10, "{avoided:?}");
    let statements = statements();
    assert!(statements.len() > 40, "{}", statements.len());
    for statement in &statements {
        let tokens: Vec<&str> = statement
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .collect();
        for words in &avoided {
            let wanted: Vec<&str> = words.split(' ').collect();
            let found = tokens.windows(wanted.len()).any(|window| window == wanted);
            assert!(!found, "`{words}` is avoided: {statement}");
        }
    }
}

#[test]
fn every_key_begins_with_the_tenant_and_every_number_is_wide() {
    let statements = statements();
    let tables: Vec<&String> = statements.iter().filter(|text| text.starts_with("CREATE TABLE")).collect();
    assert_eq!(tables.len(), 14, "{tables:#?}");
    for table in tables {
        for key in ["PRIMARY KEY (", "UNIQUE (", "FOREIGN KEY ("] {
            for columns in table.split(key).skip(1) {
                assert!(columns.starts_with("TENANT, "), "{key}{columns}");
            }
        }
    }
    for index in statements.iter().filter(|text| text.starts_with("CREATE INDEX")) {
        assert!(index.contains("(TENANT, "), "{index}");
    }
}

#[test]
fn every_statement_on_cases_names_the_tenant() {
    let general = [
        "ABOUT",
        "ISOLATION LEVEL",
        "CURRENT_SCHEMA",
        "PG_NOTIFY",
        "INFORMATION_SCHEMA",
        "GEN_RANDOM_UUID",
        "ENABLE_SEQSCAN",
        "ANALYZE",
    ];
    for statement in statements() {
        let is_of_cases =
            !statement.starts_with("CREATE") && !general.iter().any(|word| statement.contains(word));
        assert!(!is_of_cases || statement.contains("TENANT"), "{statement}");
    }
}

/// A joined subquery with a limit may be asked once for each row of the other side, and then takes more than its limit.
#[test]
fn what_is_taken_up_to_a_limit_is_chosen_once() {
    let statements = statements();
    let bare = |text: &str| text.replace("CONCAT!(", "").trim_start_matches(['"', ' ']).to_owned();
    let changes = statements.iter().filter(|text| bare(text).starts_with("UPDATE"));
    let limited: Vec<&String> = changes.filter(|text| text.contains(" LIMIT ")).collect();
    assert!(limited.len() >= 2, "{limited:#?}");
    for statement in limited {
        assert!(statement.contains("= ANY (ARRAY( SELECT"), "{statement}");
    }
}

#[test]
fn the_journal_is_only_ever_added_to() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sqlite = fs::read_to_string(source.join("sqlite/write.rs")).expect("the statements");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let all = [statements().join("; "), words(&sqlite)].join("; ");
    assert!(all.matches("INSERT INTO JOURNAL").count() == 2, "one for each database");
    for change in ["UPDATE JOURNAL", "DELETE FROM JOURNAL", "DROP TABLE JOURNAL", "TRUNCATE"] {
        assert!(!all.contains(change), "{change}");
    }
}
