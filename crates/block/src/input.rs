//! A program's own numbers as a block: borrowed where the contract allows it, copied where it must be.

mod copy;
mod error;
#[cfg(test)]
mod tests;

use crate::{Attributes, Holds, Owned, Room};
use copy::Steps;
pub use error::InputError;
use std::borrow::Cow;
use std::{fmt, slice};
use tollgate_abi::{Block, COLUMNS, MAX_RANK, Scalar, Value};

/// Numbers of the program with a shape, as an operation takes them.
///
/// A slice is borrowed and a `Vec` is moved: neither is copied. Elements at regular distances (a transposed matrix,
/// every second column) stay where they are too, because a block can have strides. Where a block cannot describe the
/// numbers, they are copied, and [`copied_bytes`](Self::copied_bytes) and [`copy_reason`](Self::copy_reason) say so.
///
/// ```
/// use tollgate_block::{CopyReason, Input};
///
/// let values = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// let rows = Input::shaped(&values, &[2, 3])?;
/// assert_eq!(rows.block().as_slice::<f64>()?, values);
///
/// // Its transpose, in place: 3 × 2, with steps of 1 and 3 elements.
/// let transposed = Input::strided(&values, &[3, 2], &[1, 3])?;
/// assert_eq!(transposed.block().strides(), Some(&[8, 24][..]));
/// assert_eq!(transposed.copied_bytes(), 0);
///
/// // For an operation that reads C order only.
/// let transposed = transposed.in_c_order()?;
/// assert_eq!(transposed.block().as_slice::<f64>()?, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
/// assert_eq!((transposed.copied_bytes(), transposed.copy_reason()), (48, Some(CopyReason::COrder)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Arrays of other crates
/// | array | as an input |
/// | --- | --- |
/// | `ndarray`, contiguous in any order | `Input::strided(a.as_slice_memory_order()?, a.shape(), a.strides())` |
/// | `ndarray`, any other view | `Input::collect(a.iter().copied(), a.shape())`, a copy |
/// | `nalgebra`, a matrix | `Input::column_major(m.as_slice(), &[m.nrows(), m.ncols()])` |
///
/// Elements of other types than Rust's numbers (bool, complex, half) are blocks by [`Block::new`].
pub struct Input<'a, T: Scalar> {
    values: Cow<'a, [T]>,
    shape: Vec<u64>,
    /// In bytes, not negative. `None` for C order.
    strides: Option<Vec<i64>>,
    attributes: Attributes,
    copied: Option<CopyReason>,
}

/// Why an [`Input`] had to copy its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopyReason {
    /// A stride is negative, and a block has no negative strides.
    NegativeStride,
    /// C order was asked for, and the elements had another.
    COrder,
    /// They came from an iterator.
    Iterator,
}

impl fmt::Display for CopyReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NegativeStride => "a stride is negative, and a block has no negative strides",
            Self::COrder => "C order was asked for, and the elements had another",
            Self::Iterator => "the elements came from an iterator",
        })
    }
}

impl<'a, T: Scalar> Input<'a, T> {
    /// One axis of numbers: of a `Vec`, which is moved, or of a slice, which is borrowed.
    pub fn of(values: impl Into<Cow<'a, [T]>>) -> Self {
        let values = values.into();
        Self::in_order(vec![values.len() as u64], values)
    }

    /// Numbers in C order: the last axis varies fastest. An empty shape is a single number.
    ///
    /// # Errors
    /// [`InputError::Size`] if the shape has another number of elements, [`InputError::Rank`] and
    /// [`InputError::TooLarge`].
    pub fn shaped(values: impl Into<Cow<'a, [T]>>, shape: &[usize]) -> Result<Self, InputError> {
        let values = values.into();
        exactly(shape, count_of::<T>(shape)?, values.len())?;
        Ok(Self::in_order(wide(shape), values))
    }

