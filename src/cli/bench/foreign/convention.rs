//! Calls of functions whose arguments are known only at run time: a table of function types, one for each sequence
//! of up to six integers and floating-point numbers.
//!
//! No interpreter such as libffi is used: the measured call is one that a compiler makes.
//! [`arch`](super::arch) says on which platforms such a table is right.

use std::mem;

/// The most arguments that a call can have.
pub(crate) const MOST: usize = 6;

/// Arguments as they are passed in registers.
pub(crate) type Words = [u64; MOST];

/// The kind of register that an argument is passed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A general register.
    Integer,
    /// A floating-point register.
    Float,
}

/// A value that a register can hold, in its low bits.
pub(crate) trait Word: Copy + 'static {
    /// False for `void`.
    const IS_VALUE: bool = true;
    fn from_word(word: u64) -> Self;
    fn to_word(self) -> u64;
}

impl Word for u64 {
    #[inline(always)]
    fn from_word(word: u64) -> u64 {
        word
    }

    #[inline(always)]
    fn to_word(self) -> u64 {
        self
    }
}

impl Word for f64 {
    #[inline(always)]
    fn from_word(word: u64) -> f64 {
        f64::from_bits(word)
    }

    #[inline(always)]
    fn to_word(self) -> u64 {
        self.to_bits()
    }
}

/// No result.
impl Word for () {
    const IS_VALUE: bool = false;

    #[inline(always)]
    fn from_word(_word: u64) {}

    #[inline(always)]
    fn to_word(self) -> u64 {
        0
    }
}

/// The types of a call's arguments.
pub(crate) trait Arguments: 'static {
    /// How many there are.
    const COUNT: usize;
    /// These and one more integer; unchanged if there are six already.
    type AndInteger: Arguments;
    /// These and one more floating-point number; unchanged if there are six already.
    type AndFloat: Arguments;

    /// Calls a function.
    ///
    /// # Safety
    /// `function` must be the address of a function of C's calling convention whose arguments and result are of these
    /// classes, on a platform that [`arch`](super::arch) supports, and it must be sound to call it with these words.
    unsafe fn call<R: Word>(function: *const (), words: &Words) -> u64;

    /// A function of this type that returns its first argument, or zero where it has none.
    fn empty<R: Word>() -> *const ();
}

/// What to do with the types that were found.
pub(crate) trait Visitor {
    type Output;
    fn visit<A: Arguments, R: Word>(self) -> Self::Output;
}

/// Finds the types for at most six classes of arguments and the class of the result (`None` for `void`).
pub(crate) fn with_types<V: Visitor>(arguments: &[Class], result: Option<Class>, visitor: V) -> V::Output {
    fn next<V: Visitor, A: Arguments, R: Word>(rest: &[Class], visitor: V) -> V::Output {
        match rest {
            [] => visitor.visit::<A, R>(),
            [Class::Integer, rest @ ..] => next::<V, A::AndInteger, R>(rest, visitor),
            [Class::Float, rest @ ..] => next::<V, A::AndFloat, R>(rest, visitor),
        }
    }
    assert!(arguments.len() <= MOST, "a signature with more arguments was refused");
    match result {
        None => next::<V, (), ()>(arguments, visitor),
        Some(Class::Integer) => next::<V, (), u64>(arguments, visitor),
        Some(Class::Float) => next::<V, (), f64>(arguments, visitor),
    }
}

macro_rules! arguments {
    ($types:ty, [$($name:ident $index:tt)*], $and_integer:ty, $and_float:ty, $first:expr) => {
        impl<$($name: Word),*> Arguments for $types {
            const COUNT: usize = <[usize]>::len(&[$($index),*]);
            type AndInteger = $and_integer;
            type AndFloat = $and_float;

            #[inline(always)]
            #[allow(unused_variables, reason = "without arguments no word is read")]
            unsafe fn call<R: Word>(function: *const (), words: &Words) -> u64 {
                // SAFETY: the caller upholds that the address is that of a function of this type.
                let function = unsafe { mem::transmute::<*const (), unsafe extern "C" fn($($name),*) -> R>(function) };
                // SAFETY: the caller upholds that it is sound to call with these words.
                unsafe { function($($name::from_word(words[$index])),*) }.to_word()
            }

            fn empty<R: Word>() -> *const () {
                #[inline(never)]
                #[allow(non_snake_case, reason = "an argument is called as its type is")]
                #[allow(unused_variables, reason = "all arguments but the first are left alone")]
                extern "C" fn empty<R: Word, $($name: Word),*>($($name: $name),*) -> R {
                    R::from_word($first)
                }
                empty::<R, $($name),*> as *const ()
            }
        }
    };
}

arguments!((), [], (u64,), (f64,), 0);
arguments!((A,), [A 0], (A, u64), (A, f64), A.to_word());
arguments!((A, B), [A 0 B 1], (A, B, u64), (A, B, f64), A.to_word());
arguments!((A, B, C), [A 0 B 1 C 2], (A, B, C, u64), (A, B, C, f64), A.to_word());
arguments!((A, B, C, D), [A 0 B 1 C 2 D 3], (A, B, C, D, u64), (A, B, C, D, f64), A.to_word());
arguments!((A, B, C, D, E), [A 0 B 1 C 2 D 3 E 4], (A, B, C, D, E, u64), (A, B, C, D, E, f64), A.to_word());
arguments!((A, B, C, D, E, F), [A 0 B 1 C 2 D 3 E 4 F 5], Self, Self, A.to_word());

#[cfg(test)]
mod tests {
    use super::*;

    extern "C" fn mixed(a: u64, b: f64, c: u64, d: f64, e: f64, f: u64) -> f64 {
        a as f64 + 10.0 * b + 100.0 * c as f64 + 1000.0 * d + 10_000.0 * e + 100_000.0 * f as f64
    }

    struct Call(*const (), Words);

    impl Visitor for Call {
        type Output = u64;
        fn visit<A: Arguments, R: Word>(self) -> u64 {
            // SAFETY: the tests call functions of the types that they name.
            unsafe { A::call::<R>(self.0, &self.1) }
        }
    }

    struct Empty(Words);

    impl Visitor for Empty {
        type Output = u64;
        fn visit<A: Arguments, R: Word>(self) -> u64 {
            // SAFETY: the function is of these types, and has no precondition.
            unsafe { A::call::<R>(A::empty::<R>(), &self.0) }
        }
    }

    #[test]
    fn six_arguments_of_both_classes_arrive_in_their_order() {
        use Class::{Float, Integer};
        let words = [1, 2.0_f64.to_bits(), 3, 4.0_f64.to_bits(), 5.0_f64.to_bits(), 6];
        let classes = [Integer, Float, Integer, Float, Float, Integer];
        let result = with_types(&classes, Some(Float), Call(mixed as *const (), words));
        assert_eq!(f64::from_bits(result), 654_321.0);
    }

    #[test]
    fn every_type_of_the_table_calls_its_own_empty_function() {
        for count in 0..=MOST {
            for pattern in 0..1_u32 << count {
                let classes: Vec<Class> = (0..count)
                    .map(|at| [Class::Integer, Class::Float][(pattern >> at & 1) as usize])
                    .collect();
                let words = [7, 8, 9, 10, 11, 12];
                let first = if count == 0 { 0 } else { 7 };
                for result in [Some(Class::Integer), Some(Class::Float)] {
                    assert_eq!(with_types(&classes, result, Empty(words)), first, "{classes:?}");
                }
                assert_eq!(with_types(&classes, None, Empty(words)), 0);
            }
        }
    }
}
