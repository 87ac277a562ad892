//! What has nothing to do with each other is done side by side, on as many threads as there are cores. What comes of it comes in the
//! order of what it is made of, whichever is done first; and each thread speaks the language of whoever asks.

use rayon::prelude::*;
use voordeur_messages::{language, speaking};

/// What comes of both.
///
/// ```
/// let (sum, product) = voordeur_verify::both(|| 2 + 3, || 2 * 3);
/// assert_eq!((sum, product), (5, 6));
/// ```
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let lang = language();
    rayon::join(|| speaking(lang, one), || speaking(lang, other))
}

/// What comes of each, in their order.
///
/// ```
/// assert_eq!(voordeur_verify::each(&[1, 2, 3], |number| number * number), [1, 4, 9]);
/// ```
pub fn each<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let lang = language();
    all.par_iter().map(|one| speaking(lang, || work(one))).collect()
}
