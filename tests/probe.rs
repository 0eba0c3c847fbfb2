//! The probe: plugins that crash, exit or hang when they are loaded do so in a child process, and the host survives.
//!
//! This test is a separate program without a harness, because its `main` must begin with `run_if_worker`, except in the
//! case that tests its absence. Cases that need a C compiler are skipped without one, and fail instead under
//! `TOLLGATE_REQUIRE_ALL=1`.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use support::compiler::{Compiler, fixture};
use support::{block, library};
use tollgate::{Error, Host, HostBuilder, Probe, Refusal, Stage, worker};
use tollgate_platform as platform;

/// Set in a process that does not begin with `run_if_worker`, and in the children that it starts.
const FORGETFUL: &str = "PROBE_TEST_FORGETFUL";

/// Set in a process that opens one plugin.
const OPENER: &str = "PROBE_TEST_OPENER";

fn main() {
    if std::env::var_os(FORGETFUL).is_some() {
        return forget();
    }
    worker::run_if_worker();
    if std::env::var_os(OPENER).is_some() {
        return open_as_asked();
    }
    let tests: [(&str, fn()); 14] = [
        ("a_sound_plugin_passes_and_works", sound),
        ("a_constructor_that_crashes", crash_at_opening),
        ("a_constructor_that_exits_also_with_code_0", exit_at_opening),
        ("a_constructor_that_hangs", hang_at_opening),
        ("a_copy_that_is_probed_goes_with_a_host_that_is_killed", killed_host),
        ("a_constructor_that_forks_or_leaves_a_process", fork_at_opening),
        ("an_entry_that_crashes", crash_at_entry),
        ("a_destructor_that_crashes", crash_at_end),
        ("garbage_behind_valid_headers", garbage),
        ("what_loading_refuses_is_refused_in_the_same_words", refused_by_loading),
        (
            "what_a_plugin_prints_spoils_no_probe_where_streams_can_be_set_aside",
            prints,
        ),
        ("another_program_that_is_a_worker_does", named_worker),
        ("a_program_that_is_no_worker_is_refused", no_worker),
        (
            "a_program_that_forgot_the_call_is_refused_and_starts_nothing",
            forgotten,
        ),
    ];
    for (name, test) in tests {
        test();
        println!("test {name} ... ok");
    }
    for (name, test) in [
        ("a_passed_probe_is_kept_for_later_processes", kept as fn()),
        ("a_kept_probe_that_others_could_have_written_does_not_count", foreign),
    ] {
        test();
        println!("test {name} ... ok");
    }
}

fn prober() -> HostBuilder {
    support::builder().probe(Probe::Always).probe_cache(None)
}

fn open(host: &Host, file: &Path) -> Result<tollgate::Plugin, Error> {
    host.open(file.to_str().expect("the path is UTF-8"))
}

/// Builds the plugin with these faults, and opens it with a probe.
fn refused(more: &[&str], deadline: Duration) -> Refusal {
    let compiler = Compiler::c().expect("the caller has one");
    let (_directory, file) = fixture(&compiler, "at_load.c", more);
    let error = open(&prober().probe_deadline(deadline).build(), &file).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n'), "one sentence: {text}");
    match error {
        Error::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    }
}

const LONG: Duration = Duration::from_secs(60);

/// How this platform reports a crashed plugin.
fn crashed(refusal: &Refusal, signal: &str, expected: Stage) {
    match refusal {
        Refusal::ProbeCrashed { signal: found, stage } => {
            assert!(found.starts_with(signal), "{found}");
            assert_eq!(*stage, expected);
            assert_eq!(refusal.code(), "probe-crashed");
        }
        Refusal::ProbeExited { stage, .. } if cfg!(any(not(unix), tollgate_backend = "fallback")) => {
            assert_eq!(*stage, expected);
        }
        other => panic!("{other:?}"),
    }
}

fn sound() {
    let host = prober().build();
    for name in ["stats", "crc32c"] {
        let plugin = open(&host, &library(name)).unwrap();
        assert_eq!(plugin.manifest().name, name);
        // The second time it is loaded already.
        assert_eq!(open(&host, &library(name)).unwrap().generation(), 1);
    }
    let mut describe = open(&host, &library("stats")).unwrap().operation("describe").unwrap();
    assert!(describe.call(&block(&[1.0, 2.0], &[2])).unwrap().columns().is_some());
}

