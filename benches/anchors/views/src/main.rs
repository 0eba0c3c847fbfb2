//! What views cost, compared with ndarray-npy and NumPy: opening, summing, checking.
//!
//! Each row is measured in separate processes, which take turns. A process gives the minimum of many rounds, and
//! the figure is the median over the processes. Ratios are of one run. NumPy's rows need `python3` with numpy.
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

/// Row, file, and rounds per process.
const ROWS: [(&str, &str, u32); 25] = [
    ("open, tollgate", "gib", 300),
    ("open, ndarray-npy", "gib", 300),
    ("open, numpy", "gib", 300),
    ("open, tollgate", "mib", 300),
    ("align, tollgate", "mib", 1),
    ("sum, tollgate aligned", "cache", 3000),
    ("sum, tollgate read", "cache", 3000),
    ("sum, tollgate unaligned", "cache", 3000),
    ("sum, tollgate swapped", "cache", 3000),
    ("sum, iter().sum()", "cache", 3000),
    ("sum, numpy", "cache", 3000),
    ("sum-mapped, numpy", "cache", 3000),
    ("bool, tollgate", "cache", 3000),
    ("bool, all()", "cache", 1000),
    ("sum, tollgate aligned", "memory", 20),
    ("sum, tollgate read", "memory", 20),
    ("sum, tollgate unaligned", "memory", 20),
    ("sum, tollgate swapped", "memory", 20),
    ("sum, iter().sum()", "memory", 20),
    ("sum, numpy", "memory", 20),
    ("sum-mapped, numpy", "memory", 20),
    ("bool, tollgate", "memory", 20),
    ("bool, all()", "memory", 20),
    ("char, tollgate", "cache", 3000),
    ("char, tollgate", "memory", 20),
];

fn bytes(file: &str) -> u64 {
    match file {
        "gib" => 1 << 30,
        "mib" => 1 << 20,
        "cache" => 256 << 10,
        _ => 256 << 20,
    }
}

/// The kinds of array that a header gives the file: the type that it names, and its size in bytes.
fn kind(row: &str) -> (&'static str, u16) {
    match row {
        "sum, tollgate unaligned" => ("<f8", 131),
        "sum, tollgate swapped" => (">f8", 128),
        _ if row.starts_with("bool") => ("|b1", 128),
        _ if row.starts_with("char") => ("<u4", 128),
        _ => ("<f8", 128),
    }
}

/// Makes the file a `.npy` for `row`, with this many bytes of data.
///
/// Only the header is rewritten: each row uses the same physical pages for the data, because a different choice of
/// pages changes the time of reading 256 MiB by a quarter. All bytes are 0: a valid number in either byte order at any
/// address, and a valid bool and char.
fn make(path: &Path, row: &str, bytes: u64) -> Result<()> {
    let (descr, header) = kind(row);
    let size: u64 = descr[2..].parse()?;
    let text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({},), }}",
        bytes / size
    );
    let mut file = File::options().create(true).truncate(false).write(true).open(path)?;
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header - 10).to_le_bytes())?;
    file.write_all(format!("{text:width$}\n", width = usize::from(header) - 11).as_bytes())?;
    // Clears the rest of a longer header.
    file.write_all(&[0; 8])?;
    // A new file reads as zeros and takes no space on the disk.
    file.set_len(u64::from(header) + bytes)?;
    Ok(())
}

/// Writes the data of a file; `make` adds the header. The data are written because a hole has no pages.
fn fill(path: &Path, bytes: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let block = [0; 8192];
    for _ in 0..(bytes + 192).div_ceil(block.len() as u64) {
        file.write_all(&block)?;
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
fn measure(row: &str, path: &Path, rounds: u32) -> Result<f64> {
    // SAFETY: nobody writes to the file while this process runs.
    let open = || unsafe { map(path) };
    Ok(match row {
        "open, tollgate" => least(rounds, || {
            let view = open().unwrap();
            black_box(view.as_slice::<f64>().unwrap());
        }),
        "open, ndarray-npy" => least(rounds, || {
            let file = File::open(path).unwrap();
            // SAFETY: nobody writes to the file once it is made.
            let map = unsafe { Mmap::map(&file) }.unwrap();
            black_box(ArrayView1::<f64>::view_npy(&map).unwrap());
        }),
        "align, tollgate" => {
            let view = open()?;
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
            let view = open()?;
            let slice = view.as_slice::<f64>()?;
            least(rounds, || {
                black_box(black_box(slice).iter().sum::<f64>());
            })
        }
        _ if row.starts_with("sum, tollgate") => {
            let (view, access) = match row.rsplit(' ').next() {
                Some("read") => (tollgate_view::read(path)?, "aligned"),
                kind => (open()?, kind.unwrap_or_default()),
            };
            let elements = view.elements::<f64>(Policy::IN_PLACE)?;
            assert_eq!(
                (elements.report().access.name(), elements.report().copied_bytes),
                (access, 0)
            );
            least(rounds, || {
                black_box(black_box(&elements).sum());
            })
        }
        "bool, tollgate" | "bool, all()" => {
            let view = open()?;
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
            let view = open()?;
            let bytes = view.as_bytes();
            least(rounds, || assert_eq!(first_invalid::<char>(black_box(bytes)), None))
        }
        _ => return Err(format!("there is no row {row:?}").into()),
    })
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [word, row, path, rounds] = arguments.as_slice()
        && word == "--row"
    {
        println!("{}", measure(row, Path::new(path), rounds.parse()?)?);
        return Ok(());
    }
    let turns: usize = arguments.first().map_or(Ok(7), |turns| turns.parse())?;
    let directory = tempfile::tempdir()?;
    for file in ["mib", "cache", "memory"] {
        fill(&directory.path().join(file), bytes(file))?;
    }
    let mut times: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    for _ in 0..turns {
        for (row, file, rounds) in ROWS {
            let path = directory.path().join(file);
            make(&path, row, bytes(file))?;
            let mut command = if row.ends_with("numpy") {
                let mut command = Command::new("python3");
                command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/views.py"));
                command.arg(&row[..row.find(',').unwrap_or(0)]);
                command
            } else {
                let mut command = Command::new(env::current_exe()?);
                command.args(["--row", row]);
                command
            };
            let output = command.arg(&path).arg(rounds.to_string()).output()?;
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
            "sum, tollgate read",
            "at least 0.9, both in memory",
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
            "sum, tollgate read",
            "at least 0.9, both in memory",
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
