//! Importing an array of other software.

use super::{ArrowArray, ArrowError, ArrowSchema, FORMATS};
use crate::{HandOverError, Owned};
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::slice;
use tollgate_abi::{Block, Element, MAX_RANK, OwnedBlock, bytes_of};

/// Imports an Arrow array as a block that owns it. Nothing is copied, and the array is released with the block.
///
/// # Errors
/// [`ArrowError`]; both structures are released in this case.
///
/// # Safety
/// Both structures satisfy the parts of the interface that cannot be checked: pointers are live until the array is
/// released, every buffer is as long as the lengths and offsets say, and nobody changes it during that time.
pub unsafe fn import(array: ArrowArray, schema: ArrowSchema) -> Result<Owned<'static>, ArrowError> {
    if array.release.is_none() || schema.release.is_none() {
        return Err(ArrowError::Released);
    }
    // SAFETY: the caller's promise.
    let (element, shape, data) = unsafe { find(&array, &schema) }?;
    let bytes = bytes_of(element, &shape)?;
    let imported = Box::into_raw(Box::new(Imported {
        _array: array,
        shape,
        block: MaybeUninit::uninit(),
    }));
    let raw = OwnedBlock {
        size: size_of::<OwnedBlock>() as u32,
        reserved: 0,
        block: std::ptr::null(),
        owner: imported.cast(),
        release,
    };
    // SAFETY: the box is live until `release`, and its shape does not change.
    let shape: &'static [u64] = unsafe { &(*imported).shape };
    let bytes: &'static [u8] = match bytes {
        0 => &[],
        // SAFETY: the caller promises a buffer of as many bytes, live until the array is released, which `release`
        // does; it is not null (`find` saw to it).
        bytes => unsafe { slice::from_raw_parts(data, bytes as usize) },
    };
    let block = Block::new(element, bytes, shape, &[]).inspect_err(|_| {
        // SAFETY: it was made a moment ago, nothing refers to it any more, and it is released this once.
        unsafe { release(raw.owner) }
    })?;
    // SAFETY: a place inside the live box, to which nothing refers.
    let place = unsafe { &raw mut (*imported).block };
    // SAFETY: the place is live and aligned, and holds nothing that would have to be dropped.
    unsafe { place.write(MaybeUninit::new(block)) };
    let raw = OwnedBlock {
        block: place.cast(),
        ..raw
    };
    // SAFETY: the box and the memory of the array live until `release`, which the interface allows on any thread.
    unsafe { Owned::from_raw(raw) }.map_err(|error| match error {
        HandOverError::Block(error) => error.into(),
        other => ArrowError::Damaged {
            problem: other.to_string(),
        },
    })
}

/// An imported array, and the block over it, which borrows from both.
struct Imported {
    _array: ArrowArray,
    shape: Vec<u64>,
    block: MaybeUninit<Block<'static>>,
}

/// # Safety
/// `owner` is what `import` made, and has not been released.
unsafe extern "C" fn release(owner: *mut c_void) {
    // SAFETY: `import` made the pointer from this very box, and the caller releases it once.
    drop(unsafe { Box::from_raw(owner.cast::<Imported>()) });
}