/// A plugin that forks does so once.
fn fork_at_opening() {
    if Compiler::c().is_none() {
        return;
    }
    if let Some(reason) = platform::child::containment_status().reason() {
        println!("skipped: {reason}");
        return;
    }
    let (twice, on) = ("returned in two processes", "left processes running, which were killed");
    let message = |at_opening: &str| match refused(&[&format!("-DAT_OPENING={at_opening}")], LONG) {
        Refusal::ProbeRefused { message } => message,
        other => panic!("{other:?}"),
    };
    // The system decides which of the two is seen first.
    let found = message("(void)!fork()");
    assert!(found.contains(twice) || found.contains(on), "{found}");
    // It prints its process id if it gets that far, and its alarm ends it if nothing else does.
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("number");
    let sleeper = format!(
        "if (fork() == 0) {{ setsid(); if (fork() == 0) {{ FILE *file = fopen(\"{}\", \"w\"); signal(SIGTERM, \
            SIG_IGN); \
         alarm(300); if (file != NULL) {{ fprintf(file, \"%d\", (int)getpid()); fclose(file); }} for (;;) pause(); }} \
         _exit(0); }}",
        file.display()
    );
    let found = message(&sleeper);
    assert!(found.contains(on), "{found}");
    if let Ok(number) = fs::read_to_string(&file).unwrap_or_default().parse::<u32>() {
        assert!(
            !Path::new(&format!("/proc/{number}/exe")).exists(),
            "the process {number} is left"
        );
    }
}

fn crash_at_opening() {
    if Compiler::c().is_none() {
        return;
    }
    let refusal = refused(&["-DAT_OPENING=*nowhere=1"], LONG);
    crashed(&refusal, "SIGSEGV", Stage::Opening);
    if let Refusal::ProbeCrashed { .. } = &refusal {
        let text = refusal.to_string();
        assert!(
            text.starts_with(
                "it crashed (SIGSEGV, signal 11) while it was opened, which runs its constructors, in the child"
            ),
            "{text}"
        );
    }
    crashed(&refused(&["-DAT_OPENING=abort()"], LONG), "SIGABRT", Stage::Opening);
}

fn exit_at_opening() {
    if Compiler::c().is_none() {
        return;
    }
    for (define, code) in [("-DAT_OPENING=exit(0)", 0), ("-DAT_OPENING=_exit(3)", 3)] {
        let refusal = refused(&[define], LONG);
        assert_eq!(refusal.code(), "probe-exited");
        let Refusal::ProbeExited { code: found, stage } = refusal else {
            panic!("{refusal:?}")
        };
        assert_eq!((found, stage), (code, Stage::Opening));
    }
}

fn hang_at_opening() {
    if Compiler::c().is_none() {
        return;
    }
    let deadline = Duration::from_secs(1);
    let refusal = refused(&["-DAT_OPENING=for(;;)pause()"], deadline);
    assert_eq!(refusal.code(), "probe-hung");
    let text = refusal.to_string();
    assert!(
        text.starts_with("it had not finished after 1 s while it was opened"),
        "{text}"
    );
}

