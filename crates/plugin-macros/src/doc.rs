//! Documentation comments, names and JSON strings for the manifest.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{Attribute, Error, Expr, ExprLit, Lit, Meta, Result};

/// Rust accepts more names than hosts, because hosts pass names on a command line.
pub(crate) fn check_name(name: &Ident, of: &str) -> Result<()> {
    if name.unraw().to_string().is_ascii() {
        return Ok(());
    }
    let problem = format!("the name of {of} must consist of ASCII letters, digits and `_`");
    Err(Error::new(name.span(), problem))
}

/// The documentation in `attributes` as one line: paragraphs and lines are joined with spaces.
pub(crate) fn text(attributes: &[Attribute]) -> String {
    one_line(&lines(attributes))
}

/// The first paragraph of the documentation in `attributes`, as one line.
pub(crate) fn summary(attributes: &[Attribute]) -> String {
    let lines = lines(attributes);
    let paragraph = lines
        .lines()
        .skip_while(|line| line.trim().is_empty())
        .take_while(|line| !line.trim().is_empty());
    one_line(&paragraph.collect::<Vec<_>>().join(" "))
}

/// The lines of the documentation in `attributes`.
fn lines(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line), ..
            }) = &meta.value
        {
            lines.push(line.value());
        }
    }
    lines.join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `text` as a JSON string, with its quotes.
pub(crate) fn json(text: &str) -> String {
    let mut json = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..' ' => json.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}
