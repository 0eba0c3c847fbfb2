//! The tiers of one file, and plugins linked into the program: each boundary gives the same results, or says why it is
//! not offered.

use crate::hook;
use crate::support::{block, document, host, library, refusal, required, tollgate};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tollgate::{Boundary, Error, Output, Plugin, Registration, Status, view};
use tollgate_cli::parts;
use tollgate_platform::dylib;
use tollgate_plugin::{Block, Config, Result, Sink, inline, operations};

/// A plugin that is linked into this program.
#[derive(Config)]
struct Own {
    /// What each value is multiplied by.
    #[config(default = 2.0)]
    factor: f64,
}

#[operations]
impl Own {
    /// Multiplies each value by the factor.
    #[operation(takes = [f64], gives = f64)]
    fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let values = input.as_slice::<f64>()?;
        for (to, from) in output.reserve::<f64>(values.len())?.iter_mut().zip(values) {
            *to = from * self.factor;
        }
        output.commit_like(input)
    }

    /// Panics.
    #[operation(takes = [f64], gives = none)]
    fn panics(&mut self, input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        panic!("{PLANTED} over {} values", input.shape()[0])
    }
}

const PLANTED: &str = "planted panic in a part of the program";

/// The plugin's registration, made once, after this program's own hook is installed.
fn own() -> &'static Registration {
    static OWN: LazyLock<Registration> = LazyLock::new(|| {
        hook::install();
        inline!(Own, "own")
    });
    &OWN
}

/// Everything that an operation returned, part by part.
fn parts_of(output: &Output) -> Vec<Vec<u8>> {
    match output.columns() {
        Some(columns) => columns.map(|(_, values)| values.as_bytes().to_vec()).collect(),
        None => vec![output.block().unwrap().as_bytes().to_vec()],
    }
}

fn call(plugin: &Plugin, operation: &str, input: &Block<'_>) -> Vec<Vec<u8>> {
    parts_of(&plugin.operation(operation).unwrap().call(input).unwrap())
}

#[test]
fn the_c_tier_of_a_file_works_whatever_its_stable_tier_is() {
    let mut nothing = host()
        .open("other_layout")
        .unwrap()
        .behind(Boundary::CAbi)
        .unwrap()
        .operation("nothing")
        .unwrap();
    let output = nothing.call(&block(&[1.0], &[1])).unwrap();
    assert!(output.block().is_none());
    assert_eq!(host().open("other_layout").unwrap().boundaries(), [Boundary::CAbi]);
    let file = library("other_layout");
    let run = document(&tollgate([
        "run",
        "samples/nile.npy",
        "--plugin",
        file.to_str().unwrap(),
        "--via",
        "c-abi",
        "--json",
    ]));
    assert_eq!(run["chain"][0]["boundary"], "c-abi");
}

