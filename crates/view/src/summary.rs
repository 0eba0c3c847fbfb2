//! A short summary of an array's numbers.

use crate::types::Type;
use crate::{View, Viewable};
use bytemuck::Pod;
use half::f16;
use num_complex::Complex;
use tollgate_abi::Element;

/// A number of any element type, without loss of precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// From an unsigned type.
    Unsigned(u64),
    /// From a signed type.
    Signed(i64),
    /// From a 64-bit floating-point type.
    Float(f64),
    /// From a 32-bit or 16-bit floating-point type, so that it is printed with that type's digits.
    Float32(f32),
}

impl Number {
    /// The nearest `f64`.
    pub fn to_f64(self) -> f64 {
        match self {
            Number::Unsigned(number) => number as f64,
            Number::Signed(number) => number as f64,
            Number::Float(number) => number,
            Number::Float32(number) => f64::from(number),
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Unsigned(number) => number.fmt(f),
            Number::Signed(number) => number.fmt(f),
            Number::Float(number) => number.fmt(f),
            Number::Float32(number) => number.fmt(f),
        }
    }
}

/// The first and last elements of an array, and its minimum, maximum and mean over all axes. NaN is counted separately.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The number of elements, including NaN.
    pub count: u64,
    /// The first elements, at most the requested number.
    pub first: Vec<Number>,
    /// The last elements, at most the requested number.
    pub last: Vec<Number>,
    /// The least element that is not NaN.
    pub min: Option<Number>,
    /// The greatest element that is not NaN.
    pub max: Option<Number>,
    /// The mean of the elements that are not NaN, summed in `f64` by Welford's recurrence.
    pub mean: Option<f64>,
    /// The number of elements that are NaN.
    pub nan_count: u64,
}

/// Summarises all of `bytes`, which are in this machine's byte order, at any address. A bool counts as 0 or 1. `None`
/// if the element type is not a real number.
pub fn summarize(element: Element, bytes: &[u8], ends: usize) -> Option<Summary> {
    numbers(element, bytes, true, Summarise { ends })
}

/// An operation on all numbers of an array, in memory order.
trait Visit {
    type Output;
    fn visit<T: Viewable<Bits = T> + Pod>(
        self,
        bytes: &[u8],
        native: bool,
        number: impl Fn(T) -> Number,
    ) -> Self::Output;
}

struct Summarise {
    ends: usize,
}

impl Visit for Summarise {
    type Output = Summary;

    fn visit<T: Viewable<Bits = T> + Pod>(self, bytes: &[u8], native: bool, number: impl Fn(T) -> Number) -> Summary {
        over(bytes, self.ends, native, number)
    }
}

struct Each<F>(F);

impl<F: FnMut(f64)> Visit for Each<F> {
    type Output = ();

    fn visit<T: Viewable<Bits = T> + Pod>(mut self, bytes: &[u8], native: bool, number: impl Fn(T) -> Number) {
        values::<T>(bytes, native).for_each(|value| self.0(number(value).to_f64()));
    }
}

fn numbers<V: Visit>(element: Element, bytes: &[u8], native: bool, to: V) -> Option<V::Output> {
    Some(match element {
        Element::U8 => to.visit(bytes, native, |x: u8| Number::Unsigned(x.into())),
        Element::U16 => to.visit(bytes, native, |x: u16| Number::Unsigned(x.into())),
        Element::U32 => to.visit(bytes, native, |x: u32| Number::Unsigned(x.into())),
        Element::U64 => to.visit(bytes, native, Number::Unsigned),
        Element::I8 => to.visit(bytes, native, |x: i8| Number::Signed(x.into())),
        Element::I16 => to.visit(bytes, native, |x: i16| Number::Signed(x.into())),
        Element::I32 => to.visit(bytes, native, |x: i32| Number::Signed(x.into())),
        Element::I64 => to.visit(bytes, native, Number::Signed),
        Element::F16 => to.visit(bytes, native, |x: f16| Number::Float32(x.to_f32())),
        Element::F32 => to.visit(bytes, native, Number::Float32),
        Element::F64 => to.visit(bytes, native, Number::Float),
        Element::BOOL => to.visit(bytes, native, |x: u8| Number::Unsigned(u64::from(x != 0))),
        _ => return None,
    })
}

/// All values, in any form.
fn values<T: Viewable<Bits = T> + Pod>(
    bytes: &[u8],
    native: bool,
) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + Clone {
    bytes.chunks_exact(size_of::<T>()).map(move |chunk| {
        if native {
            bytemuck::pod_read_unaligned::<T::Bits>(chunk)
        } else {
            T::read_swapped(chunk)
        }
    })
}

impl View {
    /// The minimum, maximum and mean over all elements, in any form. The first and last elements are in memory order. A
    /// point in time counts as its number, and "not a time" as NaN. Of complex numbers, only those with a NaN are
    /// counted. `None` if the elements are not numbers.
    pub fn summary(&self, ends: usize) -> Option<Summary> {
        let (bytes, native) = (self.as_bytes(), self.byte_order().is_native());
        let not_a_time = |x: i64| {
            if x == i64::MIN {
                Number::Float(f64::NAN)
            } else {
                Number::Signed(x)
            }
        };
        match self.kind() {
            Type::DateTime(_) | Type::TimeDelta(_) => Some(over(bytes, ends, native, not_a_time)),
            Type::Plain(Element::C64) => Some(without_order(bytes, native, |x: Complex<f32>| x.is_nan())),
            Type::Plain(Element::C128) => Some(without_order(bytes, native, |x: Complex<f64>| x.is_nan())),
            Type::Plain(element) => numbers(*element, bytes, native, Summarise { ends }),
            Type::Packed(_) => summarize(self.element(), self.to_array().ok()?.as_bytes(), ends),
            _ => None,
        }
    }

