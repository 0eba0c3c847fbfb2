//! What the gate and loading cost, with and without the probe, compared with a copy, dlopen and abi_stable's own check
//! of the same file, taking turns in one run.
//!
//! ```text
//! cargo bench --bench gate
//! ```
//!
//! It only reports.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use tollgate::{Boundary, Host, HostBuilder, Probe, worker};
use tollgate_abi::stable::{AbiHeaderRef, RootRef, STABLE_SYMBOL};
use tollgate_platform::{dylib, file};

/// The number of turns. Opened files stay open, so thousands are not possible.
const TURNS: usize = 200;

/// The row that opens the same bytes in every turn.
const AGAIN: &str = "gate, and bytes that are loaded already";

type Measured = Result<(), Box<dyn Error>>;
type Row = (&'static str, fn(&Path) -> Measured);

fn main() -> Measured {
    worker::run_if_worker();
    let program = std::env::current_exe()?;
    let directory = program.parent().ok_or("an executable lies in a directory")?;
    let plugin = directory.join(dylib::file_name("stats"));
    let rows: [Row; 5] = [
        ("copy, dlopen, abi_stable's check", bare),
        ("gate and loading", load),
        ("gate and loading, the stable tier's layouts too", load_stable),
        ("gate and loading, and the probe", load_probed),
        (AGAIN, load),
    ];
    let mut times = rows.map(|_| Vec::with_capacity(TURNS));
    // The same bytes are loaded once in a process, so each row has a different file in each turn, which differs at its
    // end.
    let private = file::private_directory()?;
    let copy = private.path().join(dylib::file_name("stats"));
    let bytes = std::fs::read(&plugin)?;
    let mut number = 0_u64;
    for _ in 0..TURNS {
        for ((name, row), times) in rows.iter().zip(&mut times) {
            number += 1;
            let end = if *name == AGAIN { 0 } else { number };
            std::fs::write(&copy, [&bytes[..], &end.to_ne_bytes()].concat())?;
            let start = Instant::now();
            row(&copy)?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    println!(
        "{}, {} bytes, {TURNS} turns",
        plugin.display(),
        std::fs::metadata(&plugin)?.len()
    );
    println!("{:50} {:>10} {:>10} {:>8}", "", "min µs", "median µs", "×");
    let mut first = None;
    for ((name, _), times) in rows.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let (min, median) = (times[0], times[TURNS / 2]);
        let base: f64 = *first.get_or_insert(median);
        println!("{name:50} {min:10.0} {median:10.0} {:8.2}", median / base);
    }
    Ok(())
}

/// The work of a program that trusts the file and uses only abi_stable's check.
fn bare(plugin: &Path) -> Measured {
    let directory = file::private_directory()?;
    let copy = directory.path().join("plugin");
    std::fs::copy(plugin, &copy)?;
    // SAFETY: the plugin is this workspace's own, and nobody else knows the copy.
    let library = unsafe { dylib::open(&copy) }?;
    // Like the host, it keeps the library open.
    let library = Box::leak(Box::new(library));
    // SAFETY: a plugin in Rust exports abi_stable's header under this name.
    let header = *unsafe { library.get::<AbiHeaderRef>(STABLE_SYMBOL) }?;
    header.upgrade()?.ensure_layout::<RootRef>()?;
    Ok(())
}

/// A builder of hosts that load the plugin in this process.
fn builder() -> HostBuilder {
    // SAFETY: the plugin that is measured is this workspace's own.
    unsafe { Host::builder().trust_in_process() }
}

fn load(plugin: &Path) -> Measured {
    let host = builder().build();
    black_box(host.open(plugin.to_str().ok_or("the path is UTF-8")?)?);
    Ok(())
}

fn load_probed(plugin: &Path) -> Measured {
    let host = builder().probe(Probe::Always).probe_cache(None).build();
    black_box(host.open(plugin.to_str().ok_or("the path is UTF-8")?)?);
    Ok(())
}

fn load_stable(plugin: &Path) -> Measured {
    let host = builder().build();
    let plugin = host.open(plugin.to_str().ok_or("the path is UTF-8")?)?;
    black_box(plugin.behind(Boundary::StableAbi)?);
    Ok(())
}
