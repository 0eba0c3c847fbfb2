//! Rows that are equal, and two that are not: `cargo xtask repeatability` runs this example repeatedly.
//!
//! `honesty same` measures 20 rows that call the same function through the same loop: ranking any of them is
//! an error.
//! `honesty differ` measures a call, and the same call with one more dependent multiplication, which takes three
//! cycles. It prints the report as JSON.

use std::hint::black_box;
use tollgate_meter::{Options, Row, Rows};

#[inline(never)]
fn callee(x: u64) -> u64 {
    x.wrapping_add(1)
}

/// A body of one type, so that all rows have the same loop.
type Body = Box<dyn FnMut(u64) -> u64>;

fn body(factor: Option<u64>) -> Body {
    let callee = black_box(callee as fn(u64) -> u64);
    match factor {
        None => Box::new(callee),
        Some(factor) => Box::new(move |x| callee(x).wrapping_mul(black_box(factor))),
    }
}

fn rows() -> Result<Rows<'static>, String> {
    let rows = match std::env::args().nth(1).as_deref() {
        Some("same") => (0..20)
            .map(|row| Row::latency(format!("row {row}"), body(None)).answers(7, 8))
            .collect::<Vec<_>>(),
        Some("differ") => vec![
            Row::latency("a call", body(None)).answers(7, 8),
            Row::latency("a call and a multiplication", body(Some(1))).answers(7, 8),
        ],
        _ => return Err("usage: honesty same|differ".to_owned()),
    };
    Ok(rows.into_iter().fold(Rows::new(), Rows::row))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tollgate_meter::run_if_measuring(rows);
    let options = Options {
        count: false,
        ..Options::default()
    };
    let report = tollgate_meter::run(rows()?, &options)?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
