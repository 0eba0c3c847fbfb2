//! Finds what authors need from the running command's path: the crates, the header, the command itself.

use crate::cli::failure::Failure;
use std::path::{Path, PathBuf};
use std::{env, fs};
use tollgate_platform::directories;

/// The kind of directory that the running command is in.
pub(super) enum Place {
    /// `bin` of a tree that `cargo xtask install` made.
    Installed { prefix: PathBuf },
    /// The target directory of a checkout.
    Checkout { root: PathBuf },
    /// Any other directory.
    Elsewhere { program: PathBuf },
}

impl Place {
    pub(super) fn find() -> Self {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("tollgate"));
        // Resolves links to the command, because the crates and the header lie near the file itself.
        let program = program.canonicalize().unwrap_or(program);
        let installed = program
            .parent()
            .filter(|directory| directory.ends_with("bin"))
            .and_then(Path::parent)
            .filter(|prefix| prefix.join("share/tollgate/rust/plugin/Cargo.toml").is_file());
        if let Some(prefix) = installed {
            return Self::Installed { prefix: prefix.into() };
        }
        let checkout = program
            .ancestors()
            .find(|root| root.join("crates/plugin/Cargo.toml").is_file() && root.join("crates/abi/include").is_dir());
        match checkout {
            Some(root) => Self::Checkout { root: root.into() },
            None => Self::Elsewhere { program },
        }
    }

    /// The directory of the crate `tollgate-plugin`.
    pub(super) fn plugin_crate(&self) -> Result<PathBuf, Failure> {
        match self {
            Self::Installed { prefix } => Ok(prefix.join("share/tollgate/rust/plugin")),
            Self::Checkout { root } => Ok(root.join("crates/plugin")),
            Self::Elsewhere { program } => Err(Failure::Work {
                code: "no-author-crates",
                message: format!(
                    "the crates for Rust plugins were not found near {}, neither in an installed share/tollgate/rust nor in a checkout: install Tollgate with `cargo xtask install --prefix DIR` and run DIR/bin/tollgate",
                    program.display()
                ),
            }),
        }
    }

    /// A lock file with the dependency versions that the authors' crates were tested with. Cargo keeps the entries that
    /// a project needs.
    pub(super) fn versions(&self) -> Option<String> {
        let file = match self {
            Self::Installed { prefix } => prefix.join("share/tollgate/rust/Cargo.lock"),
            Self::Checkout { root } => root.join("Cargo.lock"),
            Self::Elsewhere { .. } => return None,
        };
        fs::read_to_string(file).ok()
    }

    /// The command to type: its name if it is found in PATH, otherwise its path.
    pub(super) fn command(&self) -> String {
        let Some(program) = env::current_exe().ok().and_then(|program| program.canonicalize().ok()) else {
            return "tollgate".to_owned();
        };
        let name = format!("tollgate{}", env::consts::EXE_SUFFIX);
        let path = env::var_os("PATH").unwrap_or_default();
        let first = directories::listed(&path)
            .into_iter()
            .map(|directory| directory.join(&name))
            .find(|file| file.is_file());
        match first.and_then(|first| first.canonicalize().ok()) {
            Some(first) if first == program => "tollgate".to_owned(),
            _ => quoted(&program),
        }
    }
}

/// A path quoted for a shell.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-+@%:,=".contains(character);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        assert_eq!(quoted(Path::new("/opt/tollgate-1.0")), "/opt/tollgate-1.0");
        assert_eq!(quoted(Path::new("/my dir/it's")), "'/my dir/it'\\''s'");
    }
}
