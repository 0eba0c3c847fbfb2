//! Which boundary a plugin runs behind if the caller names none.

use crate::error::Error;
use crate::kind::Boundary;
use std::collections::BTreeMap;
use std::fmt;

/// The boundary that a plugin runs behind if the caller names none, and what set it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chosen {
    /// The boundary.
    pub boundary: Boundary,
    /// What set it.
    pub set_by: SetBy,
}

/// What set a boundary. Displayed as a phrase, such as `plugins.stats.boundary in tollgate.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetBy {
    /// Nothing: it is the default.
    Default,
    /// The program ([`HostBuilder::boundary`](crate::HostBuilder::boundary)), with the name that it gave.
    Program(String),
    /// The key `boundary` of the configuration file, for all plugins.
    All,
    /// The key `boundary` of this plugin's table in the configuration file.
    Plugin(String),
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetBy::Default => f.write_str("the default"),
            SetBy::Program(name) => f.write_str(name),
            SetBy::All => f.write_str("the key boundary of the configuration file"),
            SetBy::Plugin(name) => write!(f, "the key plugins.{name}.boundary of the configuration file"),
        }
    }
}

/// A host's choices. The program's own overrides the file's; in the file, a plugin's own overrides that for all.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    pub(crate) program: Option<(Boundary, String)>,
    pub(crate) all: Option<Boundary>,
    pub(crate) plugins: BTreeMap<String, Boundary>,
}

impl Choices {
    /// The choice for a plugin that has these names: the one in its manifest, and the one that it was searched by.
    /// `None` if nobody chose.
    pub(crate) fn of(&self, names: &[&str]) -> Option<Chosen> {
        let chosen = |boundary, set_by| Some(Chosen { boundary, set_by });
        if let Some((boundary, name)) = &self.program {
            return chosen(*boundary, SetBy::Program(name.clone()));
        }
        for name in names {
            if let Some(boundary) = self.plugins.get(*name) {
                return chosen(*boundary, SetBy::Plugin((*name).to_owned()));
            }
        }
        self.all.and_then(|boundary| chosen(boundary, SetBy::All))
    }
}

impl Chosen {
    /// An error of a plugin behind this boundary, with what set it.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match error {
            Error::BoundaryNotOffered {
                plugin,
                boundary,
                reason,
            } => Error::BoundaryNotOffered {
                plugin,
                boundary,
                reason: format!("{reason} (set by {})", self.set_by),
            },
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_overrides_a_plugin_s_own_key_which_overrides_the_key_for_all() {
        let mut choices = Choices::default();
        assert_eq!(choices.of(&["stats"]), None);
        choices.all = Some(Boundary::StableAbi);
        choices.plugins.insert("stats".to_owned(), Boundary::Inline);
        let of = |choices: &Choices, names: &[&str]| {
            let chosen = choices.of(names).unwrap();
            (chosen.boundary, chosen.set_by.to_string())
        };
        let key = |key: &str| format!("the key {key} of the configuration file");
        assert_eq!(of(&choices, &["crc32c"]), (Boundary::StableAbi, key("boundary")));
        let own = (Boundary::Inline, key("plugins.stats.boundary"));
        assert_eq!(of(&choices, &["stats"]), own);
        assert_eq!(of(&choices, &["statistics", "stats"]), own);
        choices.program = Some((Boundary::CAbi, "TOLLGATE_BOUNDARY".to_owned()));
        assert_eq!(
            of(&choices, &["stats"]),
            (Boundary::CAbi, "TOLLGATE_BOUNDARY".to_owned())
        );
    }
}
