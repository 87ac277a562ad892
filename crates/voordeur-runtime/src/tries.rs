//! What comes of a try: a delivery is sent, tried again after a while, or given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use voordeur_store::{Delivery, Progress, Settled};

use crate::channel::Undelivered;
use crate::rows::{micros, timestamp};

/// How long is waited after each try in vain, in seconds, as Standard Webhooks proposes. After the last one it is dead.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The longest of them: a receiver that asks for more has a slip of the pen, or means harm.
const LONGEST: Duration = Duration::from_secs(86_400);

pub(crate) fn hold(delivery: &Delivery, until: Timestamp) -> Settled {
    Settled {
        delivery: delivery.id,
        epoch: delivery.epoch,
        progress: Progress::Waiting,
        attempt: delivery.attempt,
        next_at: micros(until),
        done_at: None,
        said: delivery.said.clone(),
    }
}

pub(crate) fn end(delivery: &Delivery, progress: Progress, now: Timestamp, said: Option<String>) -> Settled {
    Settled { progress, done_at: Some(micros(now)), said, ..hold(delivery, timestamp(delivery.next_at)) }
}

pub(crate) fn outcome(delivery: &Delivery, sent: Result<(), Undelivered>, now: Timestamp) -> Settled {
    match sent {
        Ok(()) => end(delivery, Progress::Sent, now, None),
        Err(Undelivered::Never { why }) => {
            let attempt = delivery.attempt.saturating_add(1);
            Settled { attempt, ..end(delivery, Progress::Dead, now, Some(why)) }
        }
        Err(Undelivered::Later { why, wait }) => again(delivery, now, why, wait),
    }
}

fn again(delivery: &Delivery, now: Timestamp, why: String, asked: Option<Duration>) -> Settled {
    let attempt = delivery.attempt.saturating_add(1);
    let tried = usize::try_from(delivery.attempt).unwrap_or(usize::MAX);
    let Some(wait) = WAITS.get(tried) else {
        return Settled { attempt, ..end(delivery, Progress::Dead, now, Some(why)) };
    };
    let wait = SignedDuration::from_secs(*wait).saturating_add(jitter(delivery, *wait));
    let asked =
        SignedDuration::try_from(asked.unwrap_or_default().min(LONGEST)).unwrap_or(SignedDuration::ZERO);
    let next = now.saturating_add(wait.max(asked)).unwrap_or(Timestamp::MAX);
    Settled { attempt, next_at: micros(next), said: Some(why), ..hold(delivery, now) }
}

/// Up to a tenth of the wait, another for each message, so that those that failed together do not come back together.
fn jitter(delivery: &Delivery, wait: i64) -> SignedDuration {
    let mix = delivery.id.wrapping_mul(0x9E37_79B9).wrapping_add(delivery.attempt.wrapping_mul(0x85EB_CA6B));
    SignedDuration::from_millis(mix.rem_euclid(wait.saturating_mul(100).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: i64, attempt: i64) -> Delivery {
        let text = String::new;
        let (key, channel, party, topic, message) = (text(), text(), text(), text(), text());
        let (progress, next_at, epoch, done_at, said) = (Progress::Waiting, 0, 1, None, None);
        let (case_id, created_at, recorded_at) = (1, 0, 0);
        Delivery {
            id,
            case_id,
            key,
            channel,
            party,
            topic,
            created_at,
            recorded_at,
            message,
            progress,
            attempt,
            next_at,
            epoch,
            done_at,
            said,
        }
    }

    fn later(wait: Option<Duration>) -> Result<(), Undelivered> {
        Err(Undelivered::Later { why: "busy".to_owned(), wait })
    }

    #[test]
    fn tries_come_after_longer_and_longer_waits_until_the_letter_is_dead() {
        let now = Timestamp::UNIX_EPOCH;
        let mut waits = Vec::new();
        for attempt in 0..=9 {
            let settled = outcome(&delivery(3, attempt), later(None), now);
            match settled.progress {
                Progress::Waiting => waits.push(settled.next_at / 1_000_000),
                other => assert_eq!((other, attempt), (Progress::Dead, 9)),
            }
        }
        for (wait, wanted) in waits.iter().zip(WAITS) {
            assert!((wanted..=wanted + wanted / 10).contains(wait), "{wait} {wanted}");
        }
        assert_eq!(waits.len(), WAITS.len());
    }

    #[test]
    fn those_that_failed_together_do_not_come_back_together() {
        let next = |id| outcome(&delivery(id, 3), later(None), Timestamp::UNIX_EPOCH).next_at;
        let moments: std::collections::BTreeSet<i64> = (0..100).map(next).collect();
        assert!(moments.len() > 95, "{}", moments.len());
    }

    #[test]
    fn what_the_other_side_asks_is_waited_for() {
        let settled = outcome(&delivery(1, 0), later(Some(Duration::from_secs(600))), Timestamp::UNIX_EPOCH);
        assert_eq!(settled.next_at, 600_000_000);
        let never = outcome(
            &delivery(1, 0),
            Err(Undelivered::Never { why: "gone".to_owned() }),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!((never.progress, never.said.as_deref()), (Progress::Dead, Some("gone")));
    }

    #[test]
    fn nobody_asks_for_more_than_the_longest_wait() {
        assert_eq!(WAITS.last().map(|wait| Duration::from_secs(wait.unsigned_abs())), Some(LONGEST));
        for asked in [99_999_999_999, u64::MAX] {
            let settled =
                outcome(&delivery(1, 0), later(Some(Duration::from_secs(asked))), Timestamp::UNIX_EPOCH);
            assert_eq!(settled.next_at, 86_400_000_000);
        }
    }
}
