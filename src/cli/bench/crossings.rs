//! The host's whole call, checks included, of the probe behind each boundary that it can have.

use super::super::failure::Failure;
use super::copies;
use std::hint::black_box;
use std::sync::OnceLock;
use tollgate::{Block, Boundary, Error, Host, Operation, Output};
use tollgate_meter::Row;
use tollgate_platform::page;

/// Payloads that are summed, in bytes, and their names.
const PAYLOADS: [(usize, &str); 6] = [
    (0, "0 B"),
    (64, "64 B"),
    (4 << 10, "4 KiB"),
    (256 << 10, "256 KiB"),
    (4 << 20, "4 MiB"),
    (64 << 20, "64 MiB"),
];

/// A call over so many bytes is not stepped.
const LONG: usize = 256 << 10;

/// As many numbers as the largest payload has, made when a row is called first: 0 to 7 again and again.
fn numbers() -> &'static [f64] {
    static NUMBERS: OnceLock<Vec<f64>> = OnceLock::new();
    NUMBERS.get_or_init(|| {
        let most = PAYLOADS.iter().map(|(bytes, _)| bytes / 8).max().unwrap_or(0);
        let mut numbers = Vec::with_capacity(most);
        // Where there are none, the largest payloads are priced with the luck of the pages that they got.
        let _ = page::prefer_huge(numbers.spare_capacity_mut());
        numbers.extend((0..most).map(|index| (index % 8) as f64));
        numbers
    })
}

/// The rows; those whose file is not in the search path are left out.
pub(crate) fn rows(host: &Host) -> Result<Vec<Row<'static>>, Failure> {
    let mut rows = Vec::new();
    for &boundary in Boundary::ALL {
        if let Some((nothing, call)) = operation(host, boundary, "nothing")? {
            rows.push(empty(boundary, nothing)?.callee("call", call));
        }
    }
    for (bytes, name) in PAYLOADS {
        for &boundary in Boundary::ALL {
            if let Some((sum, call)) = operation(host, boundary, "sum")? {
                rows.push(payload(boundary, sum, bytes, name).callee("call", call));
            }
        }
    }
    Ok(rows)
}

/// The probe's operation behind a boundary, with the address of the function that the host calls for it; or `None`
/// where its file was not built beside this program.
fn operation(host: &Host, boundary: Boundary, name: &str) -> Result<Option<(Operation, usize)>, Failure> {
    match host.open("probe")?.behind(boundary) {
        Ok(plugin) => {
            let Some(functions) = plugin.functions() else {
                return Ok(None);
            };
            // Another plugin of that name has no such operation, or another configuration: it is left out.
            Ok(plugin
                .operation(name)
                .ok()
                .map(|operation| (operation, functions.bare_call() as *const () as usize)))
        }
        Err(Error::BoundaryNotOffered { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn empty(boundary: Boundary, mut nothing: Operation) -> Result<Row<'static>, Failure> {
    static VALUES: [f64; 1] = [1.0];
    static SHAPE: [u64; 1] = [1];
    // Made once: what is priced is the host's call, and not the making of a block.
    let block = Block::of(&VALUES, &SHAPE, &[]).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("the block of the empty operation cannot be made: {error}"),
    })?;
    let mut output = Output::new();
    let body = move |x: u64| match nothing.call_into(black_box(&block), &mut output) {
        Ok(()) => x + 1,
        Err(_) => 0,
    };
    let row = Row::throughput(format!("empty operation, {boundary}"), body)
        .answers(7, 8)
        .boundary(boundary.name())
        .payload(0);
    Ok(copies(row, 0))
}

fn payload(boundary: Boundary, mut sum: Operation, bytes: usize, name: &str) -> Row<'static> {
    let count = bytes / 8;
    let shape = [count as u64];
    // Each eight elements sum to 28, without rounding.
    let expected = (count / 8 * 28) as f64;
    let mut output = Output::new();
    let body = move |_| {
        let Ok(block) = Block::of(&numbers()[..count], &shape, &[]) else {
            return 0;
        };
        match sum.call_into(black_box(&block), &mut output) {
            Ok(()) => output
                .block()
                .and_then(|block| block.as_slice::<f64>().ok()?.first().copied())
                .map_or(0, f64::to_bits),
            Err(_) => 0,
        }
    };
    let row = Row::throughput(format!("sum of {name}, {boundary}"), body)
        .answers(1, expected.to_bits())
        .boundary(boundary.name())
        .payload(bytes as u64)
        .series("sum")
        .prepare(|| {
            numbers();
        });
    // The shape of the output, whatever the payload.
    let row = copies(row, 8);
    match bytes {
        ..LONG => row,
        _ => row.uncounted("stepping so many instructions takes longer than the stepper may"),
    }
}
