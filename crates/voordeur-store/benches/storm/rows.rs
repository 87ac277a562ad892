//! The rows of a database, and what has to be written to make those of one database out of those of another.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::{Base, postgres, sqlite};

pub(crate) type Case =
    (i64, String, i64, i64, String, String, i64, i64, Option<i64>, String, Option<String>, Option<String>);
pub(crate) type Step = (i64, i64, i64, Option<i64>, Option<i64>, String, Option<String>);
pub(crate) type Timer = (i64, i64, i64, i64, i64, Option<String>);
pub(crate) type Message = (i64, String, String, i64, Option<i64>, Option<String>);
pub(crate) type Item = (i64, String, String, String, i64, i64, String);

/// Rows by case.
#[derive(Default)]
pub(crate) struct Rows {
    cases: BTreeMap<i64, Case>,
    steps: BTreeMap<i64, Vec<Step>>,
    timers: BTreeMap<i64, Vec<Timer>>,
    messages: BTreeMap<i64, Vec<Message>>,
    items: BTreeMap<i64, Vec<Item>>,
}

/// What is written in one transaction.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) new: Vec<Case>,
    pub(crate) changed: Vec<Case>,
    pub(crate) steps: Vec<Step>,
    pub(crate) cleared: Vec<(i64, i64)>,
    pub(crate) timers: Vec<Timer>,
    pub(crate) messages: Vec<Message>,
    pub(crate) items: Vec<Item>,
}

/// Reads the rows of the cases up to this number.
macro_rules! read {
    ($pool:expr, $most:expr) => {{
        let pool = &$pool;
        let cases: Vec<Case> = sqlx::query_as(
            "SELECT id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, secret, sealed FROM cases WHERE id <= $1",
        ).bind($most).fetch_all(pool).await.expect("rows");
        let steps: Vec<Step> = sqlx::query_as(
            "SELECT case_id, step, at, recorded_at, due_at, entries, sealed FROM journal WHERE case_id <= $1",
        ).bind($most).fetch_all(pool).await.expect("rows");
        let timers: Vec<Timer> = sqlx::query_as(
            "SELECT case_id, timer, generation, due_at, CAST(CASE WHEN armed THEN 1 ELSE 0 END AS BIGINT), party FROM timer WHERE case_id <= $1",
        ).bind($most).fetch_all(pool).await.expect("rows");
        let messages: Vec<Message> = sqlx::query_as(
            "SELECT case_id, key, kind, created_at, done_at, payload FROM outbox WHERE case_id <= $1",
        ).bind($most).fetch_all(pool).await.expect("rows");
        let items: Vec<Item> = sqlx::query_as(
            "SELECT case_id, key, party, topic, created_at, visible_at, message FROM inbox WHERE case_id <= $1",
        ).bind($most).fetch_all(pool).await.expect("rows");
        Rows::new(cases, steps, timers, messages, items)
    }};
}

fn by_case<T>(rows: Vec<T>, case: impl Fn(&T) -> i64) -> BTreeMap<i64, Vec<T>> {
    let mut all: BTreeMap<i64, Vec<T>> = BTreeMap::new();
    for row in rows {
        all.entry(case(&row)).or_default().push(row);
    }
    all
}

impl Rows {
    fn new(
        cases: Vec<Case>,
        steps: Vec<Step>,
        timers: Vec<Timer>,
        messages: Vec<Message>,
        items: Vec<Item>,
    ) -> Self {
        Self {
            cases: cases.into_iter().map(|row| (row.0, row)).collect(),
            steps: by_case(steps, |row| row.0),
            timers: by_case(timers, |row| row.0),
            messages: by_case(messages, |row| row.0),
            items: by_case(items, |row| row.0),
        }
    }

    pub(crate) async fn read(base: &Base, address: &Path, most: i64) -> Self {
        match base {
            Base::Sqlite(_) => {
                let pool = sqlite(address, false).await;
                let rows = read!(pool, most);
                pool.close().await;
                rows
            }
            Base::Postgres(_) => {
                let pool = postgres(address).await;
                sqlx::raw_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
                    .execute(&pool)
                    .await
                    .expect("set");
                let rows = read!(pool, most);
                pool.close().await;
                rows
            }
        }
    }

    pub(crate) fn newest_case(&self) -> i64 {
        self.cases.last_key_value().map_or(0, |(id, _)| *id)
    }

    /// What is to be written after `before`, so many cases at a time; and how many steps that is.
    pub(crate) fn after(&self, before: &Self, at_a_time: usize) -> (Vec<Part>, usize) {
        let touched: Vec<&Case> =
            self.cases.values().filter(|row| before.cases.get(&row.0) != Some(row)).collect();
        let parts: Vec<Part> = touched.chunks(at_a_time).map(|cases| self.part(before, cases)).collect();
        let steps = parts.iter().map(|part| part.steps.len()).sum();
        (parts, steps)
    }

    fn part(&self, before: &Self, cases: &[&Case]) -> Part {
        let mut part = Part::default();
        for case in cases {
            let id = case.0;
            let to = if before.cases.contains_key(&id) { &mut part.changed } else { &mut part.new };
            to.push((*case).clone());
            part.steps.extend(new(&self.steps, &before.steps, id, |row| row.1));
            part.messages.extend(new(&self.messages, &before.messages, id, |row| row.1.clone()));
            part.items.extend(new(&self.items, &before.items, id, |row| row.1.clone()));
            part.timers.extend(new(&self.timers, &before.timers, id, |row| (row.1, row.3, row.4)));
            part.cleared.extend(new(&before.timers, &self.timers, id, |row| row.1).map(|row| (id, row.1)));
        }
        part
    }
}

/// The rows of a case whose keys were not there before.
fn new<'a, T: Clone, K: PartialEq + 'a>(
    now: &'a BTreeMap<i64, Vec<T>>,
    before: &'a BTreeMap<i64, Vec<T>>,
    id: i64,
    key: impl Fn(&T) -> K + 'a,
) -> impl Iterator<Item = T> + 'a {
    let known: Vec<K> = before.get(&id).into_iter().flatten().map(&key).collect();
    now.get(&id).into_iter().flatten().filter(move |row| !known.contains(&key(row))).cloned()
}
