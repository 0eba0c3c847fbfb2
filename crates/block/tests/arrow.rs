//! Arrow arrays as another library sees them: only through the interface's structures.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use tollgate_abi::{Block, Element};
use tollgate_block::arrow::{ArrowArray, ArrowError, ArrowSchema, export, import};
use tollgate_block::{Array, Holds, Owned};

/// The interface's definition of an array, written a second time.
#[repr(C)]
struct ForeignArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ForeignArray,
    dictionary: *mut ForeignArray,
    release: Option<unsafe extern "C" fn(*mut ForeignArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct ForeignSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ForeignSchema,
    dictionary: *mut ForeignSchema,
    release: Option<unsafe extern "C" fn(*mut ForeignSchema)>,
    private_data: *mut c_void,
}

fn described(values: &[f64], shape: &[u64]) -> Array {
    let mut array = Array::new();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
    array.room(bytes.len() as u64).unwrap()[..bytes.len()].copy_from_slice(&bytes);
    array.describe(Element::F64, shape, &[]).unwrap();
    array
}

/// Reads the numbers of an exported array like a consumer.
fn numbers(array: &ArrowArray) -> Vec<f64> {
    // SAFETY: both structures are the interface's.
    let array: &ForeignArray = unsafe { &*std::ptr::from_ref(array).cast() };
    // SAFETY: an array of numbers has two buffers.
    let data = unsafe { array.buffers.add(1) };
    // SAFETY: as above.
    let data = unsafe { *data }.cast::<f64>();
    // SAFETY: the buffer has so many numbers.
    unsafe { std::slice::from_raw_parts(data, array.length as usize) }.to_vec()
}

#[test]
fn a_consumer_reads_the_numbers_of_an_array_that_was_moved_when_it_was_exported() {
    let (array, schema) = export(Owned::from(described(&[1.5, -2.0], &[2]))).unwrap();
    let moved = Box::new((array, schema));
    assert_eq!(numbers(&moved.0), [1.5, -2.0]);
}

/// Its numbers are inside it, not behind a pointer: moving it moves them.
#[derive(Debug)]
struct Inline([f64; 3]);

impl Holds for Inline {
    fn block(&self) -> Block<'_> {
        Block::of(&self.0, &[3], &[]).unwrap()
    }
}

#[test]
fn numbers_stored_inside_their_owner_are_exported_at_their_final_address() {
    let (array, schema) = export(Owned::held(Inline([1.0, 2.0, 3.0]))).unwrap();
    assert_eq!(numbers(&array), [1.0, 2.0, 3.0]);
    // SAFETY: both were exported a moment ago.
    let back = unsafe { import(array, schema) }.unwrap();
    assert_eq!(back.block().as_slice::<f64>().unwrap(), [1.0, 2.0, 3.0]);
}

#[test]
fn lists_of_lists_come_back_with_their_shape() {
    let values: Vec<f64> = (0..24).map(f64::from).collect();
    let array = described(&values, &[2, 3, 4]);
    let address = array.as_bytes().as_ptr();
    let (array, schema) = export(array.into()).unwrap();
    // SAFETY: both were exported a moment ago.
    let back = unsafe { import(array, schema) }.unwrap();
    assert_eq!(back.block().shape(), [2, 3, 4]);
    assert_eq!(back.block().as_slice::<f64>().unwrap(), values);
    assert_eq!(back.block().as_bytes().as_ptr(), address);
}

