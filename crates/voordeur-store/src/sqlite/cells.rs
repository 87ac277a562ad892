//! Many rows travel with one statement, as its arguments. One statement a row costs more in the driver than in the database; rows
//! as JSON cost more in taking them apart.

pub(super) type Query = sqlx::query::Query<'static, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

/// A statement for many rows: what comes before the values, and after them. In between stand as many rows of arguments as
/// there are, so that SQLite takes nothing apart.
pub(super) type Rows = (&'static str, &'static str);

/// One argument.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
}

pub(super) const fn int(number: i64) -> Cell<'static> {
    Cell::Int(Some(number))
}

pub(super) const fn word(text: &str) -> Cell<'_> {
    Cell::Text(Some(text))
}

pub(super) fn maybe(text: &Option<String>) -> Cell<'_> {
    Cell::Text(text.as_deref())
}

pub(super) fn table<'a, R, const N: usize>(
    rows: &'a [R],
    cells: impl Fn(&'a R) -> [Cell<'a>; N],
) -> Vec<[Cell<'a>; N]> {
    rows.iter().map(cells).collect()
}

/// How many rows go into one statement. There are only few sizes, so that each statement is prepared once.
const SIZES: [usize; 4] = [256, 32, 4, 1];

/// The rows, a part for each statement.
pub(super) fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (part, rest) = rows.split_at_checked(size)?;
        rows = rest;
        Some(part)
    })
}

/// A statement with its rows.
pub(super) fn filled<const N: usize>((before, after): Rows, rows: &[[Cell<'_>; N]]) -> Query {
    let row = format!("({})", ["?"; N].join(","));
    let text = format!("{before}{}{after}", vec![row.as_str(); rows.len()].join(","));
    let query = sqlx::query(sqlx::AssertSqlSafe(text));
    rows.iter().flatten().fold(query, |query, cell| match cell {
        Cell::Int(number) => query.bind(*number),
        Cell::Text(text) => query.bind(text.map(str::to_owned)),
    })
}
