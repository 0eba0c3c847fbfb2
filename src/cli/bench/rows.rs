//! The rows: each calls the same work in a different way and checks its answer.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use super::shapes::{self, Section};
use super::{bare, callees, copies, crossings, handoff, loaded, lto};
use std::ffi::{CStr, CString, c_char};
use std::hint::black_box;
use std::ptr;
use tollgate::Host;
use tollgate_cli::sigkit::{raw, shapes as safe};
use tollgate_meter::{Row, Rows};
use tollgate_platform::system_call;

/// The samples that a biquad row filters in one call of the row.
const SAMPLES: usize = 1024;
/// A text of 16 bytes.
const TEXT: &CStr = c"sixteen letters!";
/// The bits of 1.0: latency rows of floating-point functions pass bits on.
const ONE: u64 = 1.0_f64.to_bits();

/// All rows, in the order of the price list. They depend only on this program, so that a measuring process builds the
/// same ones.
pub(crate) fn rows(host: &Host) -> Result<Rows<'static>, Failure> {
    let mut rows = Rows::new();
    rows.extend(adding()?);
    rows.extend(callees::bound()?);
    rows.extend(callees::many());
    rows.extend(calling_back());
    rows.extend(structures());
    rows.extend(slices());
    rows.extend(texts());
    rows.extend(handles());
    rows.extend(system());
    rows.extend(handoff::rows());
    rows.extend(filters());
    rows.extend(checksums());
    rows.extend(bare::rows(host)?);
    rows.extend(crossings::rows(host)?);
    Ok(rows)
}

/// Adds one, called in every way that a program has.
fn adding() -> Result<Vec<Row<'static>>, Failure> {
    let step = shapes::step();
    let pointer: unsafe extern "C" fn(i64, i64) -> i64 = black_box(raw::sigkit_add);
    // SAFETY: sigkit_add has no precondition; only the type of the pointer is that of an unsafe function.
    let by_pointer = move |x| unsafe { pointer(x as i64, 1) } as u64;
    let mut rows = vec![
        Row::latency("add, Rust, inlined", |x| x.wrapping_add(1)),
        Row::latency("add, Rust, not inlined", shapes::not_inlined)
            .callee("not_inlined", shapes::not_inlined as *const () as usize),
        Row::latency("add, Rust, dyn Trait", move |x| step.step(x)),
        Row::latency("add, Rust, extern \"C\"", |x| shapes::extern_c(x))
            .callee("extern_c", shapes::extern_c as *const () as usize),
        Row::latency("add, static C", |x| raw::sigkit_add(x as i64, 1) as u64)
            .callee("sigkit_add", raw::sigkit_add as *const () as usize),
        Row::latency("add, static C by pointer", by_pointer)
            .callee("sigkit_add", raw::sigkit_add as *const () as usize),
    ];
    if let Some(library) = loaded::library()? {
        let pointer = loaded::add(library)?;
        // SAFETY: the library exports the function with this type, and is never closed.
        let symbol = unsafe { library.get::<loaded::Add>("sigkit_add") }.map_err(|error| Failure::Work {
            code: "bench",
            message: format!("the shared library to measure lacks sigkit_add: {error}"),
        })?;
        let address = pointer as *const () as usize;
        // SAFETY: as above; adding has no precondition.
        let by_symbol = move |x| unsafe { symbol(x as i64, 1) } as u64;
        // SAFETY: as above.
        let by_pointer = move |x| unsafe { pointer(x as i64, 1) } as u64;
        rows.push(Row::latency("add, shared library's symbol", by_symbol).callee("sigkit_add", address));
        rows.push(Row::latency("add, shared library by pointer", by_pointer).callee("sigkit_add", address));
    }
    rows.extend(lto::rows());
    #[cfg(feature = "stable")]
    rows.extend(super::stable::rows());
    Ok(rows
        .into_iter()
        .map(|row| row.answers(7, 8).answers(u64::MAX, 0))
        .collect())
}

fn calling_back() -> Vec<Row<'static>> {
    let row = |name, callback: unsafe extern "C" fn(_, i64) -> i64| {
        let body = move |x| {
            // SAFETY: the callback takes any user pointer and any number, and does not unwind.
            (unsafe { raw::sigkit_apply(Some(callback), ptr::null_mut(), x as i64) }) as u64
        };
        Row::latency(name, body)
            .answers(7, 8)
            .callee("sigkit_apply", raw::sigkit_apply as *const () as usize)
    };
    vec![
        row("callback, C to Rust", shapes::callback),
        row("callback, with catch_unwind", shapes::guarded_callback),
        Row::latency("callback, safe binding's closure", |x| {
            safe::apply(|x| x.wrapping_add(1), x as i64) as u64
        })
        .answers(7, 8)
        .callee("sigkit_apply", raw::sigkit_apply as *const () as usize),
    ]
}

