//! The probe itself, without exports.

use tollgate_plugin::{Block, Config, Result, Sink, operations};

/// Does as little as a plugin can, so that the price of a call is that of the crossing.
///
/// It has no settings and no state.
#[derive(Config)]
pub(crate) struct Probe;

#[operations]
impl Probe {
    /// Does nothing and gives nothing.
    #[operation(takes = [f64], gives = none)]
    fn nothing(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }

    /// Sums its input in eight parallel sums.
    #[operation(takes = [f64], gives = f64)]
    fn sum(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let values = input.as_slice::<f64>()?;
        let mut sums = [0.0; 8];
        let (rows, rest) = values.as_chunks::<8>();
        for row in rows {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        let sum = sums.iter().chain(rest).sum::<f64>();
        output.reserve::<f64>(1)?[0] = sum;
        output.commit()
    }
}
