//! The rows of a plugin: the host's whole call behind each boundary, and the plugin's own function by pointer.

#![allow(unsafe_code)]

use crate::cli::bench::crossings::language;
use crate::cli::bench::figures::bytes as size;
use crate::cli::failure::Failure;
use std::hint::black_box;
use std::ptr;
use std::time::Instant;
use tollgate::block::{Array, Buffer};
use tollgate::{Block, Output, Plugin};
use tollgate_abi::{Fault, Level, ROOM_ALIGNMENT, Status, Text};
use tollgate_host::tools::{Functions, Receiver, ReusedSink};
use tollgate_meter::{Row, Rows};

/// The rows, and what the first calls showed.
pub(crate) struct Measurable {
    pub(crate) rows: Rows<'static>,
    /// The time of the longest first call, in seconds.
    pub(crate) longest: f64,
    pub(crate) notes: Vec<String>,
}

/// The rows of an operation behind each of these boundaries, with each input.
pub(crate) fn rows(plugins: &[Plugin], operation: &str, inputs: Vec<&'static Array>) -> Result<Measurable, Failure> {
    let mut measurable = Measurable {
        rows: Rows::new(),
        longest: 0.0,
        notes: Vec::new(),
    };
    let several = inputs.len() > 1;
    let inputs = inputs.into_iter();
    let inputs = inputs.map(|array| Input::new(plugins, operation, array, &mut measurable));
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    for input in &inputs {
        for plugin in plugins {
            let row = whole(plugin, operation, input)?;
            let row = if several { row.series(&input.name) } else { row };
            measurable.rows.push(row);
        }
    }
    for input in &inputs {
        for (plugin, functions) in bare(plugins) {
            measurable.rows.push(by_pointer(plugin, functions, operation, input)?);
        }
    }
    Ok(measurable)
}

/// A block to call with, and what a call with it gives.
struct Input {
    /// The plugin's name and the operation's.
    name: String,
    block: &'static Block<'static>,
    bytes: u64,
    /// The bytes of the result, if they are the same each time.
    gives: Option<u64>,
}

impl Input {
    /// Calls the operation behind each boundary, twice, by new handles, and compares the results.
    fn new(
        plugins: &[Plugin],
        operation: &str,
        array: &'static Array,
        measurable: &mut Measurable,
    ) -> Result<Self, Failure> {
        let block: &'static Block<'static> = Box::leak(Box::new(array.block()));
        let name = format!("{}/{operation}", plugins[0].manifest().name);
        let bytes = array.as_bytes().len() as u64;
        let mut called = |plugin: &Plugin| -> Result<Vec<Vec<u8>>, Failure> {
            let mut handle = plugin.operation(operation)?;
            let begin = Instant::now();
            let output = handle.call(block)?;
            measurable.longest = measurable.longest.max(begin.elapsed().as_secs_f64());
            Ok(parts(&output))
        };
        let first = called(&plugins[0])?;
        let again = called(&plugins[0])?;
        let size = size(bytes);
        let mut notes = Vec::new();
        if first != again {
            notes.push(format!(
                "{name} of {size} gives another result each time, so results are not compared"
            ));
        } else {
            for plugin in &plugins[1..] {
                if called(plugin)? != first {
                    notes.push(format!(
                        "{name} of {size} gives other bytes behind {} than behind {}: it may be compiled differently",
                        plugin.boundary(),
                        plugins[0].boundary()
                    ));
                }
            }
        }
        let length = |parts: &[Vec<u8>]| parts.iter().map(|part| part.len() as u64).sum::<u64>();
        let gives = (length(&first) == length(&again)).then(|| length(&first));
        measurable.notes.extend(notes);
        Ok(Self {
            name,
            block,
            bytes,
            gives,
        })
    }

