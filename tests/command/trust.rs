//! Which owners of files and directories are trusted, and where plugins are searched for.

#![cfg(unix)]

use crate::support::{document, library, refusal};
use serde_json::Value as Json;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tollgate::Error;
use tollgate_platform as platform;

fn facility_is_missing() -> bool {
    let mut facilities = platform::facilities().into_iter();
    let trust = facilities.find(|facility| facility.name == "trust").unwrap();
    if let Some(reason) = trust.status.reason() {
        println!("skipped: {reason}");
    }
    trust.status.reason().is_some()
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory with the plugin crc32c.
fn planted() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(platform::dylib::file_name("crc32c"));
    fs::copy(library("crc32c"), &file).unwrap();
    set_mode(&file, 0o755);
    (directory, file)
}

/// Changes a file's user and group, which only root can do.
fn given_away(path: &Path, user: Option<u32>, group: Option<u32>) -> bool {
    let given = chown(path, user, group).is_ok();
    if !given {
        println!("skipped: only root may give files away");
    }
    given
}

/// A user and a group other than this process's and root's.
const OTHER: u32 = 54_321;

/// Runs the command in a directory, with only its own search path.
fn run_in(directory: &Path, arguments: &[&str]) -> Output {
    command(Path::new(env!("CARGO_BIN_EXE_tollgate")), directory, arguments)
        .output()
        .unwrap()
}

