//! What a call costs in plain Rust: inlined or not, through a trait object, the C calling convention, a pointer.
//!
//! `cargo run --release --example prices [-- --quick | --json]`

use std::hint::black_box;
use tollgate_meter::{Options, Row, Rows};

#[inline(never)]
fn not_inlined(x: u64) -> u64 {
    x.wrapping_add(1)
}

#[inline(never)]
extern "C" fn c_convention(x: u64) -> u64 {
    x.wrapping_add(1)
}

trait Step {
    fn step(&self, x: u64) -> u64;
}

struct One;

impl Step for One {
    #[inline(never)]
    fn step(&self, x: u64) -> u64 {
        x.wrapping_add(1)
    }
}

#[inline(never)]
fn sum(values: &[u64], x: u64) -> u64 {
    values.iter().fold(x, |sum, value| sum.wrapping_add(*value))
}

fn rows() -> Result<Rows<'static>, std::convert::Infallible> {
    let object: Box<dyn Step> = black_box(Box::new(One));
    let pointer: extern "C" fn(u64) -> u64 = black_box(c_convention);
    let values = black_box([1u64, 2, 3, 4]);
    let text = black_box("sixteen bytes...");
    Ok(Rows::new()
        .row(Row::latency("nothing", |x| x).answers(7, 7))
        .row(
            Row::latency("inlined add", |x| x.wrapping_add(1))
                .answers(7, 8)
                .boundary("inline"),
        )
        .row(
            Row::latency("not inlined", not_inlined)
                .answers(7, 8)
                .callee("not_inlined", not_inlined as *const () as usize),
        )
        .row(
            Row::latency("extern \"C\"", |x| c_convention(x))
                .answers(7, 8)
                .callee("c_convention", c_convention as *const () as usize),
        )
        .row(
            Row::latency("function pointer", move |x| pointer(x))
                .answers(7, 8)
                .callee("c_convention", c_convention as *const () as usize),
        )
        .row(
            Row::latency("dyn Trait", move |x| object.step(x))
                .answers(7, 8)
                .callee("One::step", <One as Step>::step as *const () as usize),
        )
        .row(
            Row::latency("slice of 4", move |x| sum(&values, x))
                .answers(7, 17)
                .callee("sum", sum as *const () as usize),
        )
        .row(Row::latency("allocation", |x| *black_box(Box::new(x))).answers(7, 7))
        .row(
            Row::latency("CString of 16 bytes", move |x| {
                let text = std::ffi::CString::new(text).expect("it holds no zero");
                x ^ black_box(&text).as_bytes().len() as u64
            })
            .answers(7, 7 ^ 16),
        )
        .row(
            Row::latency("Instant::now", |x| {
                black_box(std::time::Instant::now());
                x
            })
            .answers(7, 7),
        )
        .row(
            Row::latency("f64::floor", |x| f64::from_bits(x).floor().to_bits())
                .answers(2.5f64.to_bits(), 2.0f64.to_bits())
                .input(2.5f64.to_bits()),
        )
        .row(Row::latency("system call (getpid)", |x| x ^ u64::from(std::process::id())).check(|| Ok(())))
        .row(
            Row::throughput("not inlined", not_inlined)
                .answers(7, 8)
                .callee("not_inlined", not_inlined as *const () as usize),
        )
        .row(Row::throughput("inlined add", |x| x.wrapping_add(1)).answers(7, 8)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tollgate_meter::run_if_measuring(rows);
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let options = if has("--quick") {
        Options::quick()
    } else {
        Options::default()
    };
    let report = tollgate_meter::run(rows()?, &options)?;
    if has("--json") {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
