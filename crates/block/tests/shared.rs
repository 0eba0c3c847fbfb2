//! Arrays in memory that another process can map.

#![cfg(not(miri))]

use std::sync::Arc;
use tollgate_abi::Element;
use tollgate_block::{Arena, Array, BufferError, Owned, Region, Room, SharedArena};
use tollgate_platform::segment::Mapping;

/// `None`, with a message on standard error, if the system has no segments.
fn arena(bytes: u64) -> Option<Arc<SharedArena>> {
    match SharedArena::new(bytes) {
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
            eprintln!("skipped: {error}");
            None
        }
        made => Some(Arc::new(made.unwrap())),
    }
}

fn filled(arena: &Arc<SharedArena>, values: &[f64]) -> Array {
    let mut array = Array::in_arena(arena.clone());
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    array.room(bytes.len() as u64).unwrap()[..bytes.len()].copy_from_slice(&bytes);
    array.describe(Element::F64, &[values.len() as u64], &[]).unwrap();
    array
}

fn region(array: &Array) -> Region<'_> {
    array.memory().region().expect("it was born in a segment")
}

/// The content of a second mapping of the region.
fn seen(region: Region<'_>) -> Vec<u8> {
    let mapping = Mapping::new(region.descriptor, region.offset, region.length).unwrap();
    let mut bytes = vec![0; mapping.len()];
    mapping.copy_to(0, &mut bytes).unwrap();
    bytes
}

#[test]
fn an_array_born_in_a_segment_is_seen_through_a_second_mapping_of_its_region() {
    let Some(arena) = arena(1 << 16) else { return };
    let first = filled(&arena, &[1.0, 2.0, 3.0]);
    let mut second = filled(&arena, &[4.5]);
    for array in [&first, &second] {
        assert!(array.as_bytes().as_ptr().addr().is_multiple_of(64));
        assert_eq!(region(array).length, array.as_bytes().len() as u64);
        assert_eq!(seen(region(array)), array.as_bytes());
    }
    assert_ne!(region(&first).offset, region(&second).offset);
    second.room(8).unwrap()[..8].copy_from_slice(&7.0_f64.to_ne_bytes());
    second.describe(Element::F64, &[1], &[]).unwrap();
    assert_eq!(seen(region(&second)), 7.0_f64.to_ne_bytes());
    assert_eq!(first.block().as_slice::<f64>().unwrap(), [1.0, 2.0, 3.0]);
}

#[test]
fn an_array_grows_where_it_was_born_and_gives_its_memory_back() {
    let Some(arena) = arena(1 << 16) else { return };
    let whole = arena.available();
    let mut array = filled(&arena, &[1.0]);
    for power in 4..12 {
        let room = array.room(1 << power).unwrap();
        assert!(room.len() >= 1 << power);
        room.fill(0xee);
    }
    assert!(matches!(array.memory(), Room::Shared(_)));
    // More than there is: the previous memory is released, and the array can be used again.
    assert_eq!(array.room(1 << 20).unwrap_err(), BufferError { bytes: 1 << 20 });
    assert_eq!(arena.available(), whole);
    // The previous content of the memory is not visible.
    assert!(array.room(1 << 12).unwrap().iter().all(|byte| *byte == 0));
    drop(array);
    assert_eq!(arena.available(), whole);
}

#[test]
fn a_segment_lives_as_long_as_what_was_born_in_it() {
    let Some(arena) = arena(1) else { return };
    let array = filled(&arena, &[2.0]);
    drop(arena);
    assert_eq!(array.block().as_slice::<f64>().unwrap(), [2.0]);
    let owned = Owned::from(array);
    assert_eq!(seen(owned.memory().region().unwrap()), 2.0_f64.to_ne_bytes());
    // For the receiver, a block that was handed over is foreign memory.
    // SAFETY: it is taken once, a moment after it was made.
    let taken = unsafe { Owned::from_raw(owned.into_raw()) }.unwrap();
    assert!(taken.memory().region().is_none());
    assert_eq!(taken.block().as_slice::<f64>().unwrap(), [2.0]);
}

#[test]
fn alignments_up_to_a_page_are_supported_and_greater_ones_refused() {
    let Some(arena) = arena(1 << 20) else { return };
    let page = tollgate_platform::page::size();
    let _before = filled(&arena, &[1.0]);
    for alignment in [128, page] {
        let mut array = Array::in_arena(arena.clone());
        let room = array.room_at(8, alignment).unwrap();
        assert!(room.as_ptr().addr().is_multiple_of(alignment));
    }
    assert!(arena.allocate(8, 2 * page).is_err());
}

#[test]
fn an_array_on_the_heap_has_no_region() {
    let mut array = Array::new();
    array.room(8).unwrap();
    array.describe(Element::F64, &[1], &[]).unwrap();
    assert!(matches!(array.memory(), Room::Heap));
    assert!(Owned::borrowed(array.block()).memory().region().is_none());
}

/// Gives memory at other addresses than it was asked for.
#[derive(Debug)]
struct Askew(Arc<SharedArena>, usize);

impl Arena for Askew {
    fn allocate(&self, bytes: u64, _alignment: usize) -> Result<tollgate_block::Memory, BufferError> {
        self.0.allocate(bytes, self.1)
    }
}

#[test]
fn memory_is_at_a_multiple_of_64_whatever_alignment_is_asked_for() {
    let Some(arena) = arena(1 << 16) else { return };
    let _first = filled(&arena, &[1.0]);
    for alignment in [0, 65, 96, 192] {
        assert!(arena.allocate(64, alignment).is_err(), "{alignment}");
        let mut array = Array::in_arena(Arc::new(Askew(arena.clone(), alignment)));
        array.room_at(8, 1).unwrap_err();
    }
    let mut array = Array::in_arena(arena);
    for alignment in [1, 2, 64] {
        let room = array.room_at(8, alignment).unwrap();
        assert!(room.as_ptr().addr().is_multiple_of(64));
    }
}
