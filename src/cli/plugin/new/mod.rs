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
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// The plugin's name: lower-case letters, digits and _, starting with a letter
    name: String,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Create an example instead: a table, a key with named values, and two operations
    #[arg(long)]
    example: bool,
    /// Create the project in this directory, which must not exist, instead of ./NAME
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    Rust,
    C,
}

const AFTER_HELP: &str = "A plugin in Rust runs behind c-abi and stable-abi. With `default-features = false` for \
    tollgate-plugin in its Cargo.toml it runs behind c-abi only, and the first build takes a fifth of the time.

Examples:
  tollgate plugin new gain
  tollgate plugin new gain --lang c --example";

/// How to leave out the part of a plugin in Rust that takes the most time to compile.
const FASTER: &str = "The first build takes a fifth of the time with `default-features = false` in Cargo.toml: the \
    plugin then runs behind c-abi, but not behind stable-abi.\n";

/// A file of a project: its relative path, and its text.
type Template = (&'static str, &'static str);

const RUST: [Template; 4] = [
    ("Cargo.toml", include_str!("rust/Cargo.toml")),
    ("src/lib.rs", include_str!("rust/lib.rs")),
    ("README.md", include_str!("rust/README.md")),
    (".gitignore", "/target\n"),
];

const RUST_EXAMPLE: [Template; 4] = [
    RUST[0],
    ("src/lib.rs", include_str!("rust/example.rs")),
    RUST[2],
    RUST[3],
];

const C: [Template; 5] = [
    ("NAME.c", include_str!("c/plugin.c")),
    ("test.c", concat!(include_str!("c/host.c"), include_str!("c/test.c"))),
    ("Makefile", include_str!("c/Makefile")),
    ("README.md", include_str!("c/README.md")),
    (".gitignore", "/LIBRARY\n/test\n"),
];

const C_EXAMPLE: [Template; 5] = [
    ("NAME.c", include_str!("c/example.c")),
    (
        "test.c",
        concat!(include_str!("c/host.c"), include_str!("c/example_test.c")),
    ),
    C[2],
    C[3],
    C[4],
];

/// What differs between the projects, apart from the code.
struct Project {
    templates: &'static [Template],
    /// What the plugin does, for README.md.
    about: &'static str,
    /// How its operation is named behind the library: `/operation:key=value`.
    called: &'static str,
    /// What to do with the files.
    edit: String,
}

impl Project {
    fn new(arguments: &Arguments) -> Self {
        let sources = match arguments.lang {
            Language::Rust => "`src/lib.rs`".to_owned(),
            Language::C => format!("`{}.c` and `test.c`", arguments.name),
        };
        if arguments.example {
            return Self {
                templates: match arguments.lang {
                    Language::Rust => &RUST_EXAMPLE,
                    Language::C => &C_EXAMPLE,
                },
                about: "Its operation `levels` gives a table, and `normalise` a block. The key `measure` has named values.",
                called: "/normalise:measure=mean",
                edit: format!("Read {sources}, and keep what you need"),
            };
        }
        Self {
            templates: match arguments.lang {
                Language::Rust => &RUST,
                Language::C => &C,
            },
            about: "Its operation `scale` multiplies each sample by `factor`.",
            called: ":factor=0.5",
            edit: format!("Edit the places marked EDIT in {sources}"),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Report, Failure> {
    let name = plain(&arguments.name)?;
    let project = Project::new(arguments);
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
            .map(|part| {
                let part = part.replace("ABOUT", project.about).replace("TO_EDIT", &project.edit);
                let part = part.replace("CALLED", project.called);
                part.replace("LIBRARY", &library).replace("NAME", name)
            })
            .collect();
        filled.join(&crate_path)
    };
    make(&directory)?;
    let mut files = Vec::new();
    for (path, text) in project.templates {
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
        Language::Rust => rust_steps(&place, &directory, &library, project.called),
        Language::C => c_steps(&place, &directory, &library, project.called),
    };
    let language = match arguments.lang {
        Language::Rust => "Rust",
        Language::C => "C",
    };
    let mut text = format!(
        "{}: created a plugin in {language}. {}.\n",
        directory.display(),
        project.edit
    );
    if arguments.lang == Language::Rust {
        text.push_str(FASTER);
    }
    text.push('\n');
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

fn rust_steps(place: &Place, directory: &Path, library: &str, called: &str) -> Vec<String> {
    let tollgate = place.command();
    vec![
        format!("cd {}", place::quoted(directory)),
        "cargo test".to_owned(),
        "cargo build --release".to_owned(),
        format!("{tollgate} plugin validate target/release/{library}"),
        format!("{tollgate} run FILE.npy --plugin target/release/{library}{called}"),
    ]
}

fn c_steps(place: &Place, directory: &Path, library: &str, called: &str) -> Vec<String> {
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
    steps.push(format!("{tollgate} run FILE.npy --plugin ./{library}{called}"));
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