#[test]
fn another_layout_is_refused_in_one_line_that_names_type_field_types_offsets_and_cure() {
    let host = host();
    let plugin = host.open("other_layout").unwrap();
    // Refused the second time too: the first refusal must not leave a module that counts as checked.
    for _ in 0..2 {
        let error = plugin.clone().behind(Boundary::StableAbi).unwrap_err();
        assert_eq!((error.code(), error.is_usage()), ("layout", false));
        let Error::Refused { file, refusal } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(file, &library("other_layout"));
        assert_eq!(
            refusal.to_string(),
            "`Block.rank`: host u32 at byte 16, plugin u64 at byte 16: build the plugin again with this host's \
                tollgate-plugin"
        );
    }
    let mut describe = host
        .open("stats")
        .unwrap()
        .behind(Boundary::StableAbi)
        .unwrap()
        .operation("describe")
        .unwrap();
    assert!(describe.call(&block(&[1.0], &[1])).is_ok());
    assert!(plugin.operation("nothing").unwrap().call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn the_command_refuses_another_layout_with_exit_code_1() {
    let (code, name, message) = refusal(&tollgate([
        "run",
        "samples/nile.npy",
        "--plugin",
        "other_layout",
        "--via",
        "stable-abi",
        "--json",
    ]));
    assert_eq!((code, name.as_str()), (1, "layout"));
    assert!(
        message.ends_with(": build the plugin again with this host's tollgate-plugin"),
        "{message}"
    );
}

#[test]
fn a_plugin_in_c_has_no_stable_tier_and_says_what_to_do() {
    let error = host().open("crc32c").unwrap().behind(Boundary::StableAbi).unwrap_err();
    assert_eq!((error.code(), error.is_usage()), ("boundary-not-offered", true));
    assert_eq!(
        error.to_string(),
        "crc32c cannot run behind stable-abi: its file does not export the stable tier, as plugins in Rust do: \
         use c-abi"
    );
}

#[test]
fn a_plugin_in_c_gives_the_same_bytes_statically_linked_and_from_its_file_on_every_sample() {
    let host = host();
    host.register(Boundary::StaticC, &parts::crc32c()).unwrap();
    let file = host.open("crc32c").unwrap();
    let linked = file.clone().behind(Boundary::StaticC).unwrap();
    assert!(file.file().is_some() && linked.file().is_none());
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension == "md") {
            continue;
        }
        let array = view::read(&path).unwrap().to_array().unwrap();
        let [linked, file] = [&linked, &file].map(|plugin| call(plugin, "checksum", &array.block()));
        assert_eq!(linked, file, "{}", path.display());
        let checksum = crc32c::crc32c(array.as_bytes());
        assert_eq!(linked[0], checksum.to_ne_bytes(), "{}", path.display());
        samples += 1;
    }
    assert_eq!(samples, 5);
}

#[test]
fn a_part_of_the_program_works_and_is_configured_as_a_file_is() {
    let host = crate::support::builder().build();
    host.register(Boundary::Inline, own()).unwrap();
    let plugin = host.open("own").unwrap();
    assert_eq!((plugin.boundary(), plugin.hash()), (Boundary::Inline, None));
    let scaled = |plugin: &Plugin| {
        let output = plugin
            .operation("scale")
            .unwrap()
            .call(&block(&[1.0, -3.0], &[2]))
            .unwrap();
        output.block().unwrap().as_slice::<f64>().unwrap().to_vec()
    };
    assert_eq!(scaled(&plugin), [2.0, -6.0]);
    let plugin = plugin.config("factor=0.5").unwrap();
    assert_eq!(scaled(&plugin), [0.5, -1.5]);
    assert_eq!(plugin.config("facter=1").unwrap_err().code(), "config");
}

