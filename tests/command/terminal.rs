//! What a terminal shows besides the text: colours, and progress while there is something to wait for. Nothing of it is
//! in a file, a pipe or a document.

use crate::support::{sample, tollgate, tollgate_with};

const FORCED: &[(&str, &str)] = &[("CLICOLOR_FORCE", "1")];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let error = ["view", "nowhere.npy"];
    let plain = text(tollgate(error).stderr);
    assert!(plain.starts_with("tollgate: nowhere.npy"), "{plain}");
    let coloured = text(tollgate_with(FORCED, error).stderr);
    assert_eq!(
        coloured.replacen("\u{1b}[1m\u{1b}[31mtollgate:\u{1b}[0m", "tollgate:", 1),
        plain
    );
    assert_ne!(coloured, plain);
    let document = ["view", "nowhere.npy", "--json"];
    assert_eq!(tollgate_with(FORCED, document).stderr, tollgate(document).stderr);

    let list = ["plugin", "inspect", "stats"];
    let plain = text(tollgate(list).stdout);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let file = sample("ecg.npy");
    let table = ["run", file.to_str().unwrap(), "--plugin", "stats"];
    let (plain, coloured) = (text(tollgate(table).stdout), text(tollgate_with(FORCED, table).stdout));
    assert!(
        !plain.contains('\u{1b}') && coloured.contains("\u{1b}[1m"),
        "{coloured}"
    );
    assert_eq!(coloured.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), plain);
    let document = ["platform", "--json"];
    assert!(!text(tollgate_with(FORCED, document).stdout).contains('\u{1b}'));
    let refused = [("NO_COLOR", "1")];
    assert_eq!(text(tollgate_with(&refused, table).stdout), plain);
}

/// In a pseudo-terminal, which `script` of util-linux makes.
#[cfg(target_os = "linux")]
mod pseudo {
    use super::{sample, text};
    use crate::support::skip;
    use std::io::ErrorKind;
    use std::path::Path;
    use std::process::{Command, Stdio};

    /// What a terminal receives while a shell runs this line in `here`, where `tollgate` is `$T`.
    fn shown(here: &Path, line: &str, variables: &[(&str, &str)]) -> Option<String> {
        let mut script = Command::new("script");
        script.args(["-qec", line, "/dev/null"]).current_dir(here);
        script
            .env("T", env!("CARGO_BIN_EXE_tollgate"))
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh");
        script
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            // Under CI a terminal is taken to have colours, whatever TERM says.
            .env_remove("CI")
            .envs(variables.iter().copied());
        match script.stdin(Stdio::null()).output() {
            Ok(output) => Some(text(output.stdout)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                skip("script of util-linux", error);
                None
            }
            Err(error) => panic!("script: {error}"),
        }
    }

    #[test]
    fn a_terminal_shows_colours_unless_the_user_wants_none() {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        let Some(coloured) = shown(here, "$T view nowhere.npy", &[]) else {
            return;
        };
        assert!(
            coloured.contains("\u{1b}[31mtollgate:\u{1b}[0m nowhere.npy"),
            "{coloured:?}"
        );
        for (line, variables) in [
            ("$T view nowhere.npy", &[("NO_COLOR", "1")][..]),
            ("$T view nowhere.npy", &[("TERM", "dumb")]),
            ("$T view nowhere.npy --json", &[]),
        ] {
            let plain = shown(here, line, variables).unwrap();
            assert!(!plain.contains('\u{1b}') && plain.contains("nowhere.npy"), "{plain:?}");
        }
    }

    /// Whatever the machine's speed, the input comes later than the spinner.
    #[test]
    fn a_spinner_moves_while_something_is_waited_for_and_is_cleared() {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path();
        std::fs::copy(sample("ecg.npy"), here.join("ecg.npy")).unwrap();
        let line = "{ sleep 2; cat ecg.npy; } | $T view - --json > out.json";
        let Some(shown_while_it_works) = shown(here, line, &[]) else {
            return;
        };
        if !cfg!(feature = "progress") {
            assert_eq!(shown_while_it_works, "");
            return;
        }
        assert!(shown_while_it_works.contains(" reading, "), "{shown_while_it_works:?}");
        assert!(
            shown_while_it_works.ends_with("\r\u{1b}[2K"),
            "{shown_while_it_works:?}"
        );
        let out = std::fs::read_to_string(here.join("out.json")).unwrap();
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(document["file"], "standard input");

        // An error comes after the spinner, on a clear line.
        let failed = shown(here, "{ sleep 2; echo no array; } | NO_COLOR=1 $T view -", &[]).unwrap();
        assert!(failed.contains(" reading, "), "{failed:?}");
        assert!(
            failed.contains("\r\u{1b}[2Ktollgate: standard input: unknown"),
            "{failed:?}"
        );

        // Nothing on a pipe.
        let silent = shown(here, "{ sleep 2; cat ecg.npy; } | $T view - 2>&1 | cat", &[]).unwrap();
        assert!(silent.starts_with("standard input: npy"), "{silent:?}");
    }

    #[test]
    fn a_terminal_as_the_input_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let Some(refused) = shown(directory.path(), "$T view -", &[("NO_COLOR", "1")]) else {
            return;
        };
        assert!(
            refused.starts_with("tollgate: cannot read a file from standard input: it is a terminal"),
            "{refused:?}"
        );
    }
}
