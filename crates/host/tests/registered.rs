//! Parts of the program behind `inline`, without a file or a process: small enough for Miri, which `.ci/miri` runs here.

use tollgate_host::{Boundary, Host};
use tollgate_plugin::{Attribute, Block, Config, Error, Result, Saved, Sink, Value, inline, operations};

/// Scales, counts, and says what it saw.
#[derive(Config)]
pub struct Part {
    /// By how much.
    #[config(default = 2.0)]
    factor: f64,
    #[config(skip)]
    seen: u64,
}

#[operations]
impl Part {
    /// Each number times the factor.
    #[operation(takes = [f64], gives = f64)]
    fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let values = input.as_slice::<f64>()?;
        let scaled = output.reserve::<f64>(values.len())?;
        for (to, from) in scaled.iter_mut().zip(values) {
            *to = from * self.factor;
        }
        output.commit_like(input)
    }

    /// How many numbers it was given so far.
    #[operation(takes = [f64], gives = u64, state = saved)]
    fn count(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        self.seen += input.as_slice::<f64>()?.len() as u64;
        output.column(&[self.seen])
    }

    /// Refuses what is negative.
    #[operation(takes = [f64], gives = none)]
    fn refuse(&mut self, input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        match input.as_slice::<f64>()?.iter().find(|value| **value < 0.0) {
            Some(value) => Err(Error::new(format!("{value} is negative"))),
            None => Ok(()),
        }
    }

    /// Panics.
    #[operation(takes = [f64], gives = none)]
    fn panic(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        panic!("on purpose")
    }
}

impl Saved for Part {
    fn save(&self, output: &mut Sink<'_>) -> Result<()> {
        output.column(&[self.seen])
    }

    fn restore(&mut self, state: &Block<'_>) -> Result<()> {
        self.seen = *state
            .as_slice::<u64>()?
            .first()
            .ok_or(Error::new("the state is empty"))?;
        Ok(())
    }
}

fn operation(name: &str) -> tollgate_host::Operation {
    let host = Host::builder().build();
    host.register(Boundary::Inline, &inline!(Part, "part")).unwrap();
    let plugin = host.open("part").unwrap().behind(Boundary::Inline).unwrap();
    plugin.operation(name).unwrap()
}

#[test]
fn a_block_goes_through_with_its_shape_and_attributes_and_its_output_is_used_again() {
    let mut scale = operation("scale");
    let rate = [Attribute::new("rate", Value::Real(2.5))];
    let mut output = scale.call(&Block::of(&[1.0, 2.0], &[2, 1], &rate).unwrap()).unwrap();
    for length in [1_u64, 3, 20, 2] {
        let values: Vec<f64> = (0..length).map(|value| value as f64).collect();
        let shape = [length];
        let input = Block::of(&values, &shape, &rate).unwrap();
        scale.call_into(&input, &mut output).unwrap();
        let given = output.block().unwrap();
        assert_eq!(
            (given.shape(), given.attribute("rate")),
            (&shape[..], Some(Value::Real(2.5)))
        );
        let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
        assert_eq!(given.as_slice::<f64>().unwrap(), doubled);
    }
    let moved = Box::new(output);
    assert_eq!(
        moved.into_array().unwrap().block().as_slice::<f64>().unwrap(),
        [0.0, 2.0]
    );
}

#[test]
fn a_state_is_saved_and_restored() {
    let input = Block::of(&[1.0, 2.0, 3.0], &[3], &[]).unwrap();
    let mut count = operation("count");
    count.call(&input).unwrap();
    let saved = count.save().unwrap();
    let mut other = operation("count");
    other.restore(&saved.block().unwrap()).unwrap();
    let counted = other.call(&input).unwrap();
    assert_eq!(counted.block().unwrap().as_slice::<u64>().unwrap(), [6]);
}

#[test]
fn errors_and_panics_come_back_as_errors() {
    let input = Block::of(&[1.0, -2.0], &[2], &[]).unwrap();
    let refused = operation("refuse").call(&input).unwrap_err();
    assert!(refused.to_string().contains("-2 is negative"), "{refused}");
    let panicked = operation("panic").call(&input).unwrap_err();
    assert!(panicked.to_string().contains("on purpose"), "{panicked}");
}
