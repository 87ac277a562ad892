//! Opening a file to look at it as it is at one moment, also where nothing can be written.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Row as _};

use super::file::Known;
use super::migrate::APPLICATION_ID;
use super::open::{PATIENCE, ROWS_AT_ONCE, SqliteStore, look_at_kind};
use super::write::SqliteTx;
use crate::SCHEMA_VERSION;
use crate::error::StoreError;
use crate::group::{Looking, Writer};

/// What everything is read in: it sees the rows as they are now, whoever writes meanwhile.
const ONE_MOMENT: &str = "PRAGMA query_only = on; BEGIN; SELECT count(*) FROM sqlite_schema";

impl SqliteStore {
    /// Opens a file that is there, to look at. Tables of an older version are brought up to date first.
    pub(crate) async fn view(file: &Path) -> Result<Self, StoreError> {
        look_at_kind(&file.display().to_string(), file, false)?;
        match Self::viewed(file).await? {
            Some(viewed) => Ok(viewed),
            None => {
                Self::open(file, false).await?.shut().await;
                Self::viewed(file)
                    .await?
                    .ok_or_else(|| StoreError::NotOurs { path: file.display().to_string() })
            }
        }
    }

    /// The file, unless its tables are older than this program.
    async fn viewed(file: &Path) -> Result<Option<Self>, StoreError> {
        let (path, known) = (file.display().to_string(), Known::new(file));
        let options =
            SqliteConnectOptions::new().filename(file).busy_timeout(PATIENCE).row_buffer_size(ROWS_AT_ONCE);
        let (pool, options) = match at_one_moment(&path, options.clone()).await {
            // Where no file can be made beside it nobody writes in it: without a log it is all there is.
            Err(StoreError::Unwritable { .. }) if !known.has_log() => {
                let options = options.read_only(true).immutable(true);
                (at_one_moment(&path, options.clone()).await?, options)
            }
            opened => (opened?, options),
        };
        if !is_of_today(&path, &pool).await? {
            pool.close().await;
            return Ok(None);
        }
        let writer = Writer::start(Looking::<SqliteTx>::at(&path));
        let looking = Some(Box::new(options.disable_statement_logging()));
        Ok(Some(Self { path, known, readers: pool.clone(), writer, writing: pool, looking }))
    }
}

async fn at_one_moment(path: &str, options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.test_before_acquire(false).connect_with(options.disable_statement_logging());
    // The one connection is kept, and with it the transaction.
    let begun = async {
        let pool = pool.await?;
        sqlx::raw_sql(ONE_MOMENT).execute(&pool).await?;
        Ok(pool)
    };
    begun.await.map_err(|error: sqlx::Error| StoreError::from_sqlite(path, &error))
}

/// Whether its tables are as this program makes them, or newer and still for it.
async fn is_of_today(path: &str, pool: &SqlitePool) -> Result<bool, StoreError> {
    let error = |error: sqlx::Error| StoreError::from_sqlite(path, &error);
    let number = async |text: &'static str| -> Result<i64, StoreError> {
        let row = sqlx::query(text).fetch_one(pool).await;
        row.and_then(|row| row.try_get(0)).map_err(error)
    };
    if number("PRAGMA application_id").await? != APPLICATION_ID {
        return Err(StoreError::NotOurs { path: path.to_owned() });
    }
    match number("PRAGMA user_version").await? {
        found if found <= SCHEMA_VERSION => Ok(found == SCHEMA_VERSION),
        _ => match number("SELECT oldest FROM about").await? {
            oldest if oldest <= SCHEMA_VERSION => Ok(true),
            found => Err(StoreError::Newer { path: path.to_owned(), found, known: SCHEMA_VERSION }),
        },
    }
}