static RELEASED: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn release_array(array: *mut ForeignArray) {
    // SAFETY: the array is live.
    let array = unsafe { &mut *array };
    array.release = None;
    // SAFETY: `foreign` made the pointer from such a box, and an array is released once.
    drop(unsafe { Box::from_raw(array.private_data.cast::<Buffers>()) });
    RELEASED.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn release_schema(schema: *mut ForeignSchema) {
    // SAFETY: the schema is live.
    unsafe { (*schema).release = None };
}

struct Buffers {
    pointers: [*const c_void; 2],
    _bitmap: Vec<u8>,
    _numbers: Vec<u8>,
}

/// An array of another library, with a validity bitmap.
fn foreign(numbers: Vec<u8>, bitmap: Vec<u8>, offset: i64, length: i64) -> (ArrowArray, ArrowSchema) {
    let buffers = Box::new(Buffers {
        pointers: [bitmap.as_ptr().cast(), numbers.as_ptr().cast()],
        _bitmap: bitmap,
        _numbers: numbers,
    });
    let buffers = Box::into_raw(buffers);
    let array = ForeignArray {
        length,
        null_count: -1,
        offset,
        n_buffers: 2,
        n_children: 0,
        // SAFETY: the buffers live until the array is released.
        buffers: unsafe { &raw mut (*buffers).pointers }.cast(),
        children: std::ptr::null_mut(),
        dictionary: std::ptr::null_mut(),
        release: Some(release_array),
        private_data: buffers.cast(),
    };
    let schema = ForeignSchema {
        format: c"C".as_ptr(),
        name: std::ptr::null(),
        metadata: std::ptr::null(),
        flags: 0,
        n_children: 0,
        children: std::ptr::null_mut(),
        dictionary: std::ptr::null_mut(),
        release: Some(release_schema),
        private_data: std::ptr::null_mut(),
    };
    // SAFETY: both structures are the interface's.
    let array = unsafe { std::mem::transmute::<ForeignArray, ArrowArray>(array) };
    // SAFETY: as above.
    (array, unsafe {
        std::mem::transmute::<ForeignSchema, ArrowSchema>(schema)
    })
}

#[test]
fn nulls_are_counted_from_the_offset_on_and_refused() {
    let numbers = |count: u8| (0..count).collect::<Vec<_>>();
    let (array, schema) = foreign(numbers(20), vec![0b1111_1110, 0xff, 0xff], 1, 19);
    // SAFETY: bitmap and numbers are as long as offset and length say, and nobody changes them.
    let block = unsafe { import(array, schema) }.unwrap();
    assert_eq!(block.block().as_bytes(), &numbers(20)[1..]);
    drop(block);
    let (array, schema) = foreign(numbers(20), vec![0b1111_1101, 0b0111_1111, 0], 1, 16);
    // SAFETY: as above.
    let refused = unsafe { import(array, schema) }.unwrap_err();
    assert_eq!(refused, ArrowError::Nulls { count: 3 });
    assert_eq!(RELEASED.load(Ordering::SeqCst), 2);
}

#[test]
fn the_format_that_is_exported_is_the_interface_s() {
    let (_array, schema) = export(Owned::from(described(&[1.0, 2.0], &[1, 2]))).unwrap();
    // SAFETY: both structures are the interface's.
    let schema: &ForeignSchema = unsafe { &*std::ptr::from_ref(&schema).cast() };
    // SAFETY: the format is a C string that lives as long as the schema.
    assert_eq!(unsafe { CStr::from_ptr(schema.format) }, c"+w:2");
    // SAFETY: a list has one child.
    let child = unsafe { *schema.children };
    // SAFETY: it lives as long as the list.
    let child = unsafe { &*child };
    // SAFETY: as above.
    assert_eq!(unsafe { CStr::from_ptr(child.format) }, c"g");
}

/// Gives a large block the first time, and a small one from then on.
#[derive(Debug, Default)]
struct Changing(std::sync::atomic::AtomicBool);

impl Holds for Changing {
    fn block(&self) -> Block<'_> {
        static NUMBERS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
        let (numbers, shape): (&[f64], &[u64]) = match self.0.swap(true, Ordering::SeqCst) {
            false => (&NUMBERS, &[4]),
            true => (&NUMBERS[..1], &[1]),
        };
        Block::of(numbers, shape, &[]).unwrap()
    }
}

#[test]
fn an_owner_that_gives_another_block_each_time_is_refused() {
    let refused = export(Owned::held(Changing::default())).unwrap_err();
    assert!(matches!(refused, ArrowError::Layout { .. }), "{refused}");
}

/// Its drop panics.
#[derive(Debug)]
struct Bomb;

impl Holds for Bomb {
    fn block(&self) -> Block<'_> {
        Block::of(&[1.0_f64], &[1], &[]).unwrap()
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("planted")
    }
}

#[test]
fn a_panic_of_the_owner_does_not_leave_a_function_that_other_software_calls() {
    drop(export(Owned::held(Bomb)).unwrap());
    let raw = Owned::held(Bomb).into_raw();
    // SAFETY: it was made a moment ago, and is released once.
    unsafe { (raw.release)(raw.owner) };
}
