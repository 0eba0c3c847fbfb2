//! The installed C compiler, for plugins that tests build from source.
//!
//! Tests that need one are skipped without one, and fail under `TOLLGATE_REQUIRE_ALL=1`.

use std::path::{Path, PathBuf};
use tollgate_platform::dylib;

/// The flags in docs/PLUGINS.md.
pub(crate) const FLAGS: [&str; 6] = ["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-s"];

pub(crate) const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

/// An installed compiler for C or C++: the one that `cc` selects for this target, with its flags.
pub(crate) struct Compiler {
    pub(crate) tool: cc::Tool,
    standard: &'static str,
}

impl Compiler {
    pub(crate) fn c() -> Option<Self> {
        Self::find(false, "-std=c11")
    }

    pub(crate) fn cpp() -> Option<Self> {
        Self::find(true, "-std=c++11")
    }

    fn find(cpp: bool, standard: &'static str) -> Option<Self> {
        let target = tollgate_platform::variant().target;
        let mut build = cc::Build::new();
        build.cpp(cpp).target(target).host(target).opt_level(2).debug(false);
        let tool = build.cargo_metadata(false).cargo_warnings(false).try_get_compiler();
        let problem = match tool {
            Ok(tool) if tool.is_like_msvc() => "it does not take the flags of GCC and Clang".to_owned(),
            Ok(tool) => match tool.to_command().arg("--version").output() {
                Ok(_) => return Some(Self { tool, standard }),
                Err(error) => format!("{}: {error}", tool.path().display()),
            },
            Err(error) => error.to_string(),
        };
        let language = if cpp { "C++" } else { "C" };
        super::skip(&format!("compiler for {language}"), problem);
        None
    }

    /// Compiles a source, given by its path from the root, into a shared library `name` in `directory`.
    pub(crate) fn build(&self, source: &Path, directory: &Path, name: &str, more: &[&str]) -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = directory.join(dylib::file_name(name));
        let output = self
            .tool
            .to_command()
            .arg(self.standard)
            .args(FLAGS.iter().filter(|flag| !flag.starts_with("-std=")))
            .args(WARNINGS)
            .args(more)
            .args(["-I", "crates/abi/include", "-o"])
            .arg(&file)
            .arg(source)
            .current_dir(root)
            .output()
            .expect("the compiler ran before");
        assert!(
            output.status.success(),
            "{}: {}",
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        file
    }
}

/// The plugin in `tests/c_plugin/<source>`, in a directory that is removed at the end.
pub(crate) fn fixture(compiler: &Compiler, source: &str, more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let name = Path::new(source).file_stem().unwrap().to_str().unwrap();
    let file = compiler.build(&Path::new("tests/c_plugin").join(source), directory.path(), name, more);
    (directory, file)
}
