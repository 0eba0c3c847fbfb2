//! Ties as letters: rows of a section that share a letter cannot be told apart.

use tollgate_meter::RowReport;

/// The letters of each row; empty for a row that ties with none. Two rows have a letter in common if and only if they
/// tie: a tie of the first and the second row, and one of the second and the third, do not make a tie of the first and
/// the third.
pub(crate) fn letters(rows: &[&RowReport]) -> Vec<String> {
    let titles: Vec<String> = rows.iter().map(|row| row.title()).collect();
    let tie = |a: usize, b: usize| rows[a].ties_with.contains(&titles[b]);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    grow(
        &mut Vec::new(),
        (0..rows.len()).collect(),
        Vec::new(),
        &tie,
        &mut groups,
    );
    groups.retain(|group| group.len() > 1);
    groups.sort();
    let mut letters = vec![String::new(); rows.len()];
    for (at, group) in groups.iter().enumerate() {
        for &row in group {
            letters[row].push_str(&name(at));
        }
    }
    letters
}

/// `a` to `z`, then `a1` to `z1`, and so on.
fn name(at: usize) -> String {
    let letter = char::from(b'a' + (at % 26) as u8);
    match at / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// All largest groups of rows that tie with one another (Bron and Kerbosch, 1973).
fn grow(
    group: &mut Vec<usize>,
    mut candidates: Vec<usize>,
    mut done: Vec<usize>,
    tie: &dyn Fn(usize, usize) -> bool,
    groups: &mut Vec<Vec<usize>>,
) {
    if candidates.is_empty() && done.is_empty() {
        groups.push(group.clone());
    }
    while !candidates.is_empty() {
        let row = candidates.remove(0);
        let with = |rows: &[usize]| rows.iter().copied().filter(|&other| tie(row, other)).collect();
        group.push(row);
        grow(group, with(&candidates), with(&done), tie, groups);
        group.pop();
        done.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn two_rows_share_a_letter_if_and_only_if_they_tie() {
        let mut report = report(&[("s, 1", None), ("s, 2", None), ("s, 3", None), ("s, 4", None)]);
        for (one, other) in [(0, 1), (1, 2), (0, 3)] {
            let titles = [report.rows[one].title(), report.rows[other].title()];
            report.rows[one].ties_with.push(titles[1].clone());
            report.rows[other].ties_with.push(titles[0].clone());
        }
        let rows: Vec<&RowReport> = report.rows.iter().collect();
        assert_eq!(letters(&rows), ["ab", "ac", "c", "b"]);
    }

    #[test]
    fn rows_without_ties_have_no_letter() {
        let report = report(&[("s, 1", None), ("s, 2", None)]);
        let rows: Vec<&RowReport> = report.rows.iter().collect();
        assert_eq!(letters(&rows), ["", ""]);
        assert_eq!(letters(&[]), [""; 0]);
        assert_eq!((name(0), name(25), name(26)), ("a".into(), "z".into(), "a1".into()));
    }
}