/// On the platforms whose children have a guardian, which removes what they left when their parent is gone.
fn killed_host() {
    let here = tempfile::tempdir().unwrap();
    if !cfg!(all(target_os = "linux", not(tollgate_backend = "fallback"))) {
        return println!("skipped: no guardian outlives the host here");
    }
    let Some(compiler) = Compiler::c() else { return };
    let marks = here.path().join("marks");
    let opening = format!("-DAT_OPENING=for(mark(\"{}\");;)pause()", marks.display());
    let (_directory, file) = fixture(&compiler, "at_load.c", &[&opening]);
    let temporary = here.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    let mut opener = Command::new(std::env::current_exe().unwrap())
        .env(OPENER, "")
        .env("TMPDIR", &temporary)
        .args([&file, &here.path().join("cache")])
        .spawn()
        .unwrap();
    while openings(&marks) == 0 {
        assert!(
            opener.try_wait().unwrap().is_none(),
            "it ended before it opened the file"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(fs::read_dir(&temporary).unwrap().next().is_some(), "the copy is here");
    opener.kill().unwrap();
    opener.wait().unwrap();
    let patience = std::time::Instant::now() + LONG;
    while let Some(left) = fs::read_dir(&temporary).unwrap().next() {
        assert!(std::time::Instant::now() < patience, "{left:?} stayed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn crash_at_entry() {
    if Compiler::c().is_none() {
        return;
    }
    crashed(&refused(&["-DAT_ENTRY=raise(SIGILL)"], LONG), "SIGILL", Stage::Entry);
}

fn crash_at_end() {
    if Compiler::c().is_none() {
        return;
    }
    crashed(&refused(&["-DAT_END=*nowhere=1"], LONG), "SIGSEGV", Stage::Ending);
}

/// Damages the code of a plugin; headers, symbols and manifest stay valid.
fn garbage() {
    use tollgate_test_elf::code;
    let bytes = fs::read(library("stats")).unwrap();
    let Some(code) = code(&bytes) else {
        println!("skipped: this platform's libraries are no ELF files of 64 bits");
        return;
    };
    let directory = platform::file::private_directory().unwrap();
    for (name, filler) in [("zeros", 0x00), ("ones", 0xff), ("fives", 0x55)] {
        let mut bytes = bytes.clone();
        bytes[code.clone()].fill(filler);
        let file = directory.path().join(platform::dylib::file_name(name));
        fs::write(&file, bytes).unwrap();
        assert!(matches!(
            tollgate_inspect::inspect(&file).unwrap().verdict,
            tollgate_inspect::Verdict::Passes
        ));
        let error = open(&prober().build(), &file).unwrap_err();
        assert!(
            ["probe-crashed", "probe-exited"].contains(&error.code()),
            "{name}: {error}"
        );
    }
}

/// The offset of the code in an ELF file.
mod tollgate_test_elf {
    use std::ops::Range;

    pub(crate) fn code(bytes: &[u8]) -> Option<Range<usize>> {
        if !bytes.starts_with(b"\x7fELF\x02") {
            return None;
        }
        let number = |at: usize, size: usize| {
            let mut word = [0; 8];
            word[..size].copy_from_slice(&bytes[at..at + size]);
            u64::from_ne_bytes(word) as usize
        };
        let (table, count) = (number(32, 8), number(56, 2));
        // A segment that is loaded (type 1) and executable (flag 1).
        let entries = (0..count).map(|index| table + 56 * index);
        let mut code = entries.filter(|at| number(*at, 4) == 1 && number(at + 4, 4) & 1 == 1);
        code.next()
            .map(|at| number(at + 8, 8)..number(at + 8, 8) + number(at + 32, 8))
    }
}

fn refused_by_loading() {
    let Some(compiler) = Compiler::c() else { return };
    let mut facilities = platform::facilities().into_iter();
    let resolves = facilities.any(|facility| facility.name == "dylib" && facility.status.reason().is_none());
    for source in ["undefined_symbol.c", "null_entry.c", "small_entry.c"] {
        if source == "undefined_symbol.c" && !resolves {
            println!("skipped: this platform leaves it to the system when imports are resolved");
            continue;
        }
        let (_directory, file) = fixture(&compiler, source, &[]);
        let without = open(&support::builder().build(), &file).unwrap_err();
        let with = open(&prober().build(), &file).unwrap_err();
        assert_eq!((with.code(), with.to_string()), (without.code(), without.to_string()));
    }
    // The layouts of the stable tier matter only to programs that ask for that tier.
    assert!(open(&prober().build(), &library("other_layout")).is_ok());
}

fn prints() {
    let Some(compiler) = Compiler::c() else { return };
    let (_directory, file) = fixture(
        &compiler,
        "at_load.c",
        &[
            // Flushed, so that it is written before the child's answer.
            "-DAT_OPENING=(puts(\"hello\"),fflush(stdout))",
            "-DAT_END=puts(\"bye\")",
        ],
    );
    let opened = open(&prober().build(), &file);
    if cfg!(any(not(unix), tollgate_backend = "fallback")) {
        // This platform cannot redirect a child's streams, as the facility `child` reports: output is refused.
        assert_eq!(opened.unwrap_err().code(), "probe-garbled");
    } else {
        opened.unwrap();
    }
}

fn named_worker() {
    let host = prober().worker_program(env!("CARGO_BIN_EXE_tollgate")).build();
    open(&host, &library("crc32c")).unwrap();
}

fn no_worker() {
    let program = platform::file::private_directory().unwrap().path().join("none");
    let directory = platform::file::private_directory().unwrap();
    let file = support::plant("crc32c", directory.path());
    for program in [program, PathBuf::from("cargo")] {
        let host = prober().worker_program(&program).build();
        let error = open(&host, &file).unwrap_err();
        assert_eq!(error.code(), "no-worker");
        let text = error.to_string();
        assert!(
            text.contains(&*program.to_string_lossy()) && !text.contains('\n'),
            "{text}"
        );
    }
}

/// A program that opens a plugin and does not begin with the call. It prints the result, and so would its children.
fn forget() {
    let error = open(&prober().build(), &library("crc32c")).unwrap_err();
    assert_eq!(error.code(), "no-worker");
    println!("{error}");
}

fn forgotten() {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(FORGETFUL, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // The child did the program's own work, which was to open the plugin: it was refused, and the child exited.
    assert!(
        text.contains("did not greet as a child process in the role \"probe\": it exited with code 0"),
        "{text}"
    );
    // The message quotes the beginning of the child's output.
    let file = library("crc32c").display().to_string();
    assert!(
        text.contains(&format!("after it printed \"{}", &file[..file.len().min(20)])),
        "{text}"
    );
    assert!(
        text.contains("its main must begin by asking for its role, as tollgate::worker::run_if_worker"),
        "{text}"
    );
}

/// Opens a plugin in a new process, which keeps in `cache` which plugins passed. A process loads the same bytes once.
fn open_in_a_new_process(file: &Path, cache: &Path) {
    let program = std::env::current_exe().unwrap();
    let mut opener = Command::new(program);
    let output = opener.env(OPENER, "").args([file, cache]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// In that process.
fn open_as_asked() {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [file, cache] = &arguments[..] else {
        panic!("a file and a cache are asked for")
    };
    let host = prober().probe_cache(Some(cache.clone())).build();
    open(&host, file).unwrap();
}

/// Builds a plugin that leaves a mark each time it is opened.
fn marks(cache: &Path) -> Option<(tempfile::TempDir, PathBuf, PathBuf)> {
    let compiler = Compiler::c()?;
    let marks = cache.join("marks");
    // One byte for each opening, in any process.
    let opening = format!("-DAT_OPENING=mark(\"{}\")", marks.display());
    let (directory, file) = fixture(&compiler, "at_load.c", &[&opening]);
    Some((directory, file, marks))
}

fn openings(marks: &Path) -> u64 {
    fs::metadata(marks).map_or(0, |metadata| metadata.len())
}

fn kept() {
    let cache = platform::file::private_directory().unwrap();
    let Some((_directory, file, marks)) = marks(cache.path()) else {
        return;
    };
    let opened = || open_in_a_new_process(&file, &cache.path().join("probes"));
    opened();
    assert_eq!(openings(&marks), 2, "it was tried, and loaded");
    opened();
    assert_eq!(openings(&marks), 3, "it was loaded");
    let entries = || {
        fs::read_dir(cache.path().join("probes"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    assert_eq!(entries().count(), 1);
    fs::write(entries().next().unwrap(), "damaged").unwrap();
    opened();
    assert_eq!(openings(&marks), 5, "it was tried again, and loaded");
    opened();
    assert_eq!(openings(&marks), 6, "the entry was mended");
}

#[cfg(unix)]
fn foreign() {
    use std::os::unix::fs::PermissionsExt;
    if cfg!(tollgate_backend = "fallback") {
        println!("skipped: this platform does not tell who may write a file");
        return;
    }
    let cache = platform::file::private_directory().unwrap();
    let Some((_directory, file, marks)) = marks(cache.path()) else {
        return;
    };
    let probes = cache.path().join("probes");
    let opened = || open_in_a_new_process(&file, &probes);
    opened();
    let entry = fs::read_dir(&probes).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::metadata(&probes).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&entry).unwrap().permissions().mode() & 0o777, 0o600);
    let before = openings(&marks);
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o666)).unwrap();
    opened();
    assert_eq!(openings(&marks), before + 2, "it was tried, and loaded");
    fs::set_permissions(&probes, fs::Permissions::from_mode(0o1777)).unwrap();
    opened();
    assert_eq!(openings(&marks), before + 4, "it was tried, and loaded");
}

#[cfg(not(unix))]
fn foreign() {
    println!("skipped: this platform does not tell who may write a file");
}