    /// Numbers in Fortran order: the first axis varies fastest, as in `nalgebra`, LAPACK and MATLAB. They stay in
    /// place.
    ///
    /// # Errors
    /// As for [`shaped`](Self::shaped).
    pub fn column_major(values: impl Into<Cow<'a, [T]>>, shape: &[usize]) -> Result<Self, InputError> {
        let values = values.into();
        exactly(shape, count_of::<T>(shape)?, values.len())?;
        let mut step = 1_isize;
        let strides: Vec<isize> = shape
            .iter()
            .map(|&length| {
                let stride = step;
                // Of a shape without elements the product may overflow, and no stride is used.
                step = step.wrapping_mul(length as isize);
                stride
            })
            .collect();
        Self::strided(values, shape, &strides)
    }

    /// Numbers at regular distances: a step along axis `k` is `strides[k]` elements. The first of `values` is the
    /// element with the lowest address, as for `ndarray`'s `as_slice_memory_order`, so a negative stride leads towards
    /// it. A stride of 0 repeats an element. `values` may have more elements than are reached.
    ///
    /// Positive strides need no copy. With a negative stride the numbers are copied into C order.
    ///
    /// # Errors
    /// [`InputError::Strides`] if an element would be outside `values`, [`InputError::StrideCount`],
    /// [`InputError::Rank`], [`InputError::TooLarge`], and [`InputError::Memory`] for a copy.
    pub fn strided(values: impl Into<Cow<'a, [T]>>, shape: &[usize], strides: &[isize]) -> Result<Self, InputError> {
        let values = values.into();
        let count = count_of::<T>(shape)?;
        let steps = Steps::new(shape, strides, count, values.len())?;
        if count == 0 {
            return Ok(Self::in_order(wide(shape), Cow::Borrowed(&[])));
        }
        if steps.turns_back() {
            return Ok(Self {
                copied: Some(CopyReason::NegativeStride),
                ..Self::in_order(wide(shape), Cow::Owned(steps.gather(&values)?))
            });
        }
        Ok(Self {
            strides: Some(steps.in_bytes(size_of::<T>())),
            ..Self::in_order(wide(shape), values)
        })
    }

    /// Numbers from an iterator, in C order: a copy of what cannot be borrowed.
    ///
    /// # Errors
    /// [`InputError::Size`] if the iterator gives another number of elements than the shape has;
    /// [`InputError::Rank`], [`InputError::TooLarge`] and [`InputError::Memory`].
    pub fn collect(values: impl IntoIterator<Item = T>, shape: &[usize]) -> Result<Self, InputError> {
        let count = count_of::<T>(shape)?;
        let mut collected = copy::room(count)?;
        let mut values = values.into_iter();
        collected.extend(values.by_ref().take(count));
        // One more is enough to know that there are too many.
        let found = collected.len() + usize::from(values.next().is_some());
        exactly(shape, count, found)?;
        Ok(Self {
            copied: Some(CopyReason::Iterator),
            ..Self::in_order(wide(shape), Cow::Owned(collected))
        })
    }

    /// The same numbers in C order. They are copied if they are not in that order already.
    ///
    /// Most operations read C order only. They refuse a block with strides, and the message says so.
    ///
    /// # Errors
    /// [`InputError::Memory`].
    pub fn in_c_order(self) -> Result<Self, InputError> {
        // A block drops strides that are those of C order.
        let Some(strides) = self.block().strides().map(<[i64]>::to_vec) else {
            return Ok(self);
        };
        let shape: Vec<usize> = self.shape.iter().map(|length| *length as usize).collect();
        let elements = |bytes: i64| bytes as isize / size_of::<T>() as isize;
        let strides: Vec<isize> = strides.into_iter().map(elements).collect();
        let steps = Steps::new(&shape, &strides, count_of::<T>(&shape)?, self.values.len())?;
        Ok(Self {
            values: Cow::Owned(steps.gather(&self.values)?),
            strides: None,
            copied: Some(CopyReason::COrder),
            ..self
        })
    }

    /// Adds an attribute, such as the [`SAMPLE_RATE`](tollgate_abi::SAMPLE_RATE). A value of an unknown kind is
    /// ignored.
    pub fn with_attribute(mut self, key: &str, value: Value<'_>) -> Self {
        self.attributes.push(key, value);
        self
    }

