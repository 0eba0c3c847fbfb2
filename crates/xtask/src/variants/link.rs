//! What is known of a variant that cannot run here: if it is linked, from its files; if it is checked,
//! from the compiler's list of source files.

use super::Error;
use super::outcome::Outcome;
use super::setting::{Builder, Setting, tail, tool};
use super::targets::{Expected, Variant};
use object::{Object, ObjectSymbol};

impl Builder {
    /// Links the command and a plugin, and reads their properties from the files.
    pub(crate) fn link(&self, variant: &Variant, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        let arguments = ["build", "-p", "tollgate-cli", "-p", "tollgate-stats"];
        let output = self.cargo(variant, setting, &arguments, "")?;
        if !output.status.success() {
            return Err(tool("linking the command and a plugin", &tail(&output)));
        }
        let plugin = match variant.target.contains("apple") {
            true => "libstats.dylib",
            false => "libstats.so",
        };
        let read = |name: &str| {
            let path = setting.built().join(name);
            std::fs::read(&path).map_err(|source| Error::Io {
                action: "read",
                path,
                source,
            })
        };
        let (command, plugin) = (read("tollgate")?, read(plugin)?);
        outcome.backend = backend_in(&command);
        let exports = |name: &str| {
            // Mach-O puts an underscore before each name.
            object::File::parse(&*plugin).is_ok_and(|file| {
                let dynamic = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
                let all = file
                    .symbols()
                    .filter(|symbol| symbol.is_definition() && symbol.is_global());
                dynamic.chain(all).any(|symbol| {
                    symbol
                        .name()
                        .is_ok_and(|found| found.trim_start_matches('_').starts_with(name))
                })
            })
        };
        // The stable tier is a symbol that abi_stable mangles.
        for (tier, symbol) in [("c-abi", "tollgate_entry"), ("stable-abi", "1as_0lib_1header_0root")] {
            let said = match exports(symbol) {
                true => "exported, not loaded",
                false => "not exported",
            };
            outcome.plugins.insert(tier.to_owned(), said.to_owned());
        }
        if !exports("tollgate_entry") {
            return Err(tool("linking a plugin", &"it exports no tollgate_entry"));
        }
        outcome.compiler = self.compiler(setting);
        outcome.reached = Some(Expected::Linked);
        Ok(())
    }

    /// Checks the crates without C, and reads the back end from the list of files that the compiler read.
    pub(crate) fn check(&self, variant: &Variant, setting: &Setting, outcome: &mut Outcome) -> Result<(), Error> {
        const CHECKED: [&str; 13] = [
            "check",
            "-p",
            "tollgate-abi",
            "-p",
            "tollgate-platform",
            "-p",
            "tollgate-block",
            "-p",
            "tollgate-view",
            "-p",
            "tollgate-host",
            "-p",
            "tollgate-plugin",
        ];
        let output = self.cargo(variant, setting, &CHECKED, "")?;
        if !output.status.success() {
            return Err(tool("checking", &tail(&output)));
        }
        let directory = setting.built().join("deps");
        let entries = std::fs::read_dir(&directory).map_err(|source| Error::Io {
            action: "list",
            path: directory.clone(),
            source,
        })?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("tollgate_platform-")
                && name.ends_with(".d")
                && let Ok(text) = std::fs::read_to_string(entry.path())
            {
                let read = |backend: &str| text.contains(&format!("sys/{backend}.rs"));
                let backends = ["linux", "macos", "bsd", "windows", "wasi", "fallback"];
                outcome.backend = backends.into_iter().find(|backend| read(backend)).map(str::to_owned);
            }
        }
        outcome.compiler = self.compiler(setting);
        outcome.reached = Some(Expected::Checked);
        Ok(())
    }
}

/// The marker that the crate `platform` leaves in a program.
fn backend_in(program: &[u8]) -> Option<String> {
    let mark = tollgate_platform::BACKEND_MARK.as_bytes();
    let at = program.windows(mark.len()).position(|part| part == mark)? + mark.len();
    let rest = &program[at..];
    let end = rest.iter().position(|byte| *byte == b';')?;
    String::from_utf8(rest[..end].to_vec()).ok()
}
