//! The tables of a file: made when it is empty, brought up to date when it is old, refused when it is not ours or
//! too new.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteTransaction};

use super::open::begin;
use crate::SCHEMA_VERSION;
use crate::error::StoreError;

/// `Voor` in the header of the file: so that no other program's database is taken for ours.
pub(super) const APPLICATION_ID: i64 = 0x566f_6f72;

/// How old a program may be that uses the tables as this one makes them.
const OLDEST: i64 = 4;

/// One version after the other.
const FROM_1: &str = concat!(
    include_str!("migrate_1.sql"),
    include_str!("migrate_2.sql"),
    include_str!("migrate_3.sql"),
    include_str!("migrate_4.sql")
);
const FROM_2: &str =
    concat!(include_str!("migrate_2.sql"), include_str!("migrate_3.sql"), include_str!("migrate_4.sql"));
const FROM_3: &str = concat!(include_str!("migrate_3.sql"), include_str!("migrate_4.sql"));
const FROM_4: &str = include_str!("migrate_4.sql");

/// Makes, checks or brings up to date, all of it in one transaction.
pub(super) async fn prepare(path: &str, pool: &SqlitePool) -> Result<(), StoreError> {
    let error = |error: sqlx::Error| StoreError::from_sqlite(path, &error);
    let mut tx = begin(path, pool).await?;
    let application = number(path, &mut tx, "PRAGMA application_id").await?;
    let version = number(path, &mut tx, "PRAGMA user_version").await?;
    let tables = number(path, &mut tx, "SELECT count(*) FROM sqlite_schema").await?;
    match (application, version, tables) {
        (APPLICATION_ID, SCHEMA_VERSION, _) => return Ok(()),
        (APPLICATION_ID, found, _) if found > SCHEMA_VERSION => return newer(path, &mut tx).await,
        (APPLICATION_ID, 1, _) => run(path, &mut tx, FROM_1).await?,
        (APPLICATION_ID, 2, _) => run(path, &mut tx, FROM_2).await?,
        (APPLICATION_ID, 3, _) => run(path, &mut tx, FROM_3).await?,
        (APPLICATION_ID, 4, _) => run(path, &mut tx, FROM_4).await?,
        // Version 6 adds to the tables of a server only: a file has one writer.
        (APPLICATION_ID, 5, _) => {}
        (0, 0, 0) => run(path, &mut tx, include_str!("schema.sql")).await?,
        _ => return Err(StoreError::NotOurs { path: path.to_owned() }),
    }
    let marks = format!(
        "UPDATE about SET version = {SCHEMA_VERSION}, oldest = max(oldest, {OLDEST});
         INSERT INTO about (version, oldest) SELECT {SCHEMA_VERSION}, {OLDEST} WHERE NOT EXISTS (SELECT 1 FROM about);
         PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};"
    );
    run(path, &mut tx, &marks).await?;
    tx.commit().await.map_err(error)
}

/// Whether it has something in it that is not ours.
pub(super) async fn is_foreign(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let marks = "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
    let (application, tables): (i64, i64) = sqlx::query_as(marks).fetch_one(connection).await?;
    Ok(application != APPLICATION_ID && (application, tables) != (0, 0))
}

/// A newer program may have left the tables so that this one can use them too.
async fn newer(path: &str, tx: &mut SqliteTransaction<'_>) -> Result<(), StoreError> {
    let oldest = number(path, tx, "SELECT oldest FROM about").await?;
    if oldest <= SCHEMA_VERSION {
        return Ok(());
    }
    Err(StoreError::Newer { path: path.to_owned(), found: oldest, known: SCHEMA_VERSION })
}

async fn run(path: &str, tx: &mut SqliteTransaction<'_>, text: &str) -> Result<(), StoreError> {
    let done = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&mut **tx).await;
    done.map(|_| ()).map_err(|error| StoreError::from_sqlite(path, &error))
}

async fn number(path: &str, tx: &mut SqliteTransaction<'_>, text: &'static str) -> Result<i64, StoreError> {
    let row = sqlx::query(text).fetch_one(&mut **tx).await;
    row.and_then(|row| row.try_get(0)).map_err(|error| StoreError::from_sqlite(path, &error))
}
