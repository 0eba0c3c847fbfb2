//! The examples run, with the plugins that cargo built for the tests, and say what they should.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of this test's executable, which has the plugins.
fn plugins() -> PathBuf {
    let program = env::current_exe().expect("a test knows its own executable");
    program.parent().expect("an executable is in a directory").to_owned()
}

/// What an example printed.
fn run(name: &str) -> String {
    let plugins = plugins();
    let examples = plugins.parent().unwrap_or(Path::new("")).join("examples");
    let example = examples.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        example.is_file(),
        "{} was not built: run `cargo test -p tollgate` without `--test`, or `cargo build -p tollgate --examples`",
        example.display()
    );
    let output = Command::new(&example).arg(&plugins).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// Asserts that an example prints these lines, in this order.
fn prints(name: &str, lines: &[&str]) {
    let said = run(name);
    let mut rest = said.lines();
    for line in lines {
        assert!(rest.any(|said| said == *line), "no line {line:?} here:\n{said}");
    }
}

#[test]
fn from_a_vec_to_a_printed_table() {
    prints(
        "from_vec",
        &[
            "name  count  nan_count  mean      std  min  max",
            "c0        4          0     3  1.58114    1    5",
            "year          3          0     1701  0.816497  1700  1702",
            "the mean of sunspots is 10.666666666666666",
            "[4.0, 5.0]: [4.5]",
            "the result of stats/describe has no column \"median\"; it has name, count, nan_count, mean, std, min, max",
        ],
    );
}

#[test]
fn strides_stay_in_place_and_copies_are_counted() {
    prints(
        "strided",
        &[
            "a matrix in Fortran order: in place, strides Some([8, 24])",
            "the same for stats: 48 bytes copied, because C order was asked for, and the elements had another",
            "c1        3          0    20   8.16497   10   30",
            "a column of a matrix: in place, strides Some([16])",
            "a view in reverse: 48 bytes copied, because a stride is negative, and a block has no negative strides",
            "  [30.0, 3.0, 20.0, 2.0, 10.0, 1.0]",
            "an iterator: 48 bytes copied, because the elements came from an iterator",
            "refused: the shape [3, 3] with the strides [2, 1] (in elements) reaches 7 elements, and there are 6",
        ],
    );
}

#[test]
fn each_thread_has_a_handle() {
    prints(
        "threads",
        &["thread 0: the mean is 499.5", "thread 3: the mean is 3499.5"],
    );
}

#[test]
fn a_plugin_of_the_program_itself_is_registered() {
    prints(
        "registered",
        &[
            "3 of f64: 0.5 -1 1.5",
            "[0.5, -1.0, 1.5]",
            "config: gain: factor=-1: expected a number of at least 0",
            "element-not-taken: gain/scale does not take i16; it takes f64",
        ],
    );
    assert!(run("registered").contains("plugin-panicked: gain/panic panicked: on purpose"));
}

#[cfg(feature = "serde")]
#[test]
fn a_result_is_a_json_document() {
    prints(
        "document",
        &[
            "  \"columns\": [",
            "      \"name\": \"c0\",",
            "rows stand for \"columns\"",
        ],
    );
}