fn structures() -> Vec<Row<'static>> {
    let vec3 = |x: u64| raw::sigkit_vec3 {
        x: f64::from_bits(x),
        y: 1.0,
        z: -1.0,
    };
    let by_pointer = move |x| {
        let v = vec3(x);
        // SAFETY: the pointer is to a live structure.
        unsafe { raw::sigkit_vec3_sum_at(&v) }.to_bits()
    };
    vec![
        Row::latency("struct of 24 bytes, by value", move |x| {
            raw::sigkit_vec3_sum(vec3(x)).to_bits()
        })
        .callee("sigkit_vec3_sum", raw::sigkit_vec3_sum as *const () as usize),
        Row::latency("struct of 24 bytes, by pointer", by_pointer)
            .callee("sigkit_vec3_sum_at", raw::sigkit_vec3_sum_at as *const () as usize),
    ]
    .into_iter()
    .map(|row| row.input(ONE).answers(ONE, ONE).payload(24))
    .collect()
}

fn slices() -> Vec<Row<'static>> {
    let ends: [i64; 16] = std::array::from_fn(|index| index as i64 + 1);
    let numbers: [f64; 16] = std::array::from_fn(|index| index as f64);
    let ends_body = move |_| {
        let ends = black_box(ends.as_slice());
        // SAFETY: pointer and length are a live slice's.
        (unsafe { raw::sigkit_ends_i64(ends.as_ptr(), ends.len()) }) as u64
    };
    let raw_body = move |_| {
        let numbers = black_box(numbers.as_slice());
        let mut sum = 0.0;
        // SAFETY: pointer and length are a live slice's, and the result goes to a live number.
        match unsafe { raw::sigkit_sum(numbers.as_ptr(), numbers.len(), &mut sum) } {
            0 => sum.to_bits(),
            _ => 0,
        }
    };
    let safe_body = move |_| match safe::sum(black_box(numbers.as_slice())) {
        Ok(sum) => sum.to_bits(),
        Err(_) => 0,
    };
    let sum = raw::sigkit_sum as *const () as usize;
    let expected = 120.0_f64.to_bits();
    vec![
        Row::throughput("slice of 16, its ends", ends_body)
            .answers(1, 17)
            .callee("sigkit_ends_i64", raw::sigkit_ends_i64 as *const () as usize),
        Row::throughput("slice of 16, its sum, raw call", raw_body)
            .answers(1, expected)
            .callee("sigkit_sum", sum),
        Row::throughput("slice of 16, its sum, safe binding", safe_body)
            .answers(1, expected)
            .callee("sigkit_sum", sum),
    ]
    .into_iter()
    .map(|row| row.payload(128))
    .collect()
}

fn texts() -> Vec<Row<'static>> {
    let length = |text: *const c_char| {
        // SAFETY: the pointer is to a live text that ends with a NUL.
        unsafe { raw::sigkit_text_length(text) as u64 }
    };
    let made = move |_| match CString::new(black_box(TEXT.to_bytes())) {
        Ok(text) => length(text.as_ptr()),
        Err(_) => 0,
    };
    let callee = raw::sigkit_text_length as *const () as usize;
    vec![
        copies(Row::throughput("text of 16 bytes, made for the call", made), 16),
        copies(
            Row::throughput("text of 16 bytes, ready", move |_| length(black_box(TEXT).as_ptr())),
            0,
        ),
    ]
    .into_iter()
    .map(|row| row.answers(1, 16).payload(16).callee("sigkit_text_length", callee))
    .collect()
}

fn handles() -> Vec<Row<'static>> {
    let life = |x: u64| {
        let mut counter = ptr::null_mut();
        // SAFETY: the handle goes to a live pointer.
        if unsafe { raw::sigkit_counter_create(x as i64, &mut counter) } != 0 {
            return 0;
        }
        // SAFETY: the handle was made just now.
        let sum = unsafe { raw::sigkit_counter_add(counter, 1) };
        // SAFETY: the handle was made just now, and is not used any more.
        unsafe { raw::sigkit_counter_destroy(counter) };
        sum as u64
    };
    vec![
        Row::latency("handle, made, used and destroyed", life)
            .answers(7, 8)
            .callee(
                "sigkit_counter_create",
                raw::sigkit_counter_create as *const () as usize,
            ),
    ]
}

