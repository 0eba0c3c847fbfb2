//! How a plugin is named on the command line: `NAME[/OPERATION][@BOUNDARY][:key=value,…]`.

use super::failure::Failure;
use std::convert::Infallible;
use std::env::consts::DLL_SUFFIX;
use std::path::Path;
use std::str::FromStr;
use tollgate::{Boundary, Host, Manifest, Plugin};

/// A step of a chain, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// A name to search for, or a path.
    pub(crate) plugin: String,
    pub(crate) operation: Option<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) config: Option<String>,
}

impl Spec {
    /// The boundary that it names.
    pub(crate) fn boundary(&self) -> Result<Option<Boundary>, Failure> {
        let named = self.boundary.as_deref().map(str::parse::<Boundary>);
        Ok(named.transpose().map_err(tollgate::Error::from)?)
    }

    /// Opens the plugin behind the boundary that it names, or the one that is set for it, with its configuration.
    pub(crate) fn open(&self, host: &Host) -> Result<Plugin, Failure> {
        let plugin = match self.boundary()? {
            Some(boundary) => host.open_behind(&self.plugin, boundary)?,
            None => host.open(&self.plugin)?,
        };
        self.configured(plugin)
    }

    /// The plugin with the configuration that it states.
    pub(crate) fn configured(&self, plugin: Plugin) -> Result<Plugin, Failure> {
        Ok(match &self.config {
            Some(config) => plugin.config(config)?,
            None => plugin,
        })
    }

    /// The operation that it names, or the plugin's only one.
    pub(crate) fn operation_of<'a>(&'a self, manifest: &'a Manifest) -> Result<&'a str, Failure> {
        match (&self.operation, manifest.operations.as_slice()) {
            (Some(name), _) => Ok(name),
            (None, [only]) => Ok(&only.name),
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|operation| operation.name.as_str()).collect();
                Err(Failure::usage(format!(
                    "{name} has several operations: name one, for example {name}/{}; it has {}",
                    names[0],
                    names.join(", "),
                    name = manifest.name
                )))
            }
        }
    }
}

impl FromStr for Spec {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let (plugin, rest) = split_plugin(text);
        let (rest, config) = match rest.split_once(':') {
            Some((rest, config)) => (rest, Some(config.to_owned())),
            None => (rest, None),
        };
        let (rest, boundary) = match rest.split_once('@') {
            Some((rest, boundary)) => (rest, Some(boundary.to_owned())),
            None => (rest, None),
        };
        let operation = rest.strip_prefix('/').map(str::to_owned);
        Ok(Self {
            plugin: plugin.to_owned(),
            operation,
            boundary,
            config,
        })
    }
}

/// Splits the plugin's name or path from what follows it.
fn split_plugin(text: &str) -> (&str, &str) {
    // The longest prefix that is an existing file is the path: a path may contain the characters that end a name.
    if text.contains(['/', '\\']) {
        let ends = text
            .char_indices()
            .filter(|(_, character)| matches!(character, '/' | '@' | ':'));
        let ends = ends.map(|(at, _)| at).chain([text.len()]);
        let longest = ends.filter(|at| Path::new(&text[..*at]).is_file()).max();
        if let Some(at) = longest {
            return text.split_at(at);
        }
        // If no such file exists, the path ends after the shared library's suffix.
        let ends = text.match_indices(DLL_SUFFIX).map(|(at, _)| at + DLL_SUFFIX.len());
        let mut whole = ends.filter(|end| text[*end..].is_empty() || text[*end..].starts_with(['/', '@', ':']));
        if let Some(end) = whole.next() {
            return text.split_at(end);
        }
    }
    // The colon of a drive letter does not start the configuration.
    let drive = matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    let from = if drive { 2 } else { 0 };
    let end = text[from..].find([':', '@']).map_or(text.len(), |at| from + at);
    // `stats/describe` has an operation; `dir/x.bin` and `/opt/x` are paths.
    let slash = text[..end].find('/').filter(|at| {
        let name = &text[..*at];
        !name.is_empty() && !name.contains('.') && !text[at + 1..end].contains(['/', '.'])
    });
    text.split_at(slash.unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<String>, Option<String>, Option<String>) {
        let spec: Spec = text.parse().unwrap_or_else(|never| match never {});
        (spec.plugin, spec.operation, spec.boundary, spec.config)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_name_may_have_operation_boundary_and_configuration() {
        assert_eq!(parts("stats"), ("stats".into(), None, None, None));
        assert_eq!(
            parts("biquad/filter@c-abi:kind=lowpass,cutoff=1000"),
            (
                "biquad".into(),
                some("filter"),
                some("c-abi"),
                some("kind=lowpass,cutoff=1000")
            )
        );
        assert_eq!(
            parts("x:label=\"a@b/c\""),
            ("x".into(), None, None, some("label=\"a@b/c\""))
        );
    }

    #[test]
    fn a_file_that_is_there_ends_where_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let odd = directory.path().join("a:b@c");
        std::fs::create_dir(&odd).unwrap();
        let file = odd.join("plug.bin");
        std::fs::write(&file, "").unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(parts(file), (file.into(), None, None, None));
        assert_eq!(
            parts(&format!("{file}/scale@c-abi:k=1")),
            (file.into(), some("scale"), some("c-abi"), some("k=1"))
        );
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let library = format!("target/a@b/libstats{DLL_SUFFIX}");
        assert_eq!(parts(&library), (library.clone(), None, None, None));
        assert_eq!(
            parts(&format!("{library}/describe@c-abi")),
            (library, some("describe"), some("c-abi"), None)
        );
        assert_eq!(parts("./plugin.bin"), ("./plugin.bin".into(), None, None, None));
        assert_eq!(parts("/opt/plugins/x"), ("/opt/plugins/x".into(), None, None, None));
        assert_eq!(
            parts("C:\\x\\stats.dll:k=1"),
            ("C:\\x\\stats.dll".into(), None, None, some("k=1"))
        );
    }
}
