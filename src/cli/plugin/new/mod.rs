//! `tollgate plugin new`: creates a project that builds, has a unit test, and marks what to edit.

mod place;

use crate::cli::Report;
use crate::cli::failure::Failure;
use place::Place;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use tollgate_platform::dylib;

/// Names that Rust or Cargo reserves. A crate with such a name does not build.
const RESERVED: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plugin's name: lower-case letters, digits and _, starting with a letter
    name: String,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Create the project in this directory, which must not exist, instead of ./NAME
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
    C,
}

/// A file of a project: its relative path, and its text.
type Template = (&'static str, &'static str);

const RUST: [Template; 4] = [
    ("Cargo.toml", include_str!("rust/Cargo.toml")),
    ("src/lib.rs", include_str!("rust/lib.rs")),
    ("README.md", include_str!("rust/README.md")),
    (".gitignore", "/target\n"),
];

const C: [Template; 5] = [
    ("NAME.c", include_str!("c/plugin.c")),
    ("test.c", include_str!("c/test.c")),
    ("Makefile", include_str!("c/Makefile")),
    ("README.md", include_str!("c/README.md")),
    (".gitignore", "/LIBRARY\n/test\n"),
];

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let name = plain(&arguments.name)?;
    let place = Place::find();
    let directory = arguments.path.clone().unwrap_or_else(|| PathBuf::from(name));
    let library = dylib::file_name(name);
    let crate_path = match arguments.lang {
        Language::Rust => place.plugin_crate()?.display().to_string(),
        Language::C => String::new(),
    };
    // Insert the path last, so that nothing is replaced inside it: a path may contain any of these words.
    let fill = |text: &str| {
        let filled: Vec<String> = text
            .split("PLUGIN_CRATE")
            .map(|part| part.replace("LIBRARY", &library).replace("NAME", name))
            .collect();
        filled.join(&crate_path)
    };
    make(&directory)?;
    let templates: &[Template] = match arguments.lang {
        Language::Rust => &RUST,
        Language::C => &C,
    };
    let mut files = Vec::new();
    for (path, text) in templates {
        let path = path.replace("NAME", name);
        write(&directory.join(&path), &fill(text))?;
        files.push(path);
    }
    if arguments.lang == Language::Rust
        && let Some(versions) = place.versions()
    {
        write(&directory.join("Cargo.lock"), &versions)?;
        files.push("Cargo.lock".to_owned());
    }
    let steps = match arguments.lang {
        Language::Rust => rust_steps(&place, &directory, &library),
        Language::C => c_steps(&place, &directory, &library),
    };
    let (language, edit) = match arguments.lang {
        Language::Rust => ("Rust", "src/lib.rs".to_owned()),
        Language::C => ("C", format!("{name}.c and test.c")),
    };
    let mut text = format!(
        "{}: created a plugin in {language}; edit the places marked EDIT in {edit}\n\n",
        directory.display()
    );
    for step in &steps {
        let _ = writeln!(text, "  {step}");
    }
    let document = json!({
        "name": name,
        "language": language.to_lowercase(),
        "directory": directory.display().to_string(),
        "files": files,
        "library": library,
        "next": steps,
    });
    Ok(Report::new(text, document))
}

/// Checks that a name is valid for a file, a crate and a manifest.
fn plain(name: &str) -> Result<&str, Failure> {
    let first = name.starts_with(|first: char| first.is_ascii_lowercase());
    let rest = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !first || !name.chars().all(rest) || name.len() > 64 {
        return Err(Failure::usage(format!(
            "invalid plugin name {name:?}: use at most 64 lower-case letters, digits and `_`, starting with a letter, \
                such as my_filter"
        )));
    }
    if RESERVED.contains(&name) || name.starts_with("tollgate") {
        return Err(Failure::usage(format!(
            "invalid plugin name {name:?}: the name is reserved by Rust, Cargo or Tollgate; choose another, such as \
                my_{name}"
        )));
    }
    Ok(name)
}

/// Creates the project's directory. An existing directory is never overwritten.
fn make(directory: &Path) -> Result<(), Failure> {
    fs::create_dir(directory).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Work {
            code: "exists",
            message: format!(
                "{} already exists: choose another name, or another directory with --path",
                directory.display()
            ),
        },
        _ => Failure::io(format!("create the directory {}", directory.display()), error),
    })
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(file, text))
        .map_err(|error| Failure::io(format!("write {}", file.display()), error))
}

fn rust_steps(place: &Place, directory: &Path, library: &str) -> Vec<String> {
    let tollgate = place.command();
    vec![
        format!("cd {}", place::quoted(directory)),
        "cargo test".to_owned(),
        "cargo build --release".to_owned(),
        format!("{tollgate} plugin validate target/release/{library}"),
        format!("{tollgate} run FILE.npy --plugin target/release/{library}:factor=0.5"),
    ]
}

fn c_steps(place: &Place, directory: &Path, library: &str) -> Vec<String> {
    let tollgate = place.command();
    let mut steps = vec![format!("cd {}", place::quoted(directory))];
    let make = match place {
        Place::Installed { prefix } => {
            let directory = prefix.join("lib/pkgconfig");
            steps.push(format!("export PKG_CONFIG_PATH={}", place::quoted(&directory)));
            "make check".to_owned()
        }
        Place::Checkout { root } => {
            let include = place::quoted(&root.join("crates/abi/include"));
            format!("make check TOLLGATE_CFLAGS=-I{include} TOLLGATE={tollgate}")
        }
        Place::Elsewhere { .. } => {
            steps.push("export PKG_CONFIG_PATH=PREFIX/lib/pkgconfig".to_owned());
            "make check".to_owned()
        }
    };
    steps.push(make);
    steps.push(format!("{tollgate} run FILE.npy --plugin ./{library}:factor=0.5"));
    steps
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_is_valid_for_a_file_a_crate_and_a_manifest() {
        for name in ["a", "gain", "my_filter2", "names"] {
            assert!(plain(name).is_ok(), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "",
            "2x",
            "_x",
            "My",
            "a-b",
            "a b",
            "a/b",
            "..",
            "a.b",
            "é",
            "fn",
            "test",
            "tollgate_x",
            &long,
        ] {
            assert!(plain(name).is_err(), "{name}");
        }
    }
}