fn system() -> Vec<Row<'static>> {
    // No row on a platform without such a call.
    if system_call::parent_id().is_none() {
        return Vec::new();
    }
    let call = |x: u64| x + u64::from(system_call::parent_id().is_some());
    vec![Row::latency("system call", call).answers(7, 8)]
}

/// 1,024 samples through one filter: one call for each sample, and one call for the block.
fn filters() -> Vec<Row<'static>> {
    let filter = || {
        let mut filter = raw::sigkit_biquad {
            b0: 0.0,
            b1: 0.0,
            b2: 0.0,
            a1: 0.0,
            a2: 0.0,
            z1: 0.0,
            z2: 0.0,
        };
        // SAFETY: the filter is live. (A wrong design would give zeros, and the rows' answers would be wrong.)
        let _status = unsafe { raw::sigkit_biquad_design(&mut filter, 0, 48_000.0, 1_000.0, 0.5_f64.sqrt(), 0.0) };
        filter
    };
    let input = || -> Vec<f64> { (0..SAMPLES).map(|index| (index as f64 / 7.0).sin()).collect() };
    let section = || {
        let f = filter();
        Section::new([f.b0, f.b1, f.b2, f.a1, f.a2])
    };
    // The answer is the last sample as the Rust filter computes it: the same operations in the same order.
    let mut reference = section();
    let expected = input().into_iter().fold(0.0, |_, x| reference.sample(x)).to_bits();

    let (inlined, samples, mut output) = (section(), input(), vec![0.0; SAMPLES]);
    let rust = move |_| {
        // The state is in registers for the whole block, as in sigkit's block function.
        let mut section = inlined;
        for (y, x) in output.iter_mut().zip(black_box(&samples)) {
            *y = section.sample(*x);
        }
        last(black_box(&output))
    };
    let (mut each, samples, mut output) = (filter(), input(), vec![0.0; SAMPLES]);
    let by_sample = move |_| {
        (each.z1, each.z2) = (0.0, 0.0);
        for (y, x) in output.iter_mut().zip(black_box(&samples)) {
            // SAFETY: the filter is live and used by nobody else.
            *y = unsafe { raw::sigkit_biquad_sample(&mut each, *x) };
        }
        last(black_box(&output))
    };
    let (mut whole, samples, mut output) = (filter(), input(), vec![0.0; SAMPLES]);
    let by_block = move |_| {
        (whole.z1, whole.z2) = (0.0, 0.0);
        let samples = black_box(&samples);
        // SAFETY: the filter is live; both slices are live, do not overlap, and have the given length.
        let _status =
            unsafe { raw::sigkit_biquad_block(&mut whole, samples.as_ptr(), output.as_mut_ptr(), samples.len()) };
        last(black_box(&output))
    };
    vec![
        Row::throughput("biquad of 1024 samples, Rust, inlined", rust).language("Rust"),
        Row::throughput("biquad of 1024 samples, C, one call each", by_sample)
            .language("C")
            .callee("sigkit_biquad_sample", raw::sigkit_biquad_sample as *const () as usize),
        Row::throughput("biquad of 1024 samples, C, one call", by_block)
            .language("C")
            .callee("sigkit_biquad_block", raw::sigkit_biquad_block as *const () as usize),
    ]
    .into_iter()
    .map(|row| row.answers(1, expected).payload(8 * SAMPLES as u64))
    .collect()
}

fn last(samples: &[f64]) -> u64 {
    samples.last().map_or(0, |last| last.to_bits())
}

fn checksums() -> Vec<Row<'static>> {
    // The answers are those of google-crc32c 1.9.0 (PyPI) over the same bytes, index modulo 251.
    const ANSWERS: [(usize, &str, u32); 6] = [
        (0, "0 B", 0),
        (16, "16 B", 0xd9c9_08eb),
        (64, "64 B", 0xfb6d_36eb),
        (1 << 10, "1 KiB", 0x2af6_2c0c),
        (64 << 10, "64 KiB", 0x0daa_fcde),
        (1 << 20, "1 MiB", 0xdc3e_0071),
    ];
    ANSWERS
        .into_iter()
        .map(|(length, name, expected)| {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let body = move |_| {
                let bytes = black_box(bytes.as_slice());
                // SAFETY: pointer and length are a live slice's.
                u64::from(unsafe { raw::sigkit_crc32c(0, bytes.as_ptr().cast(), bytes.len()) })
            };
            Row::throughput(format!("CRC-32C of {name}"), body)
                .answers(1, u64::from(expected))
                .payload(length as u64)
                .callee("sigkit_crc32c", raw::sigkit_crc32c as *const () as usize)
        })
        .collect()
}
