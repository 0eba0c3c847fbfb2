//! `docs/REFUSALS.md` from the error types of `crates/host` and `crates/inspect`: each code with its message, its
//! cause and its cure.

use crate::source::{self, Error};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, Expr, File, ImplItem, Item, ItemEnum, Lit, LitStr, Meta, Pat, Stmt, Token};

/// The generated file.
pub(crate) const FILE: &str = "docs/REFUSALS.md";

const HEAD: &str = "\
<!-- Generated from error.rs and refusal.rs of crates/host and crates/inspect by `cargo xtask codegen`: change those \
files and run\n     that, not this one. -->

# Refusals and errors

Each refusal is one message. With `--json` it also has a code. Codes are stable; messages may be improved:
`{\"error\": {\"code\": \"too-large\", \"message\": \"…\"}}` on standard error, and `verdict` in `tollgate plugin \
inspect`.
A program that embeds the host calls `Error::code`. In the messages below, `{…}` stands for values.
";

/// The enums: name, file, and the document's heading.
const ENUMS: [(&str, &str, &str); 3] = [
    (
        "Refusal",
        "crates/host/src/refusal.rs",
        "## The gate's refusals\n\nEach names the rule that a plugin's file broke, with exit code 1. None of the \
            file's code has run in the host. Exception: before\n\
         `loader`, `layout`, `entry-mismatch`, and `contract-version` of an entry, the system's loader has run its \
         constructors.\n",
    ),
    (
        "Error",
        "crates/host/src/error.rs",
        "## The host's other errors\n\nExit code 2 is a usage error (boundary, operation, configuration); 1 means \
            that the work failed.\n",
    ),
    (
        "Error",
        "crates/inspect/src/error.rs",
        "## Errors of validating and comparing\n\nExit code 2 for `unknown-check`, and 1 for all others.\n",
    ),
];

/// The content of [`FILE`].
pub(crate) fn generate(root: &Path) -> Result<String, Error> {
    document(|file| source::read(&root.join(file)))
}

fn document(read: impl Fn(&str) -> Result<String, Error>) -> Result<String, Error> {
    let mut document = HEAD.to_owned();
    for (name, file, head) in ENUMS {
        let section = section(&read(file)?, name, head);
        document.push_str(&section.map_err(|problem| Error::Refusals(format!("{file}: {problem}")))?);
    }
    Ok(document)
}

/// One enum's part of the document.
fn section(source: &str, name: &str, head: &str) -> Result<String, String> {
    let file = syn::parse_file(source).map_err(|error| error.to_string())?;
    let codes = codes(&file, name)?;
    let mut document = format!("\n{head}");
    for variant in &the_enum(&file, name)?.variants {
        let variant_name = variant.ident.to_string();
        let problem = |problem: &str| format!("{name}::{variant_name} {problem}");
        let Some(codes) = codes.get(&variant_name) else {
            return Err(problem("has no code: add an arm for it in `code()`"));
        };
        if codes.is_empty() {
            continue; // its content has the code
        }
        let sentence = sentence(&variant.attrs).ok_or_else(|| problem("has no message: add #[error(\"…\")]"))?;
        let (cause, cure) = documentation(&variant.attrs);
        let cause = cause.ok_or_else(|| problem("has no documentation: its first paragraph is the cause"))?;
        let cure =
            cure.ok_or_else(|| problem("has no cure: add a paragraph that begins with `Cure: ` to its documentation"))?;
        let codes: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
        let _ = write!(
            document,
            "\n### {}\n\n> {}\n\n{cause} **Cure:** {cure}\n",
            codes.join(", "),
            escaped(&sentence)
        );
    }
    Ok(document)
}

fn the_enum<'a>(file: &'a File, name: &str) -> Result<&'a ItemEnum, String> {
    let found = file.items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == name => Some(item),
        _ => None,
    });
    found.ok_or_else(|| format!("there is no enum {name}"))
}

/// The codes of each variant, from the arms of `code()`. An arm without a literal delegates to its content.
fn codes(file: &File, name: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let body = file.items.iter().find_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() && is_type(&item.self_ty, name) => {
            item.items.iter().find_map(|item| match item {
                ImplItem::Fn(function) if function.sig.ident == "code" => Some(&function.block),
                _ => None,
            })
        }
        _ => None,
    });
    let Some(Block { stmts, .. }) = body else {
        return Err(format!("{name} has no function `code`"));
    };
    let [Stmt::Expr(Expr::Match(arms), None)] = &stmts[..] else {
        return Err(format!("`{name}::code` is not a single match over its variants"));
    };
    let mut codes = BTreeMap::<String, Vec<String>>::new();
    for arm in &arms.arms {
        let variants = match &arm.pat {
            Pat::Or(pattern) => pattern.cases.iter().map(variant).collect(),
            pattern => vec![variant(pattern)],
        };
        for variant in variants {
            let variant = variant.ok_or_else(|| format!("`{name}::code` has an arm that names no variant"))?;
            let codes = codes.entry(variant).or_default();
            if let Expr::Lit(literal) = &*arm.body
                && let Lit::Str(code) = &literal.lit
            {
                codes.push(code.value());
            }
        }
    }
    Ok(codes)
}

fn is_type(ty: &syn::Type, name: &str) -> bool {
    matches!(ty, syn::Type::Path(ty) if ty.path.is_ident(name))
}

/// The variant that a pattern names.
fn variant(pattern: &Pat) -> Option<String> {
    let path = match pattern {
        Pat::Struct(pattern) => &pattern.path,
        Pat::TupleStruct(pattern) => &pattern.path,
        Pat::Path(pattern) => &pattern.path,
        _ => return None,
    };
    (path.segments.len() > 1).then(|| path.segments.last().map(|segment| segment.ident.to_string()))?
}