#[test]
fn a_panic_in_a_part_of_the_program_is_an_error_and_the_program_s_own_hook_runs() {
    let host = crate::support::builder().build();
    host.register(Boundary::Inline, own()).unwrap();
    let plugin = host.open("own").unwrap();
    let mut panics = plugin.operation("panics").unwrap();
    let before = hook::seen(PLANTED);
    for call in 1..=2 {
        let error = panics.call(&block(&[1.0], &[1])).unwrap_err();
        let Error::Failed {
            status,
            message,
            file,
            line,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(*status, Status::PANICKED);
        assert_eq!(message, &format!("{PLANTED} over 1 values"));
        assert!(file.ends_with("tiers.rs"), "{file}");
        let planted = include_str!("tiers.rs").lines().nth(*line as usize - 1).unwrap();
        assert!(planted.contains("panic!(\"{PLANTED}"), "line {line}: {planted}");
        assert_eq!(hook::seen(PLANTED), before + call);
    }
    assert!(plugin.operation("scale").unwrap().call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn a_part_of_the_program_cannot_be_registered_behind_a_boundary_of_files() {
    let host = crate::support::builder().build();
    for boundary in [Boundary::CAbi, Boundary::StableAbi] {
        let error = host.register(boundary, own()).unwrap_err();
        assert_eq!((error.code(), error.is_usage()), ("boundary-not-offered", true));
        assert_eq!(
            error.to_string(),
            format!(
                "own cannot run behind {boundary}: a plugin that is part of the program runs behind inline or \
                    static-c only"
            )
        );
        assert_eq!(host.open("own").unwrap_err().code(), "plugin-not-found");
    }
}

#[test]
fn a_plugin_lists_the_boundaries_that_it_can_run_behind_here() {
    use Boundary::{CAbi, Inline, StableAbi, StaticC};
    let host = host();
    let of = |name: &str| host.open(name).unwrap().boundaries();
    assert_eq!(of("stats"), [CAbi, StableAbi]);
    assert_eq!(of("crc32c"), [CAbi]);
    host.register(StaticC, &parts::crc32c()).unwrap();
    host.register(StaticC, &parts::probe()).unwrap();
    host.register(Inline, own()).unwrap();
    assert_eq!(of("crc32c"), [StaticC, CAbi]);
    assert_eq!(of("probe"), [StaticC, CAbi, StableAbi]);
    assert_eq!(of("own"), [Inline]);
    assert_eq!(of("stats"), [CAbi, StableAbi]);
}

/// abi_stable's own loader keeps one module for each type: a second file would get the first one's.
#[test]
fn each_file_s_stable_tier_is_its_own_however_many_were_opened_before() {
    let host = host();
    let stable = |name: &str, config: &str| {
        let plugin = host.open(name).unwrap().behind(Boundary::StableAbi).unwrap();
        plugin.config(config).unwrap()
    };
    let plugins = [stable("stats", ""), stable("convert", "to=i16"), stable("probe", "")];
    let names: Vec<&str> = plugins.iter().map(|plugin| plugin.manifest().name.as_str()).collect();
    assert_eq!(names, ["stats", "convert", "probe"]);
    let [stats, convert, probe] = plugins;
    let input = block(&[1.0, 2.0, 6.0], &[3]);
    // Twice, so that each is asked before and after the other: the last one asked must not answer for the other.
    for _ in 0..2 {
        let table = call(&stats, "describe", &input);
        assert_eq!((table[0].as_slice(), table.len()), (&b"c0\0"[..], 7));
        assert_eq!(table[3], 3.0_f64.to_ne_bytes());
        let converted = [1_i16, 2, 6].map(i16::to_ne_bytes).concat();
        assert_eq!(call(&convert, "convert", &input), [converted]);
        assert_eq!(call(&probe, "sum", &input), [9.0_f64.to_ne_bytes()]);
    }
}

/// The temporary directory, file descriptors and threads belong to the whole process, and other tests use them too. So
/// this test runs itself again, alone in a process with its own temporary directory.
#[cfg(target_os = "linux")]
#[test]
fn two_hundred_loads_leave_nothing_behind_but_the_generations() {
    if !dylib::REMOVABLE_WHILE_OPEN {
        println!("skipped: this back end cannot remove a file that is open");
        return;
    }
    const ALONE: &str = "TOLLGATE_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return two_hundred_loads();
    }
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "tiers::two_hundred_loads_leave_nothing_behind_but_the_generations",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .env("TMPDIR", directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
    let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(target_os = "linux")]
fn two_hundred_loads() {
    // A copy needs disk space while it is mapped, and an unoptimised plugin has 11 MB, most of it debug information.
    const LOADS: u32 = if cfg!(debug_assertions) { 30 } else { 200 };
    const NAMES: [&str; 3] = ["stats", "convert", "probe"];
    let count = |directory: &str| fs::read_dir(directory).unwrap().count();
    let private_copies = || {
        let entries = fs::read_dir(std::env::temp_dir()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().starts_with("tollgate-"))
            .count()
    };
    let directory = tempfile::tempdir().unwrap();
    let host = crate::support::builder().plugin_path(directory.path()).build();
    let contents = NAMES.map(|name| fs::read(library(name)).unwrap());
    let load = |number: u32| {
        let which = number as usize % NAMES.len();
        // Bytes after the end change the file's hash, but not its behaviour.
        let content = [contents[which].as_slice(), &number.to_ne_bytes()].concat();
        fs::write(directory.path().join(dylib::file_name(NAMES[which])), content).unwrap();
        let plugin = host.open(NAMES[which]).unwrap();
        assert_eq!(plugin.generation(), number / NAMES.len() as u32 + 1);
        let boundary = [Boundary::CAbi, Boundary::StableAbi][number as usize / NAMES.len() % 2];
        let plugin = plugin
            .config(["", "to=i16", ""][which])
            .unwrap()
            .behind(boundary)
            .unwrap();
        let results = call(
            &plugin,
            ["describe", "convert", "sum"][which],
            &block(&[2.0, 4.0], &[2]),
        );
        assert_eq!(results.len(), [7, 1, 1][which]);
    };
    let census = || (count("/proc/self/fd"), count("/proc/self/task"), private_copies());
    let first = NAMES.len() as u32;
    (0..first).for_each(load);
    let before = census();
    (first..LOADS).for_each(load);
    assert_eq!(census(), before, "file descriptors, threads, private copies");
    assert_eq!(before.2, 0);
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let prefix = std::env::temp_dir().canonicalize().unwrap().join("tollgate-");
    let copies = maps
        .lines()
        .filter_map(|line| line.find(prefix.to_str().unwrap()).map(|at| &line[at..]));
    let mut mapped: Vec<&str> = copies.collect();
    mapped.sort_unstable();
    mapped.dedup();
    assert_eq!(
        mapped.len(),
        LOADS as usize,
        "each generation is mapped, from a file that has no name"
    );
    assert!(mapped.iter().all(|copy| copy.ends_with("(deleted)")), "{mapped:?}");
}

/// Builds `stats` with the installed nightly, and returns its file; `None` without a nightly.
///
/// Other tests use what cargo has built, and do not run cargo: that takes time, and the result depends on the state of
/// the machine. Here it cannot be avoided, because cargo builds a whole workspace with one compiler. It is limited: one
/// plugin with its dependencies, kept in its own directory, without the network.
fn built_by_nightly() -> Option<PathBuf> {
    let toolchains = match Command::new("rustup").args(["toolchain", "list"]).output() {
        Ok(output) => String::from_utf8(output.stdout).unwrap(),
        Err(error) => {
            assert!(
                !required(),
                "rustup is required, to say whether there is a nightly: {error}"
            );
            println!("skipped: there is no rustup here, so no second compiler ({error})");
            return None;
        }
    };
    if !toolchains.lines().any(|line| line.starts_with("nightly-")) {
        // Not even if everything is required: the project is built with the stable compiler.
        println!("skipped: `rustup toolchain list` has no nightly");
        return None;
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/nightly");
    // New warnings of a newer compiler do not matter in this test.
    let status = Command::new("rustup")
        .args(["run", "nightly", "cargo", "build", "--quiet", "--offline", "--locked"])
        .args(["--config", "build.rustflags=['--cap-lints=warn']"])
        .args(["--package", "tollgate-stats", "--target-dir"])
        .arg(&target)
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("RUSTC")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(
        status.success(),
        "`rustup run nightly cargo build` works where there is a nightly: {status}"
    );
    Some(target.join("debug").join(dylib::file_name("stats")))
}

#[test]
fn a_plugin_built_by_another_compiler_gives_the_same_behind_both_tiers() {
    let Some(file) = built_by_nightly() else { return };
    let host = host();
    let (theirs, ours) = (host.open(file.to_str().unwrap()).unwrap(), host.open("stats").unwrap());
    let compilers = [&theirs, &ours].map(|plugin| plugin.manifest().compiler.clone());
    assert!(compilers[0].contains("nightly"), "{}", compilers[0]);
    if compilers[0] == compilers[1] {
        println!("skipped: this program was built by the nightly too");
        return;
    }
    for sample in ["sunspots.npy", "nile.npy", "ecg.npy", "co2.npy", "speech.wav"] {
        let array = view::read(crate::support::sample(sample)).unwrap().to_array().unwrap();
        let results: Vec<_> = [&theirs, &ours]
            .into_iter()
            .flat_map(|plugin| {
                [Boundary::CAbi, Boundary::StableAbi].map(|boundary| {
                    let plugin = plugin.clone().behind(boundary).unwrap();
                    call(&plugin, "describe", &array.block())
                })
            })
            .collect();
        assert!(
            results.iter().all(|result| *result == results[0]),
            "{sample}: {results:?}"
        );
    }
}
