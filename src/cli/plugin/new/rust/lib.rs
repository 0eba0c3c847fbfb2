//! NAME: a Tollgate plugin. It builds and runs as it is. Edit the places marked EDIT.

use std::ops::Mul;
use tollgate_plugin::{Block, Config, Element, Result, Scalar, Sink, export, operations};

// EDIT: the configuration. Each field is a key. Its comment, type, default and limits go into the
// manifest, and the host checks every value before it creates an instance. A field with
// #[config(skip)] is private to the plugin.
//
// The first paragraph of the struct's documentation is the plugin's description.
/// Makes a signal louder or softer.
#[derive(Config)]
pub struct Gain {
    /// What each sample is multiplied by.
    #[config(default = 1.0)]
    factor: f64,
}

#[operations]
impl Gain {
    // EDIT: the operations. `takes` lists the element types. The host refuses other types; it does
    // not convert. `state` says what an instance keeps between calls: stateless (nothing), or
    // resettable (state that a new instance starts without).
    /// Multiplies each sample by the factor.
    #[operation(takes = [f32, f64], gives = same, state = stateless)]
    fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        match input.element() {
            Element::F32 => scaled(input, self.factor as f32, output),
            _ => scaled(input, self.factor, output),
        }
    }
}

fn scaled<T>(input: &Block<'_>, factor: T, output: &mut Sink<'_>) -> Result<()>
where
    T: Scalar + Mul<Output = T>,
{
    let samples = input.as_slice::<T>()?; // the caller's memory, read in place
    let room = output.reserve::<T>(samples.len())?; // the host's memory, written in place
    for (to, from) in room.iter_mut().zip(samples) {
        *to = *from * factor;
    }
    output.commit_like(input) // keeps the shape and the attributes, such as the sample rate
}

export!(Gain);

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_plugin::{Attribute, SAMPLE_RATE, Value, testing};

    #[test]
    fn each_sample_is_scaled_and_keeps_its_sample_rate() -> Result<()> {
        let mut gain = Gain { factor: -2.0 };
        let attributes = [Attribute::new(SAMPLE_RATE, Value::Real(8000.0))];
        let input = Block::of(&[0.5_f32, -1.0, 3.0, 0.0], &[2, 2], &attributes)?;
        let given = testing::collect(|output| gain.scale(&input, output))?;
        assert_eq!(given[0].as_slice::<f32>()?, [-1.0, 2.0, -6.0, 0.0]);
        assert_eq!(given[0].shape(), [2, 2]);
        assert_eq!(given[0].attribute(SAMPLE_RATE), Some(Value::Real(8000.0)));
        Ok(())
    }

    #[test]
    fn f32_and_f64_are_accepted_and_other_types_are_refused() -> Result<()> {
        let mut gain = Gain { factor: 0.5 };
        let real = Block::of(&[1.0_f64], &[1], &[])?;
        let given = testing::collect(|output| gain.scale(&real, output))?;
        assert_eq!(given[0].as_slice::<f64>()?, [0.5]);
        let whole = Block::of(&[1_i16], &[1], &[])?;
        assert!(testing::collect(|output| gain.scale(&whole, output)).is_err());
        Ok(())
    }
}
