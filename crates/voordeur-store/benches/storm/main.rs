//! What is durable, and how fast: reports, and a storm of timers that are due at one moment while people work, on SQLite and
//! on PostgreSQL. Beside each the bare writes of the same rows, in the same run: the rows that the engine has written are
//! read, and written again to a copy of the database as it was before, with the same settings.
//!
//! ```text
//! cargo bench -p voordeur-store --bench storm                              20,000 timers on both databases
//! cargo bench -p voordeur-store --bench storm -- storm 1000000 sqlite      a million, on one of them
//! cargo bench -p voordeur-store --bench storm -- pending 10000000 sqlite   memory of a worker with so many timers that wait
//! cargo bench -p voordeur-store --bench storm -- cold 1000000 sqlite       cold start with so many open cases
//! cargo bench -p voordeur-store --bench storm -- plan 100000 sqlite        so many open cases under a new version
//! ```

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

mod bare;
mod base;
mod pending;
mod plan;
mod rows;
mod weather;

use std::path::PathBuf;

use tokio::task::LocalSet;

use base::Base;

// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for.
struct Order {
    mode: String,
    size: usize,
    bases: Vec<String>,
}

fn order() -> Order {
    // Cargo gives `--bench` as well.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let size = words.iter().find_map(|word| word.parse().ok()).unwrap_or(20_000);
    let known = |names: &[&str]| -> Vec<String> {
        words.iter().filter(|word| names.contains(&word.as_str())).cloned().collect()
    };
    let mode = known(&["storm", "pending", "cold", "plan", "look", "start", "people"])
        .pop()
        .unwrap_or_else(|| "storm".to_owned());
    let mut bases = known(&["sqlite", "postgres"]);
    if bases.is_empty() {
        bases = vec!["sqlite".to_owned(), "postgres".to_owned()];
    }
    Order { mode, size, bases }
}

async fn measured(order: Order) {
    // A program of its own, that this one starts.
    let after = |mode: &str| std::env::args().skip_while(|word| word != mode).nth(1).map(PathBuf::from);
    match order.mode.as_str() {
        "look" => return pending::look(&after("look").expect("an address")).await,
        "people" => return weather::people_elsewhere(&after("people").expect("an address")).await,
        "start" => return pending::cold(&after("start").expect("an address")).await,
        _ => {}
    }
    for name in &order.bases {
        let Some(base) = Base::start(name) else { continue };
        println!("{}", base.title());
        match order.mode.as_str() {
            "pending" => pending::timers(&base, order.size).await,
            "cold" => pending::cases(&base, order.size).await,
            "plan" => plan::cases(&base, order.size).await,
            _ => weather::storm(&base, order.size).await,
        }
    }
}

fn main() {
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    tokio.block_on(LocalSet::new().run_until(measured(order())));
}