/// The element type, the shape, and the address of the first element.
///
/// # Safety
/// The array and the schema satisfy the interface.
unsafe fn find(mut array: &ArrowArray, mut schema: &ArrowSchema) -> Result<(Element, Vec<u64>, *const u8), ArrowError> {
    let damaged = |problem: String| ArrowError::Damaged { problem };
    let number =
        |name: &str, number: i64| u64::try_from(number).map_err(|_| damaged(format!("its {name} is {number}")));
    let too_long = || damaged("its lengths do not fit in memory".to_owned());
    // Elements of the current array before the first one that belongs to the block.
    let (mut skipped, mut count) = (0_u64, number("length", array.length)?);
    let mut shape = vec![count];
    loop {
        if schema.format.is_null() {
            return Err(damaged("its schema has no format".to_owned()));
        }
        // SAFETY: the interface promises a C string.
        let format = unsafe { CStr::from_ptr(schema.format) }.to_string_lossy();
        if !schema.dictionary.is_null() || !array.dictionary.is_null() {
            return Err(ArrowError::Format {
                format: format!("{format} (dictionary)"),
            });
        }
        if array.length < 0 || number("length", array.length)? < skipped.checked_add(count).ok_or_else(too_long)? {
            return Err(damaged(format!(
                "an inner array has {} elements, which is too few",
                array.length
            )));
        }
        let offset = number("offset", array.offset)?;
        // SAFETY: the caller's promise; neither length nor offset is negative.
        let nulls = unsafe { nulls(array) }.ok_or_else(too_long)?;
        if nulls > 0 {
            return Err(ArrowError::Nulls { count: nulls });
        }
        skipped = skipped.checked_add(offset).ok_or_else(too_long)?;
        if let Some(size) = format.strip_prefix("+w:") {
            let size = size.parse::<i32>().ok().and_then(|size| u64::try_from(size).ok());
            let size = size.ok_or_else(|| ArrowError::Format {
                format: format.to_string(),
            })?;
            if array.n_children != 1 || schema.n_children != 1 {
                return Err(damaged(format!(
                    "a list has {} children instead of 1",
                    array.n_children
                )));
            }
            if shape.len() == MAX_RANK {
                return Err(damaged(format!("its lists are nested deeper than {MAX_RANK} levels")));
            }
            skipped = skipped.checked_mul(size).ok_or_else(too_long)?;
            count = count.checked_mul(size).ok_or_else(too_long)?;
            shape.push(size);
            // SAFETY: the interface promises one pointer to a live child.
            let child = unsafe { *array.children };
            // SAFETY: as above.
            array = unsafe { &*child };
            // SAFETY: as above.
            let child = unsafe { *schema.children };
            // SAFETY: as above.
            schema = unsafe { &*child };
            continue;
        }
        let Some((_, element)) = FORMATS.iter().find(|(known, _)| *known == format) else {
            return Err(ArrowError::Format {
                format: format.to_string(),
            });
        };
        if array.n_buffers != 2 {
            return Err(damaged(format!(
                "an array of numbers has {} buffers instead of 2",
                array.n_buffers
            )));
        }
        // SAFETY: the interface promises as many buffers.
        let data = unsafe { array.buffers.add(1) };
        // SAFETY: as above.
        let data = unsafe { *data }.cast::<u8>();
        if data.is_null() && count > 0 {
            return Err(damaged("its buffer of numbers is NULL".to_owned()));
        }
        let start = skipped
            .checked_mul(element.bytes() as u64)
            .and_then(|start| usize::try_from(start).ok());
        let start = start.ok_or_else(too_long)?;
        return Ok((*element, shape, data.wrapping_add(start)));
    }
}

/// Counts the nulls, because many producers do not. `None` if such a bitmap cannot fit in memory.
///
/// # Safety
/// The array satisfies the interface, and its length and offset are not negative.
unsafe fn nulls(array: &ArrowArray) -> Option<u64> {
    if array.null_count == 0 || array.n_buffers < 1 || array.buffers.is_null() {
        return Some(0);
    }
    // SAFETY: the interface promises as many buffers, live.
    let bitmap = unsafe { *array.buffers }.cast::<u8>();
    if bitmap.is_null() {
        return Some(0);
    }
    // On a 32-bit target a bitmap may have more bits than an address can count.
    let (start, count) = (u64::try_from(array.offset).ok()?, u64::try_from(array.length).ok()?);
    let end = start.checked_add(count)?;
    let bytes = usize::try_from(end.div_ceil(8))
        .ok()
        .filter(|bytes| isize::try_from(*bytes).is_ok())?;
    // SAFETY: the interface promises a bitmap with a bit for each element, those before the offset included.
    let bitmap = unsafe { slice::from_raw_parts(bitmap, bytes) };
    let is_null = |at: &u64| bitmap[(at / 8) as usize] >> (at % 8) & 1 == 0;
    Some((start..end).filter(is_null).count() as u64)
}
