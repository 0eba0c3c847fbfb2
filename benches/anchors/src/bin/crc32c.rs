//! sigkit's CRC-32C compared with the crates `crc32c` and `crc-fast`, in one interleaved run.
//!
//! ```text
//! cargo run --release --manifest-path benches/anchors/Cargo.toml --bin crc32c
//! ```

use std::error::Error;
use std::hint::black_box;
use tollgate_meter::{Options, Row, Rows, run, run_if_measuring};

const LENGTHS: [(usize, &str); 5] = [
    (16, "16 B"),
    (64, "64 B"),
    (1 << 10, "1 KiB"),
    (64 << 10, "64 KiB"),
    (1 << 20, "1 MiB"),
];

type Implementation = (&'static str, fn(&[u8]) -> u32);

const IMPLEMENTATIONS: [Implementation; 3] = [
    ("sigkit", tollgate_cli::sigkit::crc32c),
    ("crc32c", crc32c::crc32c),
    ("crc-fast", |bytes| crc_fast::crc32_iscsi(bytes)),
];

fn rows() -> Result<Rows<'static>, std::convert::Infallible> {
    let mut rows = Rows::new();
    for (length, name) in LENGTHS {
        let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let expected = u64::from(crc32c::crc32c(&bytes));
        for (implementation, crc) in IMPLEMENTATIONS {
            let bytes = bytes.clone();
            let body = move |_| u64::from(crc(black_box(&bytes)));
            rows.push(
                Row::throughput(format!("{name}, {implementation}"), body)
                    .answers(1, expected)
                    .payload(length as u64),
            );
        }
    }
    Ok(rows)
}

fn main() -> Result<(), Box<dyn Error>> {
    run_if_measuring(rows);
    let Ok(rows) = rows();
    let options = Options {
        count: false,
        ..Options::default()
    };
    let report = run(rows, &options)?;
    println!("{report}");
    for row in report.rows.iter().filter(|row| row.payload >= Some(1024)) {
        println!(
            "{}: {:.1} GB/s",
            row.row,
            row.payload.unwrap_or_default() as f64 / row.ns.min
        );
    }
    Ok(())
}