    /// A row that calls with this block. Its answer is 1, and the number of bytes that the call gave if that is known.
    fn row(&self, title: String, mut call: impl FnMut() -> Option<u64> + 'static) -> Row<'static> {
        let counted = self.gives.is_some();
        let body = move |_| match call() {
            Some(bytes) if counted => 1 + bytes,
            Some(_) => 1,
            None => 0,
        };
        Row::throughput(title, body)
            .answers(1, 1 + self.gives.unwrap_or(0))
            .payload(self.bytes)
    }
}

/// The parts of an output: each column of a table, or the block.
fn parts(output: &Output) -> Vec<Vec<u8>> {
    match (output.columns(), output.block()) {
        (Some(columns), _) => columns.map(|(_, block)| block.as_bytes().to_vec()).collect(),
        (None, Some(block)) => vec![block.as_bytes().to_vec()],
        (None, None) => Vec::new(),
    }
}

/// The host's whole call.
fn whole(plugin: &Plugin, operation: &str, input: &Input) -> Result<Row<'static>, Failure> {
    let boundary = plugin.boundary().name();
    let mut handle = plugin.operation(operation)?;
    let mut output = Output::new();
    let block = input.block;
    let title = format!("{} of {}, {boundary}", input.name, size(input.bytes));
    let row = input.row(title, move || {
        handle.call_into(black_box(block), &mut output).ok()?;
        Some(output.bytes() as u64)
    });
    let row = row.boundary(boundary).language(language(plugin.manifest()));
    Ok(match plugin.functions() {
        Some(functions) => row.callee("call", functions.bare_call() as *const () as usize),
        None => row,
    })
}

/// The plugins that have a C function in this process, each function once.
fn bare(plugins: &[Plugin]) -> Vec<(&Plugin, Functions)> {
    let mut found: Vec<(&Plugin, Functions)> = Vec::new();
    for plugin in plugins {
        if let Some(functions) = plugin.functions() {
            let address = |functions: &Functions| functions.bare_call() as *const () as usize;
            if !found.iter().any(|(_, other)| address(other) == address(&functions)) {
                found.push((plugin, functions));
            }
        }
    }
    found
}

/// The plugin's own function, called by its pointer with a sink that checks nothing.
fn by_pointer(plugin: &Plugin, functions: Functions, operation: &str, input: &Input) -> Result<Row<'static>, Failure> {
    let failed = |problem: &str| Failure::Work {
        code: "bench",
        message: format!(
            "cannot create an instance of {} to measure its function: {problem}",
            plugin.manifest().name
        ),
    };
    let Some((index, _)) = plugin.manifest().operation(operation) else {
        return Err(failed("it has no such operation"));
    };
    let Some(settings) = plugin.settings() else {
        return Err(failed("a required key has no value"));
    };
    let mut sink = ReusedSink::new();
    let mut unchecked = Unchecked::default();
    let created = sink.with(&mut unchecked, |sink| {
        // SAFETY: the settings are of this plugin's schema.
        unsafe { functions.create(&settings.attributes(), sink) }
    });
    let mut instance = match created {
        Ok(Some(instance)) => instance,
        Ok(None) => return Err(failed("its function gave none")),
        Err(status) => return Err(failed(status.text())),
    };
    let block = input.block;
    let title = format!(
        "bare function of {}, {}, {}",
        input.name,
        size(input.bytes),
        plugin.boundary()
    );
    let row = input.row(title, move || {
        unchecked.committed = 0;
        let status = sink.with(&mut unchecked, |sink| {
            // SAFETY: the index is the operation's in the plugin's manifest, and the host's own call with the same
            // block has checked that the operation takes its element type.
            unsafe { instance.call(index, black_box(block), sink) }
        });
        (status == Status::OK).then_some(unchecked.committed)
    });
    let row = row.language(language(plugin.manifest()));
    Ok(row.callee("call", functions.bare_call() as *const () as usize))
}

/// Receives what a plugin commits and checks nothing: each part is written over the one before.
#[derive(Default)]
struct Unchecked {
    room: Buffer,
    /// The bytes that were committed.
    committed: u64,
}

// SAFETY: the room is a buffer's own: initialised, aligned to ROOM_ALIGNMENT, and reached through this value alone.
unsafe impl Receiver for Unchecked {
    #[inline]
    fn room(&mut self) -> (*mut u8, u64) {
        match self.room.as_bytes_mut() {
            [] => (ptr::without_provenance_mut(ROOM_ALIGNMENT), 0),
            room => (room.as_mut_ptr(), room.len() as u64),
        }
    }

    fn reserve(&mut self, bytes: u64) -> Status {
        match self.room.reserve(bytes) {
            Ok(()) => Status::OK,
            Err(_) => Status::ROOM,
        }
    }

    fn commit(&mut self, block: &Block<'_>) -> Status {
        self.committed += block.data().1;
        Status::OK
    }

    fn fail(&mut self, _fault: &Fault<'_>) {}

    fn log(&mut self, _level: Level, _message: Text<'_>) {}
}
