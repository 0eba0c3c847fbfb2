//! A recorded measurement, whose text and pictures tests compare with files.

use std::path::Path;
use tollgate_meter::Report;

/// crates/meter/tests/data/24-processes.json as a report: prices, ties and fits of all 24 processes, and the figures of
/// three of them.
const RECORDED: &str = include_str!("../../../tests/golden/bench.json");

pub(crate) fn report() -> Report {
    serde_json::from_str(RECORDED).expect("it was recorded as a document")
}

/// Compares with a file of this package. With `TOLLGATE_BLESS=1` the file is written instead.
pub(crate) fn compare(text: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("TOLLGATE_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, text).expect("the file can be written");
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        text == expected,
        "{file} is not what is made now; TOLLGATE_BLESS=1 writes it anew:\n{text}"
    );
}
