//! Blocks that are handed over with their memory: from a file through the host to a plugin in C and back.

use crate::support::compiler::{Compiler, fixture};
use crate::support::{host, library};
use std::ffi::c_void;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tollgate::view::{Array, Owned, View, map};
use tollgate::{Block, Element, Error, Operation};
use tollgate_abi::OwnedBlock;

/// The plugin `owned.c`; `None` without a compiler.
fn plugin() -> Option<(tempfile::TempDir, tollgate::Plugin)> {
    let (directory, file) = fixture(&Compiler::c()?, "owned.c", &[]);
    let plugin = host().open(file.to_str().unwrap()).unwrap();
    Some((directory, plugin))
}

/// A mapped `.npy` with this many bytes of `f64`.
fn mapped(directory: &Path, bytes: usize) -> View {
    let path = directory.join("block.npy");
    let text = format!(
        "{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}",
        bytes / 8
    );
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    file.write_all(format!("{text:117}\n").as_bytes()).unwrap();
    let chunk: Vec<u8> = (0..1024).flat_map(|i| f64::from(i).to_le_bytes()).collect();
    for _ in 0..bytes / chunk.len() {
        file.write_all(&chunk).unwrap();
    }
    drop(file);
    // SAFETY: the file lies in a new directory that nobody else knows.
    unsafe { map(&path) }.unwrap()
}

fn array(values: &[f64]) -> Owned<'static> {
    let mut array = Array::new();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    array.room(bytes.len() as u64).unwrap()[..bytes.len()].copy_from_slice(&bytes);
    array.describe(Element::F64, &[values.len() as u64], &[]).unwrap();
    array.into()
}

#[test]
#[cfg(target_endian = "little")]
fn a_block_of_64_mib_goes_from_a_file_to_a_plugin_in_c_and_back_without_a_copy() {
    let Some((directory, plugin)) = plugin() else { return };
    let bytes = 64 << 20;
    let view = mapped(directory.path(), bytes);
    let address = view.as_bytes().as_ptr();
    let mut operation = plugin.operation("back").unwrap();
    let given = operation.hand_over(Owned::try_from(view).unwrap()).unwrap();
    let block = given.block.block();
    assert_eq!((block.as_bytes().as_ptr(), block.as_bytes().len()), (address, bytes));
    assert_eq!(given.copied_bytes, 0);
    assert_eq!(block.as_slice::<f64>().unwrap()[1025], 1.0);
    // A second operation gives the second half of it, still in the file's mapping.
    let mut operation = plugin.operation("half").unwrap();
    let half = operation.hand_over(given.block).unwrap();
    assert_eq!(half.block.block().as_bytes().as_ptr(), address.wrapping_add(bytes / 2));
    assert_eq!(half.copied_bytes, 0);
    // A third operation copies it, although the manifest does not say so.
    let mut operation = plugin.operation("copy").unwrap();
    let copied = operation.hand_over(half.block).unwrap();
    assert_eq!(copied.copied_bytes, bytes as u64 / 2);
    // It outlives everything else.
    drop((operation, plugin));
    assert_eq!(copied.block.block().as_slice::<f64>().unwrap()[1025], 1.0);
}

/// The number of times that the memory of [`counted`] was released.
static RELEASED: AtomicUsize = AtomicUsize::new(0);

struct Counted {
    values: [f64; 2],
    shape: [u64; 1],
    block: Option<Block<'static>>,
}

unsafe extern "C" fn release(owner: *mut c_void) {
    RELEASED.fetch_add(1, Ordering::SeqCst);
    // SAFETY: `counted` made the pointer from such a box, and it is released once.
    drop(unsafe { Box::from_raw(owner.cast::<Counted>()) });
}

/// A foreign block of two numbers, whose releases are counted.
fn counted() -> Owned<'static> {
    let counted = Box::into_raw(Box::new(Counted {
        values: [1.0, 2.0],
        shape: [2],
        block: None,
    }));
    // SAFETY: the box is live until `release`, and this field of it does not change.
    let values = unsafe { &(*counted).values };
    // SAFETY: as above.
    let shape = unsafe { &(*counted).shape };
    let block = Block::of(values, shape, &[]).unwrap();
    // SAFETY: as above; nothing refers to this field yet.
    let block = unsafe { (*counted).block.insert(block) };
    let raw = OwnedBlock {
        size: size_of::<OwnedBlock>() as u32,
        reserved: 0,
        block: std::ptr::from_ref(block),
        owner: counted.cast(),
        release,
    };
    // SAFETY: it keeps the contract, and is handed over this once.
    unsafe { Owned::from_raw(raw) }.unwrap()
}

#[test]
fn returned_blocks_are_checked_again_and_everything_is_released_once() {
    let Some((_directory, plugin)) = plugin() else { return };
    let operation = |name: &str| plugin.operation(name).unwrap();
    let refused = |operation: &mut Operation| operation.hand_over(counted()).unwrap_err();
    let table = [
        ("misaligned", "f64 needs 8-byte alignment and the data is off by 1"),
        ("unreleasable", "whose function `release` is NULL"),
        ("element", "it gave f64; expected f32"),
        ("outgrown", "the product of the shape does not fit in memory"),
        ("null", "the pointer `data` of the block is NULL"),
    ];
    for (index, (name, expected)) in table.into_iter().enumerate() {
        let error = refused(&mut operation(name));
        assert!(matches!(error, Error::ContractBroken { .. }), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(RELEASED.load(Ordering::SeqCst), index + 1, "{name}");
    }
    let error = refused(&mut operation("fails"));
    assert!(matches!(error, Error::Failed { .. }), "{error}");
    assert_eq!(RELEASED.load(Ordering::SeqCst), 6);
    let given = operation("half").hand_over(counted()).unwrap();
    assert_eq!(given.block.block().as_slice::<f64>().unwrap(), [2.0]);
    assert_eq!(RELEASED.load(Ordering::SeqCst), 6);
    drop(given);
    assert_eq!(RELEASED.load(Ordering::SeqCst), 7);
    // On another thread than the one that made it.
    let given = operation("back").hand_over(counted()).unwrap();
    std::thread::spawn(move || drop(given)).join().unwrap();
    assert_eq!(RELEASED.load(Ordering::SeqCst), 8);
}

#[test]
fn a_bool_of_2_is_detected_by_the_receiver() {
    let Some((_directory, plugin)) = plugin() else { return };
    let mut truths = Array::new();
    truths.room(3).unwrap()[..3].copy_from_slice(&[0, 1, 1]);
    truths.describe(Element::BOOL, &[3], &[]).unwrap();
    // The plugin writes a 2 over the last element of its copy.
    let error = plugin.operation("copy").unwrap().hand_over(truths.into()).unwrap_err();
    let expected = "element 2 (bool) of the block that was handed over is 02: a bool must be 00 or 01";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn a_plugin_without_the_extension_is_not_handed_blocks() {
    let stats = host().open(library("stats").to_str().unwrap()).unwrap();
    let error = stats
        .operation("describe")
        .unwrap()
        .hand_over(array(&[1.0]))
        .unwrap_err();
    assert_eq!(error.code(), "ownership-not-taken");
    assert!(error.to_string().contains("tollgate.owned/1"), "{error}");
}
