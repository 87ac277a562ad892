//! The answers of a comparison, one by one.

/// The parts of a list, each with its own brackets.
pub(crate) fn parts(list: &str) -> Vec<String> {
    let (mut depth, mut all) = (0, vec![String::new()]);
    for one in list.chars() {
        depth += i32::from(one == '(') - i32::from(one == ')');
        match all.last_mut() {
            Some(last) if one != ',' || depth > 0 => last.push(one),
            _ => all.push(String::new()),
        }
    }
    all.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}
