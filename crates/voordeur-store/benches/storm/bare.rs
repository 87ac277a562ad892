//! Bare writes: the rows of a part in one transaction, with one statement for each table, and nothing else.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::base::{Base, postgres, sqlite};
use crate::rows::Part;

/// Writes all parts, each in a transaction; gives how long it takes.
pub(crate) async fn written(base: &Base, address: &Path, parts: &[Part]) -> Duration {
    match base {
        Base::Sqlite(_) => {
            let pool = sqlite(address, false).await;
            let clock = Instant::now();
            for part in parts {
                to_sqlite(&pool, part).await;
            }
            let took = clock.elapsed();
            pool.close().await;
            took
        }
        Base::Postgres(_) => {
            let pool = postgres(address).await;
            let clock = Instant::now();
            for part in parts {
                to_postgres(&pool, part).await;
            }
            let took = clock.elapsed();
            pool.close().await;
            took
        }
    }
}

/// How many rows one statement has on SQLite.
const ROWS: usize = 128;

macro_rules! insert {
    ($tx:expr, $before:expr, $rows:expr, $after:expr, |$b:ident, $row:ident| $binds:block) => {
        for rows in $rows.chunks(ROWS) {
            let mut text: QueryBuilder<Sqlite> = QueryBuilder::new($before);
            text.push_values(rows, |mut $b, $row| $binds);
            text.push($after);
            text.build().execute(&mut *$tx).await.expect("written");
        }
    };
}

async fn to_sqlite(pool: &SqlitePool, part: &Part) {
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
    cases(&mut tx, part).await;
    insert!(
        tx,
        "INSERT INTO journal (case_id, step, at, recorded_at, due_at, entries, sealed) ",
        part.steps,
        "",
        |b, r| {
            b.push_bind(r.0)
                .push_bind(r.1)
                .push_bind(r.2)
                .push_bind(r.3)
                .push_bind(r.4)
                .push_bind(&r.5)
                .push_bind(&r.6);
        }
    );
    insert!(tx, "DELETE FROM timer WHERE (case_id, timer) IN (", part.cleared, ")", |b, r| {
        b.push_bind(r.0).push_bind(r.1);
    });
    let set = " ON CONFLICT (case_id, timer) DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, armed = excluded.armed, party = excluded.party";
    insert!(
        tx,
        "INSERT INTO timer (case_id, timer, generation, due_at, armed, party) ",
        part.timers,
        set,
        |b, r| {
            b.push_bind(r.0).push_bind(r.1).push_bind(r.2).push_bind(r.3).push_bind(r.4).push_bind(&r.5);
        }
    );
    insert!(
        tx,
        "INSERT INTO outbox (case_id, key, kind, created_at, done_at, payload) ",
        part.messages,
        "",
        |b, r| {
            b.push_bind(r.0).push_bind(&r.1).push_bind(&r.2).push_bind(r.3).push_bind(r.4).push_bind(&r.5);
        }
    );
    insert!(
        tx,
        "INSERT INTO inbox (case_id, key, party, topic, created_at, visible_at, message) ",
        part.items,
        "",
        |b, r| {
            b.push_bind(r.0)
                .push_bind(&r.1)
                .push_bind(&r.2)
                .push_bind(&r.3)
                .push_bind(r.4)
                .push_bind(r.5)
                .push_bind(&r.6);
        }
    );
    tx.commit().await.expect("committed");
}

async fn cases(tx: &mut SqliteConnection, part: &Part) {
    insert!(
        tx,
        "INSERT INTO cases (id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, secret, sealed) ",
        part.new,
        "",
        |b, r| {
            b.push_bind(r.0).push_bind(&r.1).push_bind(r.2).push_bind(r.3).push_bind(&r.4).push_bind(&r.5);
            b.push_bind(r.6).push_bind(r.7).push_bind(r.8).push_bind(&r.9).push_bind(&r.10).push_bind(&r.11);
        }
    );
    let update = "UPDATE cases SET version = column2, status = column3, place = column4, touched_at = column5, next_due = column6, state = column7, secret = column8, sealed = column9 FROM (";
    insert!(tx, update, part.changed, ") AS w WHERE cases.id = column1", |b, r| {
        b.push_bind(r.0).push_bind(r.3).push_bind(&r.4).push_bind(&r.5).push_bind(r.7).push_bind(r.8);
        b.push_bind(&r.9).push_bind(&r.10).push_bind(&r.11);
    });
}

fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

macro_rules! unnest {
    ($tx:expr, $text:expr, $rows:expr, $($value:expr),+) => {
        if !$rows.is_empty() {
            let query = sqlx::query($text)$(.bind(column(&$rows, $value)))+;
            query.execute(&mut *$tx).await.expect("written");
        }
    };
}

async fn to_postgres(pool: &PgPool, part: &Part) {
    let mut tx = pool.begin().await.expect("a transaction");
    unnest!(tx, "INSERT INTO cases (tenant, id, label, protocol, version, status, place, opened_at, touched_at, next_due, state, secret, sealed)
         SELECT 1, w.* FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::BIGINT[], $4::BIGINT[], $5::TEXT[], $6::TEXT[], $7::BIGINT[], $8::BIGINT[], $9::BIGINT[], $10::TEXT[], $11::TEXT[], $12::TEXT[]) AS w",
        part.new, |r| r.0, |r| r.1.clone(), |r| r.2, |r| r.3, |r| r.4.clone(), |r| r.5.clone(), |r| r.6, |r| r.7, |r| r.8, |r| r.9.clone(), |r| r.10.clone(), |r| r.11.clone());
    unnest!(tx, "UPDATE cases SET version = w.version, status = w.status, place = w.place, touched_at = w.touched_at, next_due = w.next_due, state = w.state, secret = w.secret, sealed = w.sealed
         FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[], $8::TEXT[], $9::TEXT[]) AS w (id, version, status, place, touched_at, next_due, state, secret, sealed)
         WHERE cases.tenant = 1 AND cases.id = w.id",
        part.changed, |r| r.0, |r| r.3, |r| r.4.clone(), |r| r.5.clone(), |r| r.7, |r| r.8, |r| r.9.clone(), |r| r.10.clone(), |r| r.11.clone());
    unnest!(tx, "INSERT INTO journal (tenant, case_id, step, at, recorded_at, due_at, entries, sealed)
         SELECT 1, w.* FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::TEXT[], $7::TEXT[]) AS w",
        part.steps, |r| r.0, |r| r.1, |r| r.2, |r| r.3, |r| r.4, |r| r.5.clone(), |r| r.6.clone());
    unnest!(
        tx,
        "DELETE FROM timer USING UNNEST($1::BIGINT[], $2::BIGINT[]) AS w (case_id, number)
         WHERE timer.tenant = 1 AND timer.case_id = w.case_id AND timer.timer = w.number",
        part.cleared,
        |r| r.0,
        |r| r.1
    );
    unnest!(tx, "INSERT INTO timer (tenant, case_id, timer, generation, due_at, armed, party)
         SELECT 1, w.case_id, w.number, w.generation, w.due_at, w.armed = 1, w.party FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[], $6::TEXT[]) AS w (case_id, number, generation, due_at, armed, party)
         ON CONFLICT (tenant, case_id, timer) DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, armed = excluded.armed, party = excluded.party",
        part.timers, |r| r.0, |r| r.1, |r| r.2, |r| r.3, |r| r.4, |r| r.5.clone());
    unnest!(tx, "INSERT INTO outbox (tenant, case_id, key, kind, created_at, done_at, payload)
         SELECT 1, w.* FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[], $4::BIGINT[], $5::BIGINT[], $6::TEXT[]) AS w",
        part.messages, |r| r.0, |r| r.1.clone(), |r| r.2.clone(), |r| r.3, |r| r.4, |r| r.5.clone());
    unnest!(tx, "INSERT INTO inbox (tenant, case_id, key, party, topic, created_at, visible_at, message)
         SELECT 1, w.* FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::BIGINT[], $7::TEXT[]) AS w",
        part.items, |r| r.0, |r| r.1.clone(), |r| r.2.clone(), |r| r.3.clone(), |r| r.4, |r| r.5, |r| r.6.clone());
    tx.commit().await.expect("committed");
}
