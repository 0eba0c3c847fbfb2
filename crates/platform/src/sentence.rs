//! Errors and foreign text as one line, which terminals, logs and documents can show unchanged.

use std::error::Error;

/// Text from a file, a plugin or the system as one line: control characters are escaped.
///
/// ```
/// assert_eq!(tollgate_platform::sentence::one_line("a\u{1b}[2Jb\n"), r"a\u{1b}[2Jb\n");
/// ```
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// An error with all its causes, separated by colons.
pub fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