/// The first paragraph of the documentation, and the one that begins with `Cure:`.
fn documentation(attributes: &[Attribute]) -> (Option<String>, Option<String>) {
    let mut paragraphs = vec![String::new()];
    for attribute in attributes {
        let Meta::NameValue(meta) = &attribute.meta else {
            continue;
        };
        if !meta.path.is_ident("doc") {
            continue;
        }
        let Expr::Lit(literal) = &meta.value else { continue };
        let Lit::Str(line) = &literal.lit else { continue };
        let line = line.value();
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
    let cure = paragraphs
        .iter()
        .find_map(|paragraph| paragraph.strip_prefix("Cure: "))
        .map(capitalised);
    let cause = paragraphs
        .first()
        .filter(|cause| !cause.is_empty() && !cause.starts_with("Cure:"));
    (cause.cloned(), cure)
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// The message in `#[error("…", …)]`, with each argument as the name of what is shown.
fn sentence(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path().is_ident("error"))?;
    let arguments = attribute
        .parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        .ok()?;
    let mut arguments = arguments.iter();
    let Some(Expr::Lit(literal)) = arguments.next() else {
        return None;
    };
    let Lit::Str(format) = &literal.lit else { return None };
    let mut named = BTreeMap::new();
    let mut positional = Vec::new();
    for argument in arguments {
        match argument {
            Expr::Assign(argument) => {
                named.insert(shown(&argument.left), shown(&argument.right));
            }
            argument => positional.push(shown(argument)),
        }
    }
    filled(format, &named, positional.into_iter())
}

/// The format string with a name in each pair of braces.
fn filled(
    format: &LitStr,
    named: &BTreeMap<String, String>,
    mut positional: impl Iterator<Item = String>,
) -> Option<String> {
    let format = format.value();
    let (mut text, mut rest) = (String::new(), format.as_str());
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, after) = after.split_once('}')?;
        let (name, style) = inside.split_once(':').unwrap_or((inside, ""));
        let name = match name {
            "" => positional.next()?,
            // An argument of a tuple variant, which has no name.
            "0" => "reason".to_owned(),
            name => named.get(name).cloned().unwrap_or_else(|| name.to_lowercase()),
        };
        let quote = if style == "?" { "\"" } else { "" };
        let _ = write!(text, "{before}{quote}{{{name}}}{quote}");
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// A short name of what an argument shows: the field that it is made from, or the texts that it selects from.
fn shown(argument: &Expr) -> String {
    match argument {
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Expr::MethodCall(call) => Some(shown(&call.receiver)),
        // What is suggested depends on the mistake.
        Expr::Call(call) if shown(&call.func) == "did you mean" => Some("suggestion".to_owned()),
        Expr::Call(call) => Some(call.args.first().map_or_else(|| shown(&call.func), shown)),
        Expr::Reference(inner) => Some(shown(&inner.expr)),
        Expr::Unary(inner) => Some(shown(&inner.expr)),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::If(choice) => {
            let first = last(&choice.then_branch);
            let other = choice.else_branch.as_ref().map(|(_, other)| match &**other {
                Expr::Block(other) => last(&other.block),
                other => shown(other),
            });
            Some(
                [Some(first), other]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" | "),
            )
        }
        _ => None,
    }
    .map_or_else(|| "…".to_owned(), |name| name.replace('_', " "))
}

/// What a block's last expression shows.
fn last(block: &Block) -> String {
    match block.stmts.last() {
        Some(Stmt::Expr(expression, None)) => shown(expression),
        _ => "…".to_owned(),
    }
}

/// Text with Markdown escaped.
fn escaped(text: &str) -> String {
    text.replace('_', "\\_").replace('*', "\\*").replace('<', "\\<")
}

#[cfg(test)]
mod tests {
    use super::section;

    const SOURCE: &str = r#"
        enum Refusal {
            /// It is too large.
            ///
            /// Cure: make it
            /// smaller.
            #[error("{}: {bytes} bytes; {}", file.display(), if *bytes > 9 { "far too many" } else { "too many" })]
            TooLarge { file: PathBuf, bytes: u64 },
        }
        impl Refusal {
            fn code(&self) -> &'static str {
                match self {
                    Refusal::TooLarge { .. } => "too-large",
                }
            }
        }
        enum Error {
            /// Handed on.
            Refused(Refusal),
        }
        impl Error {
            fn code(&self) -> &'static str {
                match self {
                    Error::Refused(refusal) => refusal.code(),
                }
            }
        }
    "#;

    #[test]
    fn a_variant_becomes_code_sentence_cause_and_cure() {
        let document = ["Refusal", "Error"]
            .map(|name| section(SOURCE, name, "").unwrap())
            .concat();
        let expected = "\n### `too-large`\n\n> {file}: {bytes} bytes; {far too many | too many}\n\nIt is too large. \
            **Cure:** Make it smaller.\n";
        assert!(document.contains(expected), "{document}");
        assert_eq!(document.matches("\n### ").count(), 1, "what is handed on has no entry");
    }

    #[test]
    fn a_variant_without_cause_cure_message_or_code_is_an_error_with_its_name() {
        for (part, instead, needed) in [
            ("/// It is too large.\n", "", "has no documentation"),
            ("/// Cure: make it\n", "/// Make it\n", "has no cure"),
            ("#[error(", "#[other(", "has no message"),
            ("Refusal::TooLarge { .. } => \"too-large\",", "", "has no code"),
        ] {
            assert!(SOURCE.contains(part), "{part}");
            let error = section(&SOURCE.replace(part, instead), "Refusal", "").unwrap_err();
            assert!(error.starts_with(&format!("Refusal::TooLarge {needed}")), "{error}");
        }
    }
}
