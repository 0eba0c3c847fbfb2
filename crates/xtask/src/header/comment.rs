//! The contract's documentation as comments in C.

use super::WIDTH;
use tollgate_abi::{CODES, Docs, LAYOUTS};

/// The paragraphs of a documentation, with names as in C.
pub(super) fn text(docs: Docs) -> Result<Vec<String>, String> {
    let mut paragraphs = vec![String::new()];
    for line in docs.lines() {
        match (line.trim(), paragraphs.last_mut()) {
            ("", _) => paragraphs.push(String::new()),
            (line, Some(last)) if last.is_empty() => last.push_str(line),
            (line, Some(last)) => {
                last.push(' ');
                last.push_str(line);
            }
            (_, None) => {}
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.iter().map(|paragraph| in_c(paragraph)).collect()
}

/// A comment above a declaration, or nothing if there is no documentation.
pub(super) fn block(docs: Docs, indent: &str) -> Result<String, String> {
    let paragraphs = text(docs)?;
    let one = format!("{indent}/* {} */", paragraphs.join(" "));
    match paragraphs.len() {
        0 => return Ok(String::new()),
        1 if one.chars().count() <= WIDTH => return Ok(one + "\n"),
        _ => {}
    }
    let prefix = format!("{indent} *");
    let paragraphs: Vec<String> = paragraphs
        .iter()
        .map(|paragraph| wrapped(paragraph, &format!("{prefix} ")))
        .collect();
    Ok(format!(
        "{indent}/*\n{}{indent} */\n",
        paragraphs.join(&format!("{prefix}\n"))
    ))
}

/// A comment beside a declaration: one sentence without its capital and its full stop, if the documentation is one.
pub(super) fn beside(docs: Docs) -> Result<Option<String>, String> {
    let paragraphs = text(docs)?;
    let [text] = &paragraphs[..] else { return Ok(None) };
    let text = match text.strip_suffix('.') {
        Some(sentence) if !sentence.contains(". ") => uncapitalised(sentence),
        _ => text.clone(),
    };
    Ok(Some(format!("/* {text} */")))
}

/// A name is unchanged, and so is a word of capitals.
fn uncapitalised(sentence: &str) -> String {
    let mut characters = sentence.chars();
    match (characters.next(), characters.as_str().chars().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn wrapped(text: &str, prefix: &str) -> String {
    let mut lines = String::new();
    let mut line = prefix.to_owned();
    for word in text.split(' ') {
        if line.chars().count() + word.chars().count() > WIDTH && line != prefix {
            lines.push_str(line.trim_end());
            lines.push('\n');
            prefix.clone_into(&mut line);
        }
        line.push_str(word);
        line.push(' ');
    }
    lines + line.trim_end() + "\n"
}

/// Replaces Rust's links with C's names, and `null` with C's spelling.
fn in_c(text: &str) -> Result<String, String> {
    let mut rest = text;
    let mut said = String::new();
    while let Some((before, link)) = rest.split_once("[`") {
        let (name, after) = link
            .split_once("`]")
            .ok_or_else(|| format!("unclosed link in {text:?}"))?;
        said.push_str(before);
        said.push_str(&name_in_c(name).ok_or_else(|| format!("[`{name}`] has no name in C, in {text:?}"))?);
        // The target of the link is not needed in C.
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    said.push_str(rest);
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let mut with_null = String::new();
    let mut rest = said.as_str();
    while let Some((before, after)) = rest.split_once("null") {
        let whole = !before.ends_with(word) && !after.starts_with(word);
        with_null.push_str(before);
        with_null.push_str(if whole { "NULL" } else { "null" });
        rest = after;
    }
    Ok(with_null + rest)
}

fn name_in_c(name: &str) -> Option<String> {
    if let Some((codes, name)) = name.split_once("::") {
        return code(codes, name);
    }
    if let Some(layout) = LAYOUTS.iter().find(|layout| layout.rust == name) {
        return Some(format!("tollgate_{}_t", layout.name));
    }
    ["ABI", "MAX_RANK", "ROOM_ALIGNMENT", "STATE", "OWNED"]
        .contains(&name)
        .then(|| format!("TOLLGATE_{name}"))
}

/// The name in C of a code's value.
pub(super) fn code(codes: &str, name: &str) -> Option<String> {
    let known = CODES.iter().find(|known| known.rust == codes)?;
    let known = known.codes.iter().any(|code| code.name == name);
    known.then(|| match (codes, name) {
        ("Level", name) => format!("TOLLGATE_LOG_{name}"),
        // TOLLGATE_TEXT is a kind of attribute value.
        ("Element", "TEXT") => "TOLLGATE_TEXTS".to_owned(),
        (_, name) => format!("TOLLGATE_{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_s_links_become_c_s_names() {
        let said =
            in_c("See [`ABI`](crate::ABI), [`Element::TEXT`] and [`Level::WARN`] of [`Text`]; null, not annulled.");
        assert_eq!(
            said.unwrap(),
            "See TOLLGATE_ABI, TOLLGATE_TEXTS and TOLLGATE_LOG_WARN of tollgate_text_t; NULL, not annulled."
        );
        assert!(in_c("[`Block::new`]").unwrap_err().contains("Block::new"));
    }

    #[test]
    fn long_text_is_wrapped_behind_its_prefix() {
        let text = wrapped(&"word ".repeat(40), " * ");
        assert!(
            text.lines()
                .all(|line| line.starts_with(" * word") && line.len() <= WIDTH),
            "{text}"
        );
        assert_eq!(text.matches("word").count(), 40);
    }

    #[test]
    fn a_sentence_beside_a_field_is_not_capitalised_and_names_are_left_alone() {
        assert_eq!(uncapitalised("The host's own"), "the host's own");
        assert_eq!(uncapitalised("OK or ROOM"), "OK or ROOM");
        assert_eq!(uncapitalised("TOLLGATE_ABI"), "TOLLGATE_ABI");
    }
}
