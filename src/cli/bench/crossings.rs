//! The host's whole call of the probe, checks included, behind each available boundary.

use super::super::failure::Failure;
use super::copies;
use std::hint::black_box;
use std::sync::OnceLock;
use tollgate::{Block, Boundary, Error, Host, Manifest, Operation, Output};
use tollgate_meter::Row;
use tollgate_platform::page;

/// The payloads that are summed, in bytes, with their names.
const PAYLOADS: [(usize, &str); 6] = [
    (0, "0 B"),
    (64, "64 B"),
    (4 << 10, "4 KiB"),
    (256 << 10, "256 KiB"),
    (4 << 20, "4 MiB"),
    (64 << 20, "64 MiB"),
];

/// A call over this many bytes or more is not stepped.
const LONG: usize = 256 << 10;

/// The numbers of the largest payload, made when a row first needs them: 0 to 7, repeated.
fn numbers() -> &'static [f64] {
    static NUMBERS: OnceLock<Vec<f64>> = OnceLock::new();
    NUMBERS.get_or_init(|| {
        let most = PAYLOADS.iter().map(|(bytes, _)| bytes / 8).max().unwrap_or(0);
        let mut numbers = Vec::with_capacity(most);
        // Without huge pages, the price of the largest payloads depends on which pages the system gave.
        let _ = page::prefer_huge(numbers.spare_capacity_mut());
        numbers.extend((0..most).map(|index| (index % 8) as f64));
        numbers
    })
}

/// What runs behind a boundary.
#[derive(Clone, Copy)]
struct Behind {
    boundary: Boundary,
    /// The address of the function that the host calls.
    call: usize,
    /// The language of the probe that runs there. Each has its own source and compiler, so that prices behind
    /// boundaries of different languages do not tell which crossing is cheaper.
    language: &'static str,
}

impl Behind {
    /// Says so of a row.
    fn described(self, row: Row<'static>) -> Row<'static> {
        row.boundary(self.boundary.name())
            .language(self.language)
            .callee("call", self.call)
    }
}

/// The rows. Those whose plugin file is not in the search path are left out.
pub(crate) fn rows(host: &Host) -> Result<Vec<Row<'static>>, Failure> {
    let mut rows = Vec::new();
    for &boundary in Boundary::ALL {
        if let Some((nothing, behind)) = operation(host, boundary, "nothing")? {
            rows.push(empty(nothing, behind)?);
        }
    }
    for (bytes, name) in PAYLOADS {
        for &boundary in Boundary::ALL {
            if let Some((sum, behind)) = operation(host, boundary, "sum")? {
                rows.push(payload(sum, behind, bytes, name));
            }
        }
    }
    Ok(rows)
}

/// The language that a plugin is written in, by the compiler in its manifest.
pub(crate) fn language(manifest: &Manifest) -> &'static str {
    if manifest.compiler.starts_with("rustc") {
        "Rust"
    } else {
        "C"
    }
}

/// The probe's operation behind a boundary; `None` if the plugin's file was not built beside this program.
fn operation(host: &Host, boundary: Boundary, name: &str) -> Result<Option<(Operation, Behind)>, Failure> {
    match host.open_behind("probe", boundary) {
        Ok(plugin) => {
            let Some(functions) = plugin.functions() else {
                return Ok(None);
            };

            // A different plugin of that name lacks the operation or the configuration: it is left out.
            let behind = Behind {
                boundary,
                call: functions.bare_call() as *const () as usize,
                language: language(plugin.manifest()),
            };
            Ok(plugin.operation(name).ok().map(|operation| (operation, behind)))
        }
        Err(Error::BoundaryNotOffered { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn empty(mut nothing: Operation, behind: Behind) -> Result<Row<'static>, Failure> {
    static VALUES: [f64; 1] = [1.0];
    static SHAPE: [u64; 1] = [1];
    // Made once: the row measures the host's call, not the making of a block.
    let block = Block::of(&VALUES, &SHAPE, &[]).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("cannot make the block for the empty operation: {error}"),
    })?;
    let mut output = Output::new();
    let body = move |x: u64| match nothing.call_into(black_box(&block), &mut output) {
        Ok(()) => x + 1,
        Err(_) => 0,
    };
    let row = Row::throughput(format!("empty operation, {}", behind.boundary), body)
        .answers(7, 8)
        .payload(0);
    Ok(copies(behind.described(row), 0))
}

fn payload(mut sum: Operation, behind: Behind, bytes: usize, name: &str) -> Row<'static> {
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
    let row = Row::throughput(format!("sum of {name}, {}", behind.boundary), body)
        .answers(1, expected.to_bits())
        .payload(bytes as u64)
        .series("sum")
        .prepare(|| {
            numbers();
        });
    // The shape of the output, which does not depend on the payload.
    let row = copies(behind.described(row), 8);
    match bytes {
        ..LONG => row,
        _ => row.uncounted("single-stepping this many instructions exceeds the stepper's time limit"),
    }
}
