//! Rows about the callee: one or many, and how calls within a shared library are bound.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use super::loaded::{self, Add, Binding};
use tollgate_meter::Row;

/// The functions that a row selects from.
const MANY: usize = 64;

/// Adds `N`: each instance is a different function.
extern "C" fn callee<const NUMBER: u64>(x: u64) -> u64 {
    x.wrapping_add(NUMBER)
}

macro_rules! callees {
    ($($number:literal)*) => {
        [$(callee::<$number> as extern "C" fn(u64) -> u64),*]
    };
}

static CALLEES: [extern "C" fn(u64) -> u64; MANY] = callees! {
    1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
};

/// The index that an argument selects: the top six bits of a product, which are hard to predict.
fn pick(x: u64) -> usize {
    (x.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize
}

/// One callee that is always the same, and one of 64 that a predictor cannot guess.
pub(crate) fn many() -> Vec<Row<'static>> {
    let table = std::hint::black_box(&CALLEES);
    let hot = move |x: u64| {
        // The same selection work, but always the first function.
        let index = pick(x) & std::hint::black_box(0);
        table[index](x)
    };
    let cold = move |x: u64| table[pick(x)](x);
    vec![
        Row::latency("callees, one of one by a table", hot).answers(7, 8),
        Row::latency("callees, one of 64 at random by a table", cold)
            .answers(7, 7 + pick(7) as u64 + 1)
            .answers(1000, 1000 + pick(1000) as u64 + 1),
    ]
}

/// Calls within a shared library. None if the C compiler could not link it.
pub(crate) fn bound() -> Result<Vec<Row<'static>>, Failure> {
    let mut rows = Vec::new();
    for (name, binding, function) in [
        ("binding, within a library, directly", Binding::Plt, "bound_call_hidden"),
        (
            "binding, by the library's PLT, bound at once",
            Binding::Plt,
            "bound_call",
        ),
        (
            "binding, by the library's PLT, bound lazily",
            Binding::LazyPlt,
            "bound_call",
        ),
        ("binding, by the library's GOT", Binding::Got, "bound_call"),
    ] {
        let Some(library) = loaded::bound(binding)? else {
            continue;
        };
        let call = loaded::function(library, function)?;
        let callee = match function {
            "bound_call" => loaded::function(library, "bound_callee")?,
            _ => call,
        };
        let symbol = if function == "bound_call" {
            "bound_callee"
        } else {
            function
        };
        rows.push(row(name, call).callee(symbol, callee as *const () as usize));
    }
    Ok(rows)
}

fn row(name: &'static str, call: Add) -> Row<'static> {
    // SAFETY: the library exports the function with this type, and is never closed; adding has no precondition.
    let body = move |x| unsafe { call(x as i64, 1) } as u64;
    Row::latency(name, body).answers(7, 8).answers(u64::MAX, 0)
}
