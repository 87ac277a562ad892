//! Open cases under a new version: the plan and the migration of many, beside reading the same rows alone in the same run.

use std::path::Path;
use std::time::{Duration, Instant};

use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Runtime, Silent, Sort};
use voordeur_store::Store;

use crate::base::Base;
use crate::pending::filled;
use crate::weather::{EROPAF, moment, protocol};

/// How many cases are read at a time, as the plan does.
const PAGE: u32 = 256;

/// The new version: another term, which is counted anew from the start.
fn new() -> CheckedProtocol {
    let text = EROPAF
        .replace("version  \"2008.1\"", "version  \"2008.2\"")
        .replace("by worker within 2 working days", "by worker within 3 working days")
        .replacen("  lead ", "  open cases { recompute from start }\n  lead ", 1);
    let compiled = compile(&text);
    compiled.protocols.into_iter().next().unwrap_or_else(|| panic!("{:#?}", compiled.problems))
}

/// Every case, and the journal of each.
async fn read(store: &Store) -> Duration {
    let (clock, mut after) = (Instant::now(), String::new());
    loop {
        let page = store.cases(&after, PAGE).await.expect("read");
        let Some(last) = page.last() else { return clock.elapsed() };
        after.clone_from(&last.label);
        for row in &page {
            store.journal(row.id).await.expect("read");
        }
    }
}

async fn planned(address: &Path, bare: Duration) {
    let store = Store::open(address).await.expect("opened");
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let journey = runtime.journey(&protocol(), &new()).expect("both versions");
    let now = moment("2008-03-04T09:00:00Z");
    let (clock, mut moved, mut all) = (Instant::now(), 0_u64, 0_u64);
    let found = |case: voordeur_runtime::Planned| {
        all += 1;
        moved += u64::from(case.sort != Sort::Unchanged);
    };
    runtime.plan(&journey, now, &mut Silent, found, |_| {}).await.expect("planned");
    let took = clock.elapsed();
    println!(
        "  plan: {took:.2?} for {all} cases, {moved} to change; {:.2} times reading them",
        ratio(took, bare)
    );
    let clock = Instant::now();
    let came = runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated");
    let took = clock.elapsed();
    println!("  migration: {took:.2?} for {came} cases; {:.2} times reading them", ratio(took, bare));
    store.close().await;
}

fn ratio(took: Duration, bare: Duration) -> f64 {
    took.as_secs_f64() / bare.as_secs_f64()
}

/// So many open cases.
pub(crate) async fn cases(base: &Base, count: usize) {
    let address = filled(base, "planned", count).await;
    base.settle("planned");
    println!("{count} open cases under a new version:");
    let store = Store::open(&address).await.expect("opened");
    let bare = read(&store).await;
    store.close().await;
    println!("  reading each with its journal: {bare:.2?}");
    planned(&address, bare).await;
}
