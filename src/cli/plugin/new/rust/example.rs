//! NAME: an example of a Tollgate plugin with a table, a key with named values, and two operations.

use tollgate_plugin::{Block, Config, Result, Sink, export, operations};

/// Measures the level of a signal, and sets it.
// The first paragraph above is the plugin's description. Each field is a key of the configuration.
#[derive(Config)]
pub struct Levels {
    /// What counts as the level of a signal.
    #[config(default = "peak")]
    measure: Measure,
    /// The level that `normalise` gives a signal.
    #[config(default = 1.0, minimum = 0.001)]
    target: f64,
}

/// The type of a key with named values: the names of the variants in lower case, here `peak` and `mean`.
#[derive(Config, Clone, Copy)]
pub enum Measure {
    /// The greatest magnitude.
    Peak,
    /// The mean magnitude.
    Mean,
}

#[operations]
impl Levels {
    // A table: what a row stands for, then the columns. A text after a type is the unit.
    /// The level of the signal by each measure.
    #[operation(
        takes = [f64],
        gives = table(levels { name: text, level: f64, of_target: f64 "%" }),
        state = stateless
    )]
    fn levels(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let samples = input.as_slice::<f64>()?;
        let levels = [Measure::Peak, Measure::Mean].map(|measure| measure.of(samples));
        // The columns are committed in their order, each with a value for every row.
        output.texts(["peak", "mean"])?;
        output.column(&levels)?;
        output.column(&levels.map(|level| 100.0 * level / self.target))
    }

    // A second operation: `tollgate run FILE --plugin NAME/normalise:measure=mean`.
    /// Scales the signal to the target level. Silence stays silence.
    #[operation(takes = [f64], gives = f64, state = stateless)]
    fn normalise(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        let samples = input.as_slice::<f64>()?;
        let level = self.measure.of(samples);
        let factor = if level > 0.0 { self.target / level } else { 1.0 };
        let room = output.reserve::<f64>(samples.len())?;
        for (to, from) in room.iter_mut().zip(samples) {
            *to = from * factor;
        }
        output.commit_like(input)
    }
}

impl Measure {
    fn of(self, samples: &[f64]) -> f64 {
        let magnitudes = samples.iter().map(|sample| sample.abs());
        match self {
            Measure::Peak => magnitudes.fold(0.0, f64::max),
            Measure::Mean if samples.is_empty() => 0.0,
            Measure::Mean => magnitudes.sum::<f64>() / samples.len() as f64,
        }
    }
}

export!(Levels);

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_plugin::testing;

    const SAMPLES: [f64; 4] = [0.5, -2.0, 0.0, 1.5];

    fn levels(measure: Measure) -> Levels {
        Levels { measure, target: 4.0 }
    }

    #[test]
    fn the_table_has_a_row_for_each_measure() -> Result<()> {
        let input = Block::of(&SAMPLES, &[4], &[])?;
        let table = testing::collect(|output| levels(Measure::Peak).levels(&input, output))?;
        assert_eq!(table[0].texts().unwrap(), ["peak", "mean"]);
        assert_eq!(table[1].as_slice::<f64>()?, [2.0, 1.0]);
        assert_eq!(table[2].as_slice::<f64>()?, [50.0, 25.0]);
        Ok(())
    }

    #[test]
    fn a_signal_gets_the_target_level_by_the_chosen_measure() -> Result<()> {
        let input = Block::of(&SAMPLES, &[2, 2], &[])?;
        let peak = testing::collect(|output| levels(Measure::Peak).normalise(&input, output))?;
        assert_eq!(peak[0].as_slice::<f64>()?, [1.0, -4.0, 0.0, 3.0]);
        assert_eq!(peak[0].shape(), [2, 2]);
        let mean = testing::collect(|output| levels(Measure::Mean).normalise(&input, output))?;
        assert_eq!(mean[0].as_slice::<f64>()?, [2.0, -8.0, 0.0, 6.0]);
        let silence = Block::of(&[0.0], &[1], &[])?;
        let given = testing::collect(|output| levels(Measure::Mean).normalise(&silence, output))?;
        assert_eq!(given[0].as_slice::<f64>()?, [0.0]);
        Ok(())
    }
}
