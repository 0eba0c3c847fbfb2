//! The plugin itself, without exports: the `tollgate` command contains it too, behind `inline`.

use super::number::{Integer, Number};
use tollgate_plugin::{Block, Config, Element, Error, Level, Result, Sink, operations};

/// An element type to convert to.
#[derive(Config, Clone, Copy)]
pub(crate) enum To {
    /// 8 bits, unsigned.
    U8,
    /// 16 bits, unsigned.
    U16,
    /// 32 bits, unsigned.
    U32,
    /// 64 bits, unsigned.
    U64,
    /// 8 bits.
    I8,
    /// 16 bits.
    I16,
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
    /// Floating point, 32 bits.
    F32,
    /// Floating point, 64 bits.
    F64,
}

/// The meaning of integers.
#[derive(Config, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// Their own values.
    None,
    /// The range from -1 to 1.
    Full,
}

/// Converts between element types, with documented scaling and saturation.
#[derive(Config)]
pub(crate) struct Convert {
    /// The element type to convert to.
    to: To,
    /// Whether integers are values (none) or stand for the range from -1 to 1 (full).
    #[config(default = "none")]
    scale: Scale,
}

#[operations]
impl Convert {
    /// Converts every element to another type.
    #[operation(takes = [f64, f32, i64, i32, i16, i8, u64, u32, u16, u8], gives = any, state = stateless, copies = true)]
    fn convert(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        match input.element() {
            Element::F64 => self.from::<f64>(input, output),
            Element::F32 => self.from::<f32>(input, output),
            Element::I64 => self.from::<i64>(input, output),
            Element::I32 => self.from::<i32>(input, output),
            Element::I16 => self.from::<i16>(input, output),
            Element::I8 => self.from::<i8>(input, output),
            Element::U64 => self.from::<u64>(input, output),
            Element::U32 => self.from::<u32>(input, output),
            Element::U16 => self.from::<u16>(input, output),
            Element::U8 => self.from::<u8>(input, output),
            other => Err(Error::input(format!("cannot convert {other}"))),
        }
    }
}

impl Convert {
    fn from<F: Number>(&self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        match self.to {
            To::U8 => self.to_integer::<F, u8>(input, output),
            To::U16 => self.to_integer::<F, u16>(input, output),
            To::U32 => self.to_integer::<F, u32>(input, output),
            To::U64 => self.to_integer::<F, u64>(input, output),
            To::I8 => self.to_integer::<F, i8>(input, output),
            To::I16 => self.to_integer::<F, i16>(input, output),
            To::I32 => self.to_integer::<F, i32>(input, output),
            To::I64 => self.to_integer::<F, i64>(input, output),
            To::F32 => self.to_real::<F, f32>(input, output, |value| value as f32),
            To::F64 => self.to_real::<F, f64>(input, output, |value| value),
        }
    }

    fn to_real<F: Number, T: Number>(
        &self,
        input: &Block<'_>,
        output: &mut Sink<'_>,
        round: impl Fn(f64) -> T,
    ) -> Result<()> {
        let values = input.as_slice::<F>()?;
        let full = self.scale == Scale::Full;
        for (to, from) in output.reserve::<T>(values.len())?.iter_mut().zip(values) {
            *to = round(if full { from.to_unit() } else { from.to_f64() });
        }
        output.commit_like(input)
    }

    fn to_integer<F: Number, T: Integer>(&self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let values = input.as_slice::<F>()?;
        let full = self.scale == Scale::Full;
        let mut saturated = 0_usize;
        for (index, (to, from)) in output.reserve::<T>(values.len())?.iter_mut().zip(values).enumerate() {
            let converted = match (full, from.to_i128()) {
                (false, Some(whole)) => T::from_i128(whole),
                (false, None) => T::from_f64(from.to_f64()),
                (true, _) => T::from_unit(from.to_unit()),
            };
            let Some((value, fits)) = converted else {
                return Err(Error::input(format!(
                    "element {index} is NaN, which {} cannot hold",
                    T::ELEMENT
                )));
            };
            saturated += usize::from(!fits);
            *to = value;
        }
        if saturated > 0 {
            let count = values.len();
            output.log(
                Level::WARN,
                &format!(
                    "{saturated} of {count} values were saturated at the limits of {}",
                    T::ELEMENT
                ),
            );
        }
        output.commit_like(input)
    }
}
