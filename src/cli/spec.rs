//! How a plugin is named on the command line: `NAME[/OPERATION][@BOUNDARY][:key=value,…]`.

use std::convert::Infallible;
use std::env::consts::DLL_SUFFIX;
use std::str::FromStr;

/// A step of a chain, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    /// A name to search for, or a path.
    pub(crate) plugin: String,
    pub(crate) operation: Option<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) config: Option<String>,
}

impl FromStr for Spec {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        // A drive letter's colon does not begin the configuration.
        let drive = text.len() > 2
            && text.as_bytes()[0].is_ascii_alphabetic()
            && text.as_bytes()[1] == b':'
            && matches!(text.as_bytes()[2], b'/' | b'\\');
        let searched = if drive { 2 } else { 0 };
        let (head, config) = match text[searched..].find(':') {
            Some(at) => (&text[..searched + at], Some(text[searched + at + 1..].to_owned())),
            None => (text, None),
        };
        let (head, boundary) = match head.rsplit_once('@') {
            Some((head, boundary)) if !boundary.contains(['/', '\\']) => (head, Some(boundary.to_owned())),
            _ => (head, None),
        };
        // `stats/describe` and `dir/libstats.so/describe` have an operation; `dir/libstats.so` and `dir/x/y` have none.
        let (plugin, operation) = match head.rsplit_once('/') {
            Some((plugin, operation))
                if !head.ends_with(DLL_SUFFIX)
                    && (plugin.ends_with(DLL_SUFFIX) || !plugin.contains(['/', '\\', '.']))
                    && !plugin.is_empty() =>
            {
                (plugin, Some(operation.to_owned()))
            }
            _ => (head, None),
        };
        Ok(Self {
            plugin: plugin.to_owned(),
            operation,
            boundary,
            config,
        })
    }
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
