//! `tollgate bench --html` and `--svg`: what is written besides the document and the baseline, and what is refused.

use crate::support::{document, refusal, tollgate};

#[test]
fn page_pictures_document_and_baseline_come_from_one_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let text = |name: &str| path(name).to_str().unwrap().to_owned();
    let output = tollgate([
        "bench",
        "--quick",
        "--only",
        "add, Rust",
        "--only",
        "sum of 64 B",
        "--only",
        "sum of 0 B",
        "--json",
        "--html",
        &text("page.html"),
        "--save",
        &text("base.json"),
        "--svg",
        &text("pictures"),
        "--markdown",
        &text("table.md"),
        "--export-csv",
        &text("rows.csv"),
    ]);
    let printed = document(&output);
    assert_eq!(std::fs::read(path("base.json")).unwrap(), output.stdout);
    let page = std::fs::read_to_string(path("page.html")).unwrap();
    for row in printed["rows"].as_array().unwrap() {
        let name = row["row"].as_str().unwrap();
        let way = name.split_once(", ").unwrap().1.replace('"', "&quot;");
        assert!(page.contains(&way), "{name} is missing in the page");
    }
    for part in [
        "quick run",
        "Cost against payload",
        "How to read it",
        "Machine and method",
    ] {
        assert!(page.contains(part), "{part} is missing in the page");
    }
    for conclusion in printed["conclusions"].as_array().unwrap() {
        let sentence = conclusion["sentence"].as_str().unwrap();
        // What is about a series begins with its name in the list, and stands beside its picture on the page.
        let said = sentence.replace('"', "&quot;");
        let beside = conclusion["figures"].get("series").is_some();
        assert!(beside || page.contains(&said), "{sentence} is missing in the page");
    }
    let table = std::fs::read_to_string(path("table.md")).unwrap();
    let csv = std::fs::read_to_string(path("rows.csv")).unwrap();
    let rows = printed["rows"].as_array().unwrap();
    assert_eq!(
        table.lines().filter(|line| line.starts_with("| ")).count(),
        rows.len() + 1,
        "{table}"
    );
    let mut lines = csv::Reader::from_reader(csv.as_bytes());
    let at = |name: &str| {
        csv.lines()
            .next()
            .unwrap()
            .split(',')
            .position(|heading| heading == name)
            .unwrap()
    };
    for (line, row) in lines.records().map(Result::unwrap).zip(rows) {
        assert_eq!(
            (&line[at("row")], line[at("min_ns")].parse().ok()),
            (row["row"].as_str().unwrap(), row["ns"]["min"].as_f64())
        );
    }
    assert_eq!(csv.lines().count(), rows.len() + 1, "{csv}");
    let mut pictures: Vec<String> = std::fs::read_dir(path("pictures"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    pictures.sort();
    assert_eq!(
        pictures,
        ["overview.svg", "payload-sum.svg", "prices-add.svg", "prices-sum.svg"]
    );
    let picture = std::fs::read_to_string(path("pictures/prices-add.svg")).unwrap();
    assert!(picture.contains("dyn Trait") && picture.ends_with("</svg>"));
}

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
#[test]
fn a_function_of_any_library_has_a_page_too() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page.html");
    let base = directory.path().join("base.json");
    let output = tollgate([
        "bench",
        "--quick",
        "--library",
        "libm.so.6",
        "--symbol",
        "cos",
        "--signature",
        "f64(f64)",
        "--args",
        "0.5",
        "--html",
        page.to_str().unwrap(),
        "--save",
        base.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{output:?}");
    assert!(std::fs::read_to_string(page).unwrap().contains("cos"));
    let check = tollgate([
        "bench",
        "check",
        "--quick",
        "--json",
        "--baseline",
        base.to_str().unwrap(),
    ]);
    let (exit, code, message) = refusal(&check);
    assert_eq!((exit, code.as_str()), (1, "baseline"), "{message}");
    assert!(message.contains("it measures one function"), "{message}");
}

#[test]
fn a_directory_that_cannot_be_created_is_reported_before_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let output = tollgate([
        "bench",
        "--quick",
        "--only",
        "add,",
        "--json",
        "--svg",
        file.to_str().unwrap(),
    ]);
    let (exit, code, message) = refusal(&output);
    assert_eq!((exit, code.as_str()), (1, "io"), "{message}");
    assert!(
        output.stdout.is_empty() && message.contains("cannot make the directory"),
        "{message}"
    );
}
