//! Exporting a block to other software.

use super::{ArrowArray, ArrowError, ArrowSchema, FORMATS};
use crate::Owned;
use crate::owned::without_panic;
use std::ffi::{CString, c_void};
use std::ptr;
use tollgate_abi::Element;

/// Exports a block as an Arrow array and its schema. The receiver may move and release them as the interface allows.
/// The block's memory is released with the array of its numbers.
///
/// # Errors
/// [`ArrowError::Element`], [`ArrowError::Layout`].
pub fn export(owned: Owned<'static>) -> Result<(ArrowArray, ArrowSchema), ArrowError> {
    let block = owned.block();
    let element = block.element();
    let Some((format, _)) = FORMATS.iter().find(|(_, known)| *known == element) else {
        let instead = match element {
            Element::BOOL => "Arrow packs eight booleans into a byte; export them as u8",
            Element::C64 | Element::C128 => "export the real and imaginary parts as a last axis of length 2",
            _ => "Arrow export supports numbers of fixed size",
        };
        return Err(ArrowError::Element { element, instead });
    };
    let problem = |problem| Err(ArrowError::Layout { problem });
    if block.strides().is_some() {
        return problem("strides");
    }
    let shape = block.shape().to_vec();
    if shape.is_empty() {
        return problem("no axis");
    }
    // The number of lists, or of numbers, up to each axis.
    let lengths: Option<Vec<i64>> = shape
        .iter()
        .scan(Some(1_i64), |length, axis| {
            *length = length.and_then(|length| length.checked_mul(i64::try_from(*axis).ok()?));
            Some(*length)
        })
        .collect();
    let Some(lengths) = lengths else {
        return problem("axes whose product does not fit in 63 bits");
    };
    let mut schema = leaf_schema(format);
    let (mut array, exported) = array(
        lengths[shape.len() - 1],
        Held {
            buffers: vec![ptr::null(), ptr::null()],
            child: None,
            owned: Some(owned),
        },
    );
    if exported != Some((element, shape.clone())) {
        return problem("an owner that does not give the same block each time");
    }
    // Each further axis, innermost first, wraps the array in a list.
    for axis in (1..shape.len()).rev() {
        schema = list_schema(shape[axis], schema)?;
        (array, _) = self::array(
            lengths[axis - 1],
            Held {
                buffers: vec![ptr::null()],
                child: Some(Box::into_raw(Box::new(array))),
                owned: None,
            },
        );
    }
    Ok((array, schema))
}

/// The memory that an exported array refers to.
struct Held {
    buffers: Vec<*const c_void>,
    child: Option<*mut ArrowArray>,
    owned: Option<Owned<'static>>,
}

/// The array, and the element type and shape of the block that it takes its numbers from, where this is in C order.
fn array(length: i64, held: Held) -> (ArrowArray, Option<(Element, Vec<u64>)>) {
    let n_buffers = held.buffers.len() as i64;
    let held = Box::into_raw(Box::new(held));
    // SAFETY: the box is live until `release_array`, and nothing else refers to it now.
    let inside = unsafe { &mut *held };
    // Take the address only here, where the owner no longer moves: a move may assert that nobody else points to its
    // memory.
    let mut exported = None;
    if let (Some(owned), Some(data)) = (&inside.owned, inside.buffers.get_mut(1)) {
        let block = owned.block();
        *data = block.as_bytes().as_ptr().cast();
        exported = block
            .strides()
            .is_none()
            .then(|| (block.element(), block.shape().to_vec()));
    }
    let array = ArrowArray {
        length,
        n_buffers,
        buffers: inside.buffers.as_mut_ptr(),
        n_children: inside.child.is_some().into(),
        children: inside.child.as_mut().map_or(ptr::null_mut(), ptr::from_mut),
        release: Some(release_array),
        private_data: held.cast(),
        ..ArrowArray::empty()
    };
    (array, exported)
}

/// # Safety
/// `array` points to an array of this module's that was not released.
unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: the caller promises a live array, which it alone holds.
    let array = unsafe { &mut *array };
    array.release = None;
    // SAFETY: `array()` made the pointer from such a box, and the array is released this once.
    let held = unsafe { Box::from_raw(array.private_data.cast::<Held>()) };
    let child = held.child;
    without_panic(|| drop(held));
    if let Some(child) = child {
        // SAFETY: `export` made the pointer from a box. A consumer that moved the child elsewhere marked this one as
        // released, and then its drop does nothing.
        drop(unsafe { Box::from_raw(child) });
    }
}

/// The memory that an exported schema refers to.
struct Described {
    format: CString,
    child: Option<*mut ArrowSchema>,
}

fn leaf_schema(format: &str) -> ArrowSchema {
    schema(Described {
        format: CString::new(format).expect("Arrow's names of types have no NUL"),
        child: None,
    })
}

fn list_schema(size: u64, inner: ArrowSchema) -> Result<ArrowSchema, ArrowError> {
    let format = i32::try_from(size).map_err(|_| ArrowError::Layout {
        problem: "an axis after the first with more than 2^31 - 1 elements",
    })?;
    Ok(schema(Described {
        format: CString::new(format!("+w:{format}")).expect("a number has no NUL"),
        child: Some(Box::into_raw(Box::new(inner))),
    }))
}

fn schema(described: Described) -> ArrowSchema {
    let described = Box::into_raw(Box::new(described));
    // SAFETY: the box is live until `release_schema`, and nothing else refers to it now.
    let inside = unsafe { &mut *described };
    ArrowSchema {
        format: inside.format.as_ptr(),
        name: c"".as_ptr(),
        n_children: inside.child.is_some().into(),
        children: inside.child.as_mut().map_or(ptr::null_mut(), ptr::from_mut),
        release: Some(release_schema),
        private_data: described.cast(),
        ..ArrowSchema::empty()
    }
}

/// # Safety
/// `schema` points to a schema of this module's that was not released.
unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: the caller promises a live schema, which it alone holds.
    let schema = unsafe { &mut *schema };
    schema.release = None;
    // SAFETY: `schema()` made the pointer from such a box, and the schema is released this once.
    let described = unsafe { Box::from_raw(schema.private_data.cast::<Described>()) };
    if let Some(child) = described.child {
        // SAFETY: as for an array's child.
        drop(unsafe { Box::from_raw(child) });
    }
}
