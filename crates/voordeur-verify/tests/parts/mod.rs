//! The answers of a comparison, one by one.

/// The parts of a list, each with its own brackets.
pub(crate) fn parts(list: &str) -> Vec<String> {
    let (mut depth, mut all) = (0, vec![String::new()]);
    for one in list.chars() {
        depth += i32::from(one == '(') - i32::from(one == ')');
        match one {
            ',' if depth == 0 => all.push(String::new()),
            _ => all.last_mut().expect("at least one").push(one),
        }
    }
    all.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}
