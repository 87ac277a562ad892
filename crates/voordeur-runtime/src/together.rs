//! Who asks the same while the answer is under way gets the next one: a question is asked once for all who wait.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use voordeur_store::StoreError;

type Round<T> = Arc<OnceCell<Result<T, StoreError>>>;

/// Questions by number. An answer is of a question that was asked after everybody who gets it had wanted it.
pub(crate) struct Together<T> {
    next: Mutex<HashMap<i64, Round<T>>>,
    /// One question at a time: meanwhile others join the next one.
    turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self { next: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<T: Clone> Together<T> {
    pub(crate) async fn ask<F>(&self, number: i64, question: impl FnOnce() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let round = Arc::clone(self.next().entry(number).or_default());
        let asked = round.get_or_init(|| async {
            let _turn = self.turn.lock().await;
            self.next().remove(&number);
            question().await
        });
        asked.await.clone()
    }

    fn next(&self) -> MutexGuard<'_, HashMap<i64, Round<T>>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn who_asks_while_an_answer_is_under_way_shares_the_next_one() {
        let tokio = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (together, asked) = (Together::default(), Cell::new(0));
        let question = || async {
            asked.set(asked.get() + 1);
            let number = asked.get();
            tokio::task::yield_now().await;
            Ok(number)
        };
        let ask = |number| together.ask(number, question);
        // When the second one wishes to know, the first question is under way: its answer may be older than this wish.
        let all = async { tokio::join!(ask(7), ask(7), ask(8), ask(7), ask(7)) };
        let (one, two, other, three, four) = tokio.block_on(all);
        let [one, two, other, three, four] = [one, two, other, three, four].map(|told| told.expect("told"));
        assert_eq!((one, three, four), (1, two, two));
        assert_ne!(other, two);
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn an_answer_is_not_kept() {
        let tokio = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let together = Together::default();
        for now in 0..3 {
            assert_eq!(tokio.block_on(together.ask(1, || async { Ok(now) })).expect("told"), now);
        }
    }
}