    /// Names the columns: the attribute [`COLUMNS`], with a name for each element of the last axis.
    ///
    /// # Errors
    /// [`InputError::Names`] if there are more or fewer names, or if a name contains a NUL.
    pub fn with_columns<N: AsRef<str>>(self, names: &[N]) -> Result<Self, InputError> {
        let columns = match self.shape.as_slice() {
            [] | [_] => 1,
            [.., columns] => *columns,
        };
        let mut list = String::new();
        for name in names {
            list.push_str(name.as_ref());
            list.push('\0');
        }
        if names.len() as u64 != columns || names.iter().any(|name| name.as_ref().contains('\0')) {
            return Err(InputError::Names {
                columns,
                names: names.iter().map(|name| name.as_ref().to_owned()).collect(),
            });
        }
        Ok(self.with_attribute(COLUMNS, Value::Text(&list)))
    }

    /// The block. Making it reads none of the numbers.
    pub fn block(&self) -> Block<'_> {
        let attributes = self.attributes.as_slice();
        let Some(strides) = &self.strides else {
            return Block::of(&self.values, &self.shape, attributes).expect("the shape was compared with the numbers");
        };
        let bytes = bytes(&self.values);
        Block::with_strides(T::ELEMENT, bytes, &self.shape, strides, attributes)
            .expect("the strides were compared with the numbers")
    }

    /// The number of elements along each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The bytes that were copied to make this input: 0 if the numbers are where the program put them.
    pub fn copied_bytes(&self) -> usize {
        self.copied.map_or(0, |_| size_of_val::<[T]>(&self.values))
    }

    /// Why the numbers were copied, or `None` if they were not.
    pub fn copy_reason(&self) -> Option<CopyReason> {
        self.copied
    }

    fn in_order(shape: Vec<u64>, values: Cow<'a, [T]>) -> Self {
        Self {
            values,
            shape,
            strides: None,
            attributes: Attributes::new(),
            copied: None,
        }
    }
}

impl<T: Scalar> fmt::Debug for Input<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("block", &self.block())
            .field("copied", &self.copied)
            .finish()
    }
}

impl<T: Scalar> Holds for Input<'_, T> {
    fn block(&self) -> Block<'_> {
        Input::block(self)
    }

    fn memory(&self) -> Room<'_> {
        match self.values {
            Cow::Owned(_) => Room::Heap,
            Cow::Borrowed(_) => Room::Foreign,
        }
    }
}

impl<'a, T: Scalar> From<Input<'a, T>> for Owned<'a> {
    fn from(input: Input<'a, T>) -> Self {
        Owned::held(input)
    }
}

/// A block of one axis, with the memory of the `Vec`.
impl<T: Scalar> From<Vec<T>> for Owned<'_> {
    fn from(values: Vec<T>) -> Self {
        Owned::held(Input::of(values))
    }
}

/// The bytes of numbers.
fn bytes<T: Scalar>(values: &[T]) -> &[u8] {
    // SAFETY: the pointer and the length in bytes are those of a live slice, and a Scalar has no padding, so every byte
    // of it is initialised.
    unsafe { slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The number of elements of a shape.
fn count_of<T: Scalar>(shape: &[usize]) -> Result<usize, InputError> {
    if shape.len() > MAX_RANK {
        return Err(InputError::Rank { rank: shape.len() });
    }
    if shape.contains(&0) {
        return Ok(0);
    }
    let count = shape
        .iter()
        .try_fold(1_usize, |count, &length| count.checked_mul(length));
    count
        .filter(|count| {
            count
                .checked_mul(size_of::<T>())
                .is_some_and(|bytes| bytes <= isize::MAX as usize)
        })
        .ok_or_else(|| InputError::TooLarge { shape: shape.to_vec() })
}

fn exactly(shape: &[usize], needed: usize, found: usize) -> Result<(), InputError> {
    if needed == found {
        return Ok(());
    }
    Err(InputError::Size {
        shape: shape.to_vec(),
        needed,
        found,
    })
}

fn wide(shape: &[usize]) -> Vec<u64> {
    shape.iter().map(|&length| length as u64).collect()
}
