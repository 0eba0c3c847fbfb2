//! Finds the running command, and the files that plugin authors need: the crates, the header, the command itself.

use crate::cli::failure::Failure;
use std::path::{Path, PathBuf};
use std::{env, fs};
use tollgate_platform::directories;

/// The location of the running command.
pub(super) enum Place {
    /// In the `bin` directory of an installation made by `cargo xtask install`.
    Installed { prefix: PathBuf },
    /// In the target directory of a checkout.
    Checkout { root: PathBuf },
    /// Anywhere else.
    Elsewhere { program: PathBuf },
}

impl Place {
    pub(super) fn find() -> Self {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("tollgate"));
        // Resolve links: the crates lie beside the real file, not beside a link to it.
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
                    "crates for Rust plugins not found beside {}: it is neither in an installation \
                        (share/tollgate/rust) nor in a checkout; install Tollgate with `cargo xtask install --prefix \
                        DIR` and run DIR/bin/tollgate",
                    program.display()
                ),
            }),
        }
    }

    /// The lock file with the dependency versions that the author's crates were tested with. Cargo keeps the entries
    /// that a project needs.
    pub(super) fn versions(&self) -> Option<String> {
        let file = match self {
            Self::Installed { prefix } => prefix.join("share/tollgate/rust/Cargo.lock"),
            Self::Checkout { root } => root.join("Cargo.lock"),
            Self::Elsewhere { .. } => return None,
        };
        fs::read_to_string(file).ok()
    }

    /// How to call the command: by name if PATH finds this file first, otherwise by path.
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

/// A path, quoted so that a shell reads it as one word.
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
    fn a_shell_reads_a_quoted_path_as_one_word() {
        assert_eq!(quoted(Path::new("/opt/tollgate-1.0")), "/opt/tollgate-1.0");
        assert_eq!(quoted(Path::new("/my dir/it's")), "'/my dir/it'\\''s'");
    }
}
