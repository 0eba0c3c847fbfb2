//! Why numbers and a shape are no input.

use tollgate_abi::MAX_RANK;

/// The reason why numbers, a shape and strides are not a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The shape has another number of elements.
    #[error("the shape {shape:?} needs {needed} elements, and there are {}", found_of(*.needed, *.found))]
    Size {
        /// The shape.
        shape: Vec<usize>,
        /// Its number of elements.
        needed: usize,
        /// The number of elements that there are. For an iterator, one more than needed if it gives more.
        found: usize,
    },
    /// There are more axes than [`MAX_RANK`].
    #[error("the shape has {rank} axes, and a block can have at most {MAX_RANK}")]
    Rank {
        /// The number of axes.
        rank: usize,
    },
    /// The shape has more bytes than an address space.
    #[error("the shape {shape:?} does not fit in memory")]
    TooLarge {
        /// The shape.
        shape: Vec<usize>,
    },
    /// There is not one stride for each axis.
    #[error("the shape has {axes} axes and {strides} strides: give one stride, in elements, for each axis")]
    StrideCount {
        /// The number of axes.
        axes: usize,
        /// The number of strides.
        strides: usize,
    },
    /// An element would be outside of the numbers.
    #[error(
        "the shape {shape:?} with the strides {strides:?} (in elements) reaches {} elements, and there are {found}",
        reach_of(*.reach)
    )]
    Strides {
        /// The shape.
        shape: Vec<usize>,
        /// The strides, in elements.
        strides: Vec<isize>,
        /// The number of elements from the lowest address to the highest, or `None` if it does not fit in a `usize`.
        reach: Option<usize>,
        /// The number of elements that there are.
        found: usize,
    },
    /// The names do not fit the columns.
    #[error("{} names {names:?} for {columns} columns: give each column one name without a NUL", names.len())]
    Names {
        /// The number of columns: the length of the last axis, or 1 for one axis.
        columns: u64,
        /// The names.
        names: Vec<String>,
    },
    /// Memory for a copy could not be allocated.
    #[error("out of memory: a copy of {elements} elements could not be allocated")]
    Memory {
        /// The number of elements.
        elements: usize,
    },
}

fn found_of(needed: usize, found: usize) -> String {
    if found > needed {
        return format!("more ({found} or more)");
    }
    found.to_string()
}

fn reach_of(reach: Option<usize>) -> String {
    reach.map_or_else(|| "more than addressable".to_owned(), |reach| reach.to_string())
}
