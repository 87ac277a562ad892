//! Numbers in what leaves the house: none of them is about so few households that somebody could know which.

/// Numbers below this are not told outside, and the others to the nearest multiple of it: else what is not told could be
/// worked out from the numbers beside it.
pub(crate) const FEW: u64 = 5;

/// A number as it is told outside; nothing when it is too small for that.
pub(crate) const fn told(number: u64) -> Option<u64> {
    match number {
        0 => Some(0),
        1..FEW => None,
        _ => Some(number.saturating_add(FEW / 2) / FEW * FEW),
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn what_is_not_told_cannot_be_worked_out() {
        let all = [0, 1, 4, 5, 7, 8, 20, 23].map(told);
        assert_eq!(all, [Some(0), None, None, Some(5), Some(5), Some(10), Some(20), Some(25)]);
        assert_eq!(told(u64::MAX), Some(u64::MAX / 5 * 5));
    }
}
