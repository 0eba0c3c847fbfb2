//! The host of `cargo xtask matrix`: `matrix-host FILE BOUNDARY` runs the plugin in FILE and prints what both sides
//! saw, or the refusal, as one line of JSON.

use serde_json::{Value, json};
use std::error::Error;
use tollgate_abi::{Entry, EntryFn, later};
use tollgate_host::{Block, Boundary, Host, Operation};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, boundary] = &arguments[..] else {
        return Err("a file and a boundary are needed".into());
    };
    let line = match run(file, boundary.parse()?) {
        Ok(seen) => seen,
        Err(error) => match error.downcast_ref::<tollgate_host::Error>() {
            Some(error) => json!({ "code": error.code(), "message": error.to_string().replace(file, "FILE") }),
            None => return Err(error),
        },
    };
    println!("{line}");
    Ok(())
}

fn run(file: &str, boundary: Boundary) -> Result<Value, Box<dyn Error>> {
    // SAFETY: the matrix's command built the plugin from this repository.
    let host = unsafe { Host::builder().trust_in_process() }.build();
    let plugin = host.open(file)?.behind(boundary)?;
    let mut sees = plugin.operation("sees")?;
    let output = sees.call(&Block::of::<f64>(&[], &[0], &[])?)?;
    let block = output.block().ok_or("sees gave nothing")?;
    let mut count = plugin.operation("count")?;
    number(&mut count)?;
    number(&mut count)?;
    let goes_on = match save(&mut count) {
        None => json!("absent"),
        Some(state) => {
            let mut other = plugin.operation("count")?;
            restore(&mut other, &state)?;
            json!(number(&mut other)?)
        }
    };
    Ok(json!({ "plugin_saw": block.as_slice::<i64>()?, "host_saw": entry(file)?, "count_goes_on_at": goes_on }))
}

fn number(count: &mut Operation) -> Result<u64, Box<dyn Error>> {
    let output = count.call(&Block::of::<f64>(&[], &[0], &[])?)?;
    Ok(output.block().ok_or("count gave nothing")?.as_slice::<u64>()?[0])
}

/// The state, where the plugin saves one.
fn save(count: &mut Operation) -> Option<Vec<u64>> {
    let output = count.save().ok()?;
    Some(output.block()?.as_slice::<u64>().ok()?.to_vec())
}

fn restore(count: &mut Operation, state: &[u64]) -> Result<(), Box<dyn Error>> {
    count.restore(&Block::of(state, &[state.len() as u64], &[])?)?;
    Ok(())
}

/// What the plugin's entry and its extension of a later minor version say; -1 where they are absent.
fn entry(file: &str) -> Result<[i64; 2], Box<dyn Error>> {
    // SAFETY: the host above loaded the same file: its constructors are those of a plugin.
    let library = Box::leak(Box::new(unsafe { libloading::Library::new(file) }?));
    // SAFETY: the host above found that the symbol is a plugin's entry.
    let function = unsafe { library.get::<EntryFn>("tollgate_entry") }?;
    // SAFETY: any thread may call it.
    let entry: *const Entry = unsafe { function() };
    // SAFETY: the entry lives as long as the library, which stays open; what a later minor version has there is an i64.
    let field = unsafe { later::<Entry, i64>(entry, size_of::<Entry>()) };
    // SAFETY: the entry lives, and is of version 1, or the host would have refused it.
    let extension = unsafe { (*entry).extension };
    // SAFETY: the id is a C string, and any thread may call the function.
    let given = unsafe { extension(c"tollgate.test/1".as_ptr()) }.cast::<i64>();
    // SAFETY: what answers this id is an i64 that lives as long as the library; null is left out.
    let given = unsafe { given.as_ref() };
    Ok([field.unwrap_or(-1), given.copied().unwrap_or(-1)])
}
