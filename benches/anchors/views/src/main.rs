//! What views cost beside ndarray-npy's and NumPy's: opening, summing, checking.
//!
//! Each row is measured in processes of its own, which take turns; a process gives the least time of many rounds, and the
//! figure is the median over the processes. Ratios are those of one run. NumPy's rows need `python3` with numpy.
//!
//! ```text
//! cargo run --release --manifest-path benches/anchors/views/Cargo.toml [-- TURNS]
//! ```

use memmap2::Mmap;
use ndarray::ArrayView1;
use ndarray_npy::ViewNpyExt;
use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tollgate_view::{Policy, bytemuck, first_invalid, map};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Row, file, and rounds in a process.
const ROWS: [(&str, &str, u32); 23] = [
    ("open, tollgate", "gib", 300),
    ("open, ndarray-npy", "gib", 300),
    ("open, numpy", "gib", 300),
    ("open, tollgate", "mib", 300),
    ("align, tollgate", "mib", 1),
    ("sum, tollgate aligned", "cache", 3000),
    ("sum, tollgate unaligned", "cache", 3000),
    ("sum, tollgate swapped", "cache", 3000),
    ("sum, iter().sum()", "cache", 3000),
    ("sum, numpy", "cache", 3000),
    ("sum-mapped, numpy", "cache", 3000),
    ("bool, tollgate", "cache", 3000),
    ("bool, all()", "cache", 1000),
    ("sum, tollgate aligned", "memory", 7),
    ("sum, tollgate unaligned", "memory", 7),
    ("sum, tollgate swapped", "memory", 7),
    ("sum, iter().sum()", "memory", 7),
    ("sum, numpy", "memory", 7),
    ("sum-mapped, numpy", "memory", 7),
    ("bool, tollgate", "memory", 7),
    ("bool, all()", "memory", 5),
    ("char, tollgate", "cache", 3000),
    ("char, tollgate", "memory", 7),
];

fn bytes(file: &str) -> u64 {
    match file {
        "gib" => 1 << 30,
        "mib" => 1 << 20,
        "cache" => 256 << 10,
        _ => 256 << 20,
    }
}

/// A `.npy` of so many bytes, whose data begins after a header of `header` bytes; a type and its file's name tell it apart.
fn write(path: &Path, descr: &str, header: usize, bytes: u64, fill: &[u8]) -> Result<()> {
    let size: u64 = descr[2..].parse()?;
    let text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({},), }}",
        bytes / size
    );
    let mut file = File::create(path)?;
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header as u16 - 10).to_le_bytes())?;
    file.write_all(format!("{text:width$}\n", width = header - 11).as_bytes())?;
    if fill.is_empty() {
        // Takes no room on the disk, and reads as zeros.
        file.set_len(header as u64 + bytes)?;
    } else {
        for _ in 0..bytes / fill.len() as u64 {
            file.write_all(fill)?;
        }
    }
    Ok(())
}

fn least(rounds: u32, mut body: impl FnMut()) -> f64 {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            body();
            start.elapsed().as_nanos() as f64
        })
        .fold(f64::INFINITY, f64::min)
}