fn command(program: &Path, directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env("XDG_DATA_HOME", directory.join("data"))
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    for variable in [
        "TOLLGATE_PLUGIN_PATH",
        "TOLLGATE_LOCKED",
        "TOLLGATE_PROBE",
        "TOLLGATE_ALLOW_WRITABLE",
    ] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn a_search_directory_that_others_can_write_is_refused_unless_it_is_allowed() {
    if facility_is_missing() {
        return;
    }
    let (directory, _file) = planted();
    let path = directory.path();
    let open = |allow| {
        crate::support::builder()
            .plugin_path(path)
            .allow_writable(allow)
            .build()
            .open("crc32c")
    };
    assert!(open(false).is_ok());
    for (mode, taken) in [
        (0o777, false),
        (0o1777, false),
        (0o702, false),
        (0o755, true),
        (0o775, true),
    ] {
        set_mode(path, mode);
        match open(false) {
            Ok(_) => assert!(taken, "{mode:o}"),
            Err(error @ Error::UntrustedDirectory { .. }) => {
                assert!(!taken, "{mode:o}");
                assert_eq!(error.code(), "untrusted-directory");
                let text = error.to_string();
                assert_eq!(
                    text,
                    format!(
                        "{} can be written by everyone, so it is not searched for plugins: remove that permission \
                             (chmod o-w), or allow it with --allow-writable",
                        path.display()
                    )
                );
            }
            Err(other) => panic!("{other}"),
        }
        assert!(open(true).is_ok(), "{mode:o}");
    }
}

#[test]
fn a_directory_of_another_user_or_of_another_writing_group_is_refused() {
    if facility_is_missing() {
        return;
    }
    let (directory, _file) = planted();
    let path = directory.path();
    let open = || {
        crate::support::builder()
            .plugin_path(path)
            .build()
            .open("crc32c")
            .map_err(|error| error.to_string())
    };
    set_mode(path, 0o775);
    if !given_away(path, None, Some(OTHER)) {
        return;
    }
    assert!(open().unwrap_err().contains("can be written by group 54321"));
    set_mode(path, 0o755);
    assert!(open().is_ok(), "a group that may not write does not matter");
    assert!(given_away(path, Some(OTHER), None));
    assert!(open().unwrap_err().contains("is owned by user 54321"));
}

#[test]
fn for_a_plugin_given_by_path_the_file_s_owner_and_mode_count() {
    if facility_is_missing() {
        return;
    }
    let (directory, file) = planted();
    let open = |allow| {
        crate::support::builder()
            .allow_writable(allow)
            .build()
            .open(file.to_str().unwrap())
    };
    // Anyone can write to the directory: for a given path only the file's owner counts.
    set_mode(directory.path(), 0o1777);
    assert!(open(false).is_ok());
    set_mode(&file, 0o757);
    let error = open(false).unwrap_err();
    assert_eq!(error.code(), "untrusted-file");
    assert!(
        error.to_string().ends_with(
            ": it can be written by everyone: remove that permission (chmod o-w), or allow it with --allow-writable"
        ),
        "{error}"
    );
    assert!(open(true).is_ok());
    set_mode(&file, 0o755);
    if given_away(&file, Some(OTHER), None) {
        assert_eq!(open(false).unwrap_err().code(), "untrusted-file");
    }
    // Inspecting runs no code.
    assert!(tollgate_inspect::inspect(&file).is_ok());
}

#[test]
fn plugins_are_listed_although_one_directory_is_refused_and_the_list_names_it() {
    if facility_is_missing() {
        return;
    }
    let ((good, _), (bad, _)) = (planted(), planted());
    set_mode(bad.path(), 0o777);
    let (good, bad) = (good.path().to_str().unwrap(), bad.path().to_str().unwrap());
    let listed = document(&run_in(
        Path::new(good),
        &["plugin", "list", "--json", "--plugin-path", bad, "--plugin-path", good],
    ));
    let names: Vec<&Json> = listed["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plugin| &plugin["name"])
        .collect();
    assert!(names.contains(&&Json::from("crc32c")), "{names:?}");
    assert_eq!(listed["refused"][0]["code"], "untrusted-directory");
    assert!(listed["refused"][0]["message"].as_str().unwrap().starts_with(bad));
    let text = run_in(Path::new(good), &["plugin", "list", "--plugin-path", bad]).stdout;
    assert!(
        String::from_utf8(text)
            .unwrap()
            .contains(&format!("not searched: {bad} can be written by everyone"))
    );
    let allowed = document(&run_in(
        Path::new(good),
        &["plugin", "list", "--json", "--allow-writable", "--plugin-path", bad],
    ));
    assert_eq!(allowed["refused"], Json::Array(Vec::new()));
}

#[test]
fn a_checkout_of_another_user_works_for_root_even_if_it_is_group_writable() {
    if facility_is_missing() {
        return;
    }
    let (directory, file) = planted();
    let program = directory.path().join("tollgate");
    crate::support::copy_command(&program);
    for path in [directory.path(), &file, &program] {
        set_mode(path, 0o775);
        if !given_away(path, Some(OTHER), Some(OTHER)) {
            return;
        }
    }
    let sample = crate::support::sample("nile.npy");
    let run = ["run", sample.to_str().unwrap(), "--plugin", "crc32c", "--json"];
    let ran = command(&program, Path::new("/"), &run)
        .env("XDG_DATA_HOME", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(document(&ran)["chain"][0]["plugin"], "crc32c");
    // The program's owner can change it anyway and is trusted; a third user is not.
    given_away(directory.path(), Some(OTHER + 1), None);
    let refused = command(&program, Path::new("/"), &run)
        .env("XDG_DATA_HOME", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(refusal(&refused).1, "untrusted-directory");
}

#[test]
fn directories_are_searched_in_the_documented_order_and_missing_ones_are_skipped() {
    let work = tempfile::tempdir().unwrap();
    let places = [
        "flag",
        "variable",
        "configured",
        "prefix/bin",
        "prefix/lib/tollgate",
        "data/tollgate/plugins",
    ];
    let program = work.path().join("prefix/bin/tollgate");
    for place in places {
        let directory = work.path().join(place);
        fs::create_dir_all(&directory).unwrap();
        fs::copy(library("crc32c"), directory.join(platform::dylib::file_name("crc32c"))).unwrap();
    }
    crate::support::copy_command(&program);
    fs::write(
        work.path().join("tollgate.toml"),
        "plugin_path = [\"configured\", \"not-there\"]\n",
    )
    .unwrap();
    let find = || {
        let output = command(
            &program,
            work.path(),
            &["plugin", "inspect", "crc32c", "--json", "--plugin-path", "flag"],
        )
        .env("TOLLGATE_PLUGIN_PATH", "variable:also-not-there")
        .output()
        .unwrap();
        document(&output)["file"].as_str().unwrap().to_owned()
    };
    for place in places {
        let file = PathBuf::from(find());
        let file = work.path().canonicalize().unwrap().join(file).canonicalize().unwrap();
        let directory = work.path().canonicalize().unwrap().join(place);
        assert_eq!(file.parent(), Some(directory.as_path()));
        fs::remove_dir_all(&directory).unwrap_or_else(|error| panic!("{place}: {error}"));
        if place == "prefix/bin" {
            // The program's directory.
            fs::create_dir(&directory).unwrap();
            crate::support::copy_command(&program);
        }
    }
}

#[test]
fn a_pinned_plugin_is_refused_after_its_bytes_change_until_it_is_pinned_again() {
    let (directory, file) = planted();
    let sample = crate::support::sample("nile.npy");
    let here = directory.path();
    let run = |more: &[&str]| {
        let run = [
            "run",
            sample.to_str().unwrap(),
            "--plugin",
            "crc32c",
            "--json",
            "--plugin-path",
            ".",
        ];
        run_in(here, &[&run[..], more].concat())
    };
    document(&run(&[]));
    let (code, name, message) = refusal(&run(&["--locked"]));
    assert_eq!((code, name.as_str()), (1, "not-pinned"));
    assert!(message.contains("crc32c is not pinned in tollgate.lock"), "{message}");
    let pin = |arguments: &[&str]| {
        document(&run_in(
            here,
            &[&["plugin", "pin", "--json", "--plugin-path", "."], arguments].concat(),
        ))
    };
    let pinned = pin(&["crc32c"]);
    assert_eq!(pinned["pinned"][0]["name"], "crc32c");
    assert_eq!(pinned["pinned"][0]["before"], Json::Null);
    document(&run(&["--locked"]));

    let before = pinned["pinned"][0]["blake3"].as_str().unwrap().to_owned();
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend(b"one byte more");
    fs::write(&file, bytes).unwrap();
    let after = tollgate_inspect::inspect(&file).unwrap().hash;
    for more in [&[][..], &["--locked"]] {
        let (code, name, message) = refusal(&run(more));
        assert_eq!((code, name.as_str()), (1, "pin-mismatch"));
        for part in [&before, &after, "tollgate plugin pin ./libcrc32c"] {
            assert!(message.contains(part), "{message}");
        }
    }
    let again = pin(&["./libcrc32c.so"].map(|path| {
        if cfg!(target_os = "macos") {
            "./libcrc32c.dylib"
        } else {
            path
        }
    }));
    assert_eq!(
        (&again["pinned"][0]["before"], &again["pinned"][0]["blake3"]),
        (&before.into(), &after.into())
    );
    document(&run(&["--locked"]));
    // A name that is not pinned must not resolve to a file whose own name is pinned.
    fs::rename(&file, here.join(platform::dylib::file_name("other"))).unwrap();
    let mut lock = tollgate::Lock::read(here.join("tollgate.lock"), false).unwrap();
    let pin = lock.pins()["crc32c"].clone();
    lock.pin(
        "other",
        tollgate::Pin {
            blake3: "0".repeat(64),
            ..pin
        },
    );
    lock.write().unwrap();
    let run = [
        "run",
        sample.to_str().unwrap(),
        "--plugin",
        "other",
        "--json",
        "--plugin-path",
        ".",
    ];
    assert_eq!(refusal(&run_in(here, &run)).1, "pin-mismatch");
}

#[test]
fn a_refused_plugin_is_not_pinned_and_the_lock_file_is_unchanged() {
    let (directory, file) = planted();
    let here = directory.path();
    document(&run_in(
        here,
        &["plugin", "pin", "--json", "--plugin-path", ".", "crc32c"],
    ));
    let before = fs::read(here.join("tollgate.lock")).unwrap();
    fs::write(
        here.join(platform::dylib::file_name("cut")),
        &fs::read(&file).unwrap()[..4096],
    )
    .unwrap();
    let (code, name, _) = refusal(&run_in(
        here,
        &["plugin", "pin", "--json", "--plugin-path", ".", "crc32c", "cut"],
    ));
    assert_eq!((code, name.as_str()), (1, "truncated"));
    assert_eq!(fs::read(here.join("tollgate.lock")).unwrap(), before);
}

#[test]
fn flags_override_the_environment_which_overrides_the_configuration() {
    let (directory, _file) = planted();
    let here = directory.path();
    let sample = crate::support::sample("nile.npy");
    let run = |flags: &[&str], variable: &str| {
        let run = ["run", sample.to_str().unwrap(), "--plugin", "crc32c", "--json"];
        let mut command = command(
            Path::new(env!("CARGO_BIN_EXE_tollgate")),
            here,
            &[&run[..], flags].concat(),
        );
        let output = command.env("TOLLGATE_LOCKED", variable).output().unwrap();
        if output.status.success() {
            "ran".to_owned()
        } else {
            refusal(&output).1
        }
    };
    fs::write(here.join("tollgate.toml"), "plugin_path = [\".\"]\nlocked = true\n").unwrap();
    assert_eq!(run(&[], ""), "not-pinned");
    assert_eq!(run(&[], "false"), "ran");
    assert_eq!(run(&["--locked"], "false"), "not-pinned");
    fs::write(here.join("tollgate.toml"), "plugin_path = [\".\"]\n").unwrap();
    assert_eq!(run(&[], ""), "ran");
    assert_eq!(run(&[], "1"), "not-pinned");
    assert_eq!(run(&[], "perhaps"), "usage");
    fs::write(here.join("tollgate.toml"), "lock = true\n").unwrap();
    let (code, name, message) = refusal(&run_in(here, &["plugin", "list", "--json"]));
    assert_eq!((code, name.as_str()), (2, "configuration"));
    assert!(
        message.contains("tollgate.toml: line 1: unknown field `lock`, expected one of `plugin_path`, `locked`"),
        "{message}"
    );
    if !facility_is_missing() {
        fs::write(
            here.join("tollgate.toml"),
            "plugin_path = [\".\"]\nallow_writable = true\n",
        )
        .unwrap();
        set_mode(&here.join("tollgate.toml"), 0o666);
        assert_eq!(run(&[], ""), "configuration");
        assert_eq!(run(&["--allow-writable"], ""), "ran");
    }
}

#[test]
fn a_temporary_directory_mounted_noexec_is_skipped() {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let directory = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let (path, flags) = (fields.next()?, fields.nth(1)?);
        let noexec = flags.split(',').any(|flag| flag == "noexec");
        noexec.then(|| tempfile::tempdir_in(path).ok()).flatten()
    });
    let Some(directory) = directory else {
        println!("skipped: nothing that this user may write to is mounted noexec");
        return;
    };
    let error = platform::file::private_directory_in(&[directory.path().to_owned()]).unwrap_err();
    assert!(error.to_string().contains("mounted noexec"), "{error}");
    let (plugin, _file) = planted();
    let sample = crate::support::sample("nile.npy");
    let run = [
        "run",
        sample.to_str().unwrap(),
        "--plugin",
        "crc32c",
        "--json",
        "--plugin-path",
        ".",
    ];
    let output = command(Path::new(env!("CARGO_BIN_EXE_tollgate")), plugin.path(), &run)
        .env("TMPDIR", directory.path())
        .output()
        .unwrap();
    document(&output);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
