//! A short list of the differences between two texts, for a message.

/// The most lines that are shown.
const SHOWN: usize = 12;

/// The lines only in `old`, prefixed with `-`, and those only in `new`, prefixed with `+`, in order.
pub(crate) fn between(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // common[i][j]: the length of the longest common subsequence of old[i..] and new[j..].
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            lines.push(format!("-{}", old[i]));
            i += 1;
        } else {
            lines.push(format!("+{}", new[j]));
            j += 1;
        }
    }
    if lines.len() > SHOWN {
        let left_out = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("… {left_out} more lines"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn only_lines_that_differ_are_shown() {
        assert_eq!(between("a\nb\nc\nd", "a\nx\nc\nd"), "-b\n+x");
        assert_eq!(between("a\nb\nc\nd", "x\nb\nc\ny"), "-a\n+x\n-d\n+y");
        assert_eq!(between("a\nb", "a\nb\nc"), "+c");
        assert_eq!(between("a\na\nb", "a\nb"), "-a");
        assert_eq!(between("a", "a"), "");
    }

    #[test]
    fn a_long_difference_is_cut() {
        let long = "x\n".repeat(30);
        assert_eq!(between("", &long).lines().last(), Some("… 18 more lines"));
    }
}