/// Measures one row in this process.
fn measure(row: &str, directory: &Path, file: &str, rounds: u32) -> Result<f64> {
    let path = |kind: &str| directory.join(format!("{file}-{kind}.npy"));
    let plain = path("plain");
    // SAFETY: nobody writes to the files once they are made.
    let open = |kind: &str| unsafe { map(path(kind)) };
    Ok(match row {
        "open, tollgate" => least(rounds, || {
            let view = open("plain").unwrap();
            black_box(view.as_slice::<f64>().unwrap());
        }),
        "open, ndarray-npy" => least(rounds, || {
            let file = File::open(&plain).unwrap();
            // SAFETY: nobody writes to the file once it is made.
            let map = unsafe { Mmap::map(&file) }.unwrap();
            black_box(ArrayView1::<f64>::view_npy(&map).unwrap());
        }),
        "align, tollgate" => {
            let view = open("plain")?;
            let bytes = view.as_bytes();
            let each = |body: &dyn Fn()| least(500, || (0..1000).for_each(|_| body())) / 1000.0;
            let with = each(&|| {
                black_box(bytemuck::try_cast_slice::<u8, f64>(black_box(bytes)).is_ok());
            });
            let without = each(&|| {
                black_box(black_box(bytes).is_empty());
            });
            with - without
        }
        "sum, iter().sum()" => {
            let view = open("plain")?;
            let slice = view.as_slice::<f64>()?;
            least(rounds, || {
                black_box(black_box(slice).iter().sum::<f64>());
            })
        }
        _ if row.starts_with("sum, tollgate") => {
            let kind = row.rsplit(' ').next().unwrap_or_default();
            let view = open(if kind == "aligned" { "plain" } else { kind })?;
            let elements = view.elements::<f64>(Policy::IN_PLACE)?;
            assert_eq!(
                (elements.report().access.name(), elements.report().copied_bytes),
                (kind, 0)
            );
            least(rounds, || {
                black_box(black_box(&elements).sum());
            })
        }
        "bool, tollgate" | "bool, all()" => {
            let view = open("bool")?;
            let bytes = view.as_bytes();
            if row == "bool, all()" {
                least(rounds, || {
                    assert!(black_box(bytes).iter().all(|byte| *byte < 2));
                })
            } else {
                least(rounds, || assert_eq!(first_invalid::<bool>(black_box(bytes)), None))
            }
        }
        "char, tollgate" => {
            let view = open("bool")?;
            let bytes = view.as_bytes();
            // Each four bytes of them are U+0101, a character.
            least(rounds, || assert_eq!(first_invalid::<char>(black_box(bytes)), None))
        }
        _ => return Err(format!("there is no row {row:?}").into()),
    })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [word, row, directory, file, rounds] = arguments.as_slice()
        && word == "--row"
    {
        println!("{}", measure(row, Path::new(directory), file, rounds.parse()?)?);
        return Ok(());
    }
    let turns: usize = arguments.first().map_or(Ok(7), |turns| turns.parse())?;
    let directory = tempfile::tempdir()?;
    let at = |name: &str| directory.path().join(name);
    let values: Vec<f64> = (0..1024).map(f64::from).collect();
    let swapped: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    let native: &[u8] = bytemuck::cast_slice(&values);
    write(&at("gib-plain.npy"), "<f8", 128, bytes("gib"), &[])?;
    write(&at("mib-plain.npy"), "<f8", 128, bytes("mib"), native)?;
    for file in ["cache", "memory"] {
        write(&at(&format!("{file}-plain.npy")), "<f8", 128, bytes(file), native)?;
        write(&at(&format!("{file}-unaligned.npy")), "<f8", 131, bytes(file), native)?;
        write(&at(&format!("{file}-swapped.npy")), ">f8", 128, bytes(file), &swapped)?;
        write(
            &at(&format!("{file}-bool.npy")),
            "|b1",
            128,
            bytes(file),
            &[1, 1, 0, 0].repeat(2048),
        )?;
    }
    let mut times: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for _ in 0..turns {
        for (row, file, rounds) in ROWS {
            let output = if row.ends_with("numpy") {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/views.py");
                let path = at(&format!("{file}-plain.npy"));
                let what = &row[..row.find(',').unwrap_or(0)];
                Command::new("python3")
                    .arg(script)
                    .arg(what)
                    .arg(path)
                    .arg(rounds.to_string())
                    .output()
            } else {
                let program = env::current_exe()?;
                let words = [
                    "--row",
                    row,
                    &directory.path().display().to_string(),
                    file,
                    &rounds.to_string(),
                ];
                Command::new(program).args(words).output()
            }?;
            let text = String::from_utf8(output.stdout)?;
            match text.trim().parse() {
                Ok(time) => times.entry((file, row)).or_default().push(time),
                Err(_) => eprintln!("{row} ({file}): {}", String::from_utf8_lossy(&output.stderr)),
            }
        }
    }
    let median = |file: &str, row: &str| {
        let mut all = times.get(&(file, row))?.clone();
        all.sort_by(f64::total_cmp);
        Some(all[all.len() / 2])
    };
    for (row, file, _) in ROWS {
        if let Some(time) = median(file, row) {
            let size = bytes(file) as f64;
            let rate = if row.starts_with("open") || row.starts_with("align") {
                String::new()
            } else {
                format!("{:8.1} GB/s", size / time)
            };
            println!("{row:26} {:>9} KiB {:>14.1} ns {rate}", bytes(file) >> 10, time);
        }
    }
    let ratios = [
        ("gib", "open, tollgate", "gib", "open, ndarray-npy", "at most 0.5"),
        ("gib", "open, tollgate", "gib", "open, numpy", "at most 0.5"),
        ("gib", "open, tollgate", "mib", "open, tollgate", "independent of size"),
        (
            "cache",
            "sum, iter().sum()",
            "cache",
            "sum, tollgate aligned",
            "at least 2",
        ),
        (
            "memory",
            "sum, iter().sum()",
            "memory",
            "sum, tollgate aligned",
            "at least 2",
        ),
        (
            "cache",
            "sum-mapped, numpy",
            "cache",
            "sum, tollgate aligned",
            "at least 0.9",
        ),
        (
            "cache",
            "sum, numpy",
            "cache",
            "sum, tollgate aligned",
            "NumPy's copy in huge pages",
        ),
        (
            "memory",
            "sum-mapped, numpy",
            "memory",
            "sum, tollgate aligned",
            "at least 0.9",
        ),
        (
            "memory",
            "sum, numpy",
            "memory",
            "sum, tollgate aligned",
            "NumPy's copy in huge pages",
        ),
        (
            "cache",
            "sum, tollgate unaligned",
            "cache",
            "sum, tollgate aligned",
            "at most 1.4",
        ),
        (
            "memory",
            "sum, tollgate unaligned",
            "memory",
            "sum, tollgate aligned",
            "at most 1.4",
        ),
        (
            "cache",
            "sum, tollgate swapped",
            "cache",
            "sum, tollgate aligned",
            "at most 2.2",
        ),
        (
            "memory",
            "sum, tollgate swapped",
            "memory",
            "sum, tollgate aligned",
            "at most 2.2",
        ),
        (
            "cache",
            "bool, tollgate",
            "cache",
            "sum, tollgate aligned",
            "at most 1.2",
        ),
        (
            "memory",
            "bool, tollgate",
            "memory",
            "sum, tollgate aligned",
            "at most 1.2",
        ),
    ];
    println!();
    for (file, row, other_file, other, wanted) in ratios {
        if let (Some(one), Some(two)) = (median(file, row), median(other_file, other)) {
            println!(
                "{:5.2}  {row} / {other}, {} KiB (wanted: {wanted})",
                one / two,
                bytes(file) >> 10
            );
        }
    }
    Ok(())
}
