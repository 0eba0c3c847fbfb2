//! Configuration and lock files, which are used only if nobody else can change them.

use std::io::ErrorKind;
use std::path::Path;
use tollgate_platform::{file, trust};

/// The text of a file that nobody else can change; `None` if it does not exist.
pub(crate) fn trusted_text(path: &Path, allow_writable: bool) -> Result<Option<String>, String> {
    let opened = match file::open_regular(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read it: {error}")),
    };
    match trust::file(&opened) {
        Ok(Some(distrust)) if !allow_writable => {
            return Err(format!(
                "it {distrust}, so it is not used: {}, or allow it with --allow-writable",
                distrust.cure()
            ));
        }
        Ok(_) => {}
        Err(error) => return Err(format!("cannot read it: {error}")),
    }
    let text = std::io::read_to_string(opened).map_err(|error| format!("cannot read it: {error}"))?;
    Ok(Some(text))
}

/// The parser's message in one line, with the line number.
pub(crate) fn said(error: &toml::de::Error, text: &str) -> String {
    let message: Vec<&str> = error.message().split_whitespace().collect();
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", message.join(" ")),
        None => message.join(" "),
    }
}