    /// Passes all elements to `each`, in memory order, each as the nearest `f64`. A bool is 0 or 1. If the elements are
    /// not real numbers, nothing is passed. A packed element is decoded first, if memory can be allocated.
    pub fn for_each_real(&self, each: impl FnMut(f64)) {
        let (bytes, native) = (self.as_bytes(), self.byte_order().is_native());
        let done = match self.kind() {
            Type::Plain(element) => numbers(*element, bytes, native, Each(each)),
            Type::Packed(_) => self.to_array().ok().and_then(|array| {
                let element = array.element();
                numbers(element, array.as_bytes(), true, Each(each))
            }),
            _ => None,
        };
        // `None` means that there are no real numbers, which the documentation says.
        done.unwrap_or_default();
    }
}

/// The summary of numbers that have no order.
fn without_order<T: Viewable<Bits = T> + Pod>(bytes: &[u8], native: bool, is_nan: impl Fn(T) -> bool) -> Summary {
    let number = |x: T| Number::Float(if is_nan(x) { f64::NAN } else { 0.0 });
    let summary = over(bytes, 0, native, number);
    Summary {
        min: None,
        max: None,
        mean: None,
        ..summary
    }
}

fn over<T: Viewable<Bits = T> + Pod>(bytes: &[u8], ends: usize, native: bool, number: impl Fn(T) -> Number) -> Summary {
    let elements = values::<T>(bytes, native).map(&number);
    let count = elements.len();
    let mut summary = Summary {
        count: count as u64,
        first: elements.clone().take(ends).collect(),
        last: elements.clone().skip(count.saturating_sub(ends)).collect(),
        min: None,
        max: None,
        mean: None,
        nan_count: 0,
    };
    let (mut least, mut greatest, mut mean, mut seen) = (None, None, 0.0, 0.0);
    for element in elements {
        let value = element.to_f64();
        if value.is_nan() {
            summary.nan_count += 1;
            continue;
        }
        seen += 1.0;
        // Divide before subtracting, so that values near the maximum of both signs do not overflow.
        mean = if f64::is_infinite(mean) {
            mean + value
        } else {
            mean + (value / seen - mean / seen)
        };
        // Compare in the own type: neighbours beyond 2^53 are equal in f64.
        if least.is_none_or(|least| less(element, least)) {
            least = Some(element);
        }
        if greatest.is_none_or(|greatest| less(greatest, element)) {
            greatest = Some(element);
        }
    }
    (summary.min, summary.max) = (least, greatest);
    summary.mean = (seen > 0.0).then_some(mean);
    summary
}

fn less(a: Number, b: Number) -> bool {
    match (a, b) {
        (Number::Unsigned(a), Number::Unsigned(b)) => a < b,
        (Number::Signed(a), Number::Signed(b)) => a < b,
        (a, b) => a.to_f64() < b.to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_counted_apart_and_infinity_is_not() {
        let values = [1.0, f64::NAN, f64::INFINITY, -2.0];
        let summary = summarize(Element::F64, bytemuck::cast_slice(&values), 2).unwrap();
        assert_eq!((summary.count, summary.nan_count), (4, 1));
        assert_eq!(summary.max, Some(Number::Float(f64::INFINITY)));
        assert_eq!(
            (summary.min, summary.mean),
            (Some(Number::Float(-2.0)), Some(f64::INFINITY))
        );
    }

    #[test]
    fn the_greatest_values_of_both_signs_have_a_mean() {
        let values = [1.7e308, -1.7e308];
        assert_eq!(
            summarize(Element::F64, bytemuck::cast_slice(&values), 0).unwrap().mean,
            Some(0.0)
        );
    }

    #[test]
    fn large_integers_stay_exact() {
        let values = [u64::MAX, u64::MAX - 1];
        let summary = summarize(Element::U64, bytemuck::cast_slice(&values), 3).unwrap();
        assert_eq!(
            summary.first,
            [Number::Unsigned(u64::MAX), Number::Unsigned(u64::MAX - 1)]
        );
        assert_eq!(summary.min, Some(Number::Unsigned(u64::MAX - 1)));
        assert_eq!(summary.max, Some(Number::Unsigned(u64::MAX)));
    }

    #[test]
    fn an_empty_array_has_no_extremes() {
        let summary = summarize(Element::F32, &[], 3).unwrap();
        assert_eq!((summary.min, summary.mean, summary.count), (None, None, 0));
    }

    #[test]
    fn unaligned_bytes_are_read() {
        let mut bytes = vec![0_u8];
        bytes.extend(7_i32.to_ne_bytes());
        assert_eq!(
            summarize(Element::I32, &bytes[1..], 1).unwrap().max,
            Some(Number::Signed(7))
        );
    }
}
