//! What the user may have meant: the known name that is nearest to an unknown one.

/// The candidate that is nearest to a word, if one is near enough: the word is the beginning of the candidate, or the
/// other way round, or they differ by one typing mistake for each three characters. Case, `-` and `_` do not count.
///
/// For tools: the command uses it for what the host does not know.
#[doc(hidden)]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let word = plain(word);
    let length = word.chars().count();
    let distance = |candidate: &str| {
        let candidate = plain(candidate);
        if candidate == word {
            return 0;
        }
        let shorter = length.min(candidate.chars().count());
        if shorter >= 3 && (candidate.starts_with(&word) || word.starts_with(&candidate)) {
            return 1;
        }
        strsim::damerau_levenshtein(&word, &candidate)
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (length.min(candidate.chars().count()) / 3).max(1) && length > 1)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean NAME?`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!("; did you mean {candidate}?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_typing_mistake_and_a_beginning_are_found_and_another_word_is_not() {
        let known = ["inline", "static-c", "c-abi", "stable-abi"];
        for (word, meant) in [
            ("inlin", Some("inline")),
            ("inilne", Some("inline")),
            ("static_c", Some("static-c")),
            ("Static", Some("static-c")),
            ("cabi", Some("c-abi")),
            ("c-api", Some("c-abi")),
            ("stabel-abi", Some("stable-abi")),
            ("stable", Some("stable-abi")),
            ("pigeon", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word:?}");
        }
        assert_eq!(did_you_mean("cabi", known), "; did you mean c-abi?");
        assert_eq!(did_you_mean("pigeon", known), "");
    }

    proptest! {
        #[test]
        fn a_known_name_is_its_own_nearest(name in "[a-z][a-z-]{1,12}") {
            prop_assert_eq!(nearest(&name, ["zzzzzzzzzzzzzzzz", name.as_str()]), Some(name.as_str()));
        }
    }
}
