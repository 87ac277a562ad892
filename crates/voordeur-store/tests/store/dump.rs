//! What a store has, row by row, told so that two stores that have the same tell the same.

use std::fmt::Write as _;

use voordeur_store::{Delivery, ItemQuery, ItemWrite, OldItem, Retirement, SEVERAL, Upkeep, Whose};

use crate::alike::{Trial, everything};

impl Trial {
    async fn items(&self, which: &ItemQuery) -> Vec<String> {
        let items = self.place.store.post().items(which).await.expect("read");
        items.iter().map(|item| self.key(item.case_id, &item.key)).collect()
    }

    pub(crate) async fn look(&mut self, now: i64) {
        let store = &self.place.store;
        let due = store.due(now, 5).await.expect("read");
        let due: Vec<&str> = due.iter().map(|row| row.label.as_str()).collect();
        let next = store.next_due(now).await.expect("read");
        let mut of_household = Vec::new();
        for household in 0..3 {
            let rows = store.cases_of(&format!("h-{household}")).await.expect("read");
            of_household.push(rows.into_iter().map(|row| row.label).collect::<Vec<_>>());
        }
        writeln!(self.said, "households {of_household:?}").expect("written");
        for row in store.incidents().await.expect("read") {
            let label = self.label(row.case_id).to_owned();
            let key = if row.key.starts_with("message-") { "message" } else { &row.key };
            writeln!(self.said, "incident {label} {key} {} {} {}", row.why, row.since, row.again)
                .expect("written");
        }
        let (decrees, pulse) = (store.decrees().await.expect("read"), store.pulse().await.expect("read"));
        let waiting = store.post().waiting().await.expect("read");
        writeln!(self.said, "{decrees:?} {pulse:?} {waiting:?}").expect("written");
        let party = |n: i64| format!("party-{n}");
        let person = Whose::Person { person: "w-1".to_owned(), parties: vec![party(1)] };
        let mut shown = Vec::new();
        for whose in [Whose::Everybody, Whose::Parties(vec![party(1), party(2)]), person] {
            shown.push(self.items(&ItemQuery { whose, all: false, now, after: 0, limit: 5 }).await);
        }
        writeln!(self.said, "items {shown:?}").expect("written");
        let counts = store.counts().await.expect("counted");
        writeln!(self.said, "due {due:?} next {next:?} {counts:?}").expect("written");
    }

    /// Every row that there is.
    pub(crate) async fn dump(mut self) -> (String, &'static str) {
        self.look(30).await;
        let retirement = Retirement { at: 5, successor: None, owner: Some("house".to_owned()) };
        self.place.store.retire(&[self.place.protocol], &retirement).await.expect("retired");
        let retired = self.place.store.retirement(self.place.protocol).await.expect("read");
        let listed = self.place.store.protocols().await.expect("read").pop().and_then(|row| row.retirement);
        assert_eq!((retired.as_ref(), listed.as_ref()), (Some(&retirement), Some(&retirement)));
        let store = &self.place.store;
        let mut said = String::new();
        for party in [Some("party-1"), Some(SEVERAL), Some("nobody"), None] {
            let cases = store.cases_of_party(party, 5).await.expect("read");
            let labels: Vec<&str> = cases.iter().map(|id| self.label(*id)).collect();
            writeln!(said, "{party:?}: {labels:?}").expect("written");
        }
        let running = store.running_cases("case-0", 3).await.expect("read");
        let running: Vec<&str> = running.iter().map(|row| row.label.as_str()).collect();
        writeln!(said, "running {running:?}").expect("written");
        // What is written afterwards: one of them is there already.
        let first = store.post().items(&everything(0)).await.expect("read").into_iter().next();
        for row in store.cases("", 2).await.expect("read") {
            let item = ItemWrite {
                party: "party-1".to_owned(),
                topic: "task".to_owned(),
                visible_at: 3,
                message: "{}".to_owned(),
            };
            let old = |key: String| OldItem {
                case_id: row.id,
                key,
                created_at: 2,
                item: item.clone(),
                done_at: Some(4),
            };
            let keys = first.iter().map(|item| item.key.clone()).chain([format!("{}-9-9", row.id)]);
            let items: Vec<OldItem> = keys.map(old).collect();
            for _ in 0..2 {
                let written = store.upkeep(Upkeep::Items { items: items.clone(), after: None }).await;
                writeln!(said, "items written {written:?}").expect("written");
            }
        }
        assert_eq!(store.items_to_write().await.expect("read"), None);
        for row in store.cases("", 100).await.expect("read") {
            let (version, status, place) = (row.version, row.status, &row.place);
            let moments = (row.opened_at, row.touched_at, row.next_due);
            let secrets = (&row.secret, &row.sealed);
            writeln!(
                said,
                "{} {version} {status:?} {place} {moments:?} {secrets:?} {}",
                row.label, row.state
            )
            .expect("written");
            for step in store.journal(row.id).await.expect("read") {
                writeln!(said, "  {step:?}").expect("written");
            }
            for timer in store.timers(row.id).await.expect("read") {
                writeln!(said, "  {timer:?}").expect("written");
            }
            for message in store.messages(row.id).await.expect("read") {
                let key = self.key(row.id, &message.key);
                writeln!(said, "  {key} {:?} {:?}", message.kind, message.done_at).expect("written");
            }
            for item in store.post().items(&everything(0)).await.expect("read") {
                if item.case_id == row.id {
                    let key = self.key(row.id, &item.key);
                    assert_eq!(store.post().item(&item.key).await.expect("read").as_ref(), Some(&item));
                    writeln!(
                        said,
                        "  {key} {:?}",
                        voordeur_store::Item { id: 0, case_id: 0, key: String::new(), ..item }
                    )
                    .expect("written");
                }
            }
            for delivery in store.post().deliveries(None, 0, 999).await.expect("read") {
                if delivery.case_id == row.id {
                    let key = self.key(row.id, &delivery.key);
                    writeln!(
                        said,
                        "  {key} {:?}",
                        Delivery { id: 0, case_id: 0, key: String::new(), ..delivery }
                    )
                    .expect("written");
                }
            }
            let (items, deliveries) = (store.post().items_of(row.id), store.post().deliveries_of(row.id));
            let items: Vec<i64> = items.await.expect("read").into_iter().map(|item| item.id).collect();
            let mine = store.post().items(&everything(0)).await.expect("read").into_iter();
            let mine: Vec<i64> = mine.filter(|item| item.case_id == row.id).map(|item| item.id).collect();
            assert_eq!(items, mine);
            let deliveries: Vec<i64> =
                deliveries.await.expect("read").into_iter().map(|row| row.id).collect();
            let mine = store.post().deliveries(None, 0, 999).await.expect("read").into_iter();
            let mine: Vec<i64> = mine.filter(|item| item.case_id == row.id).map(|row| row.id).collect();
            assert_eq!(deliveries, mine);
            for document in store.documents(row.id).await.expect("read") {
                let key = self.key(row.id, &document.key);
                writeln!(said, "  {key} {} {}", document.name, document.text).expect("written");
            }
        }
        store.close().await;
        (self.said + &said, self.place.name)
    }
}
