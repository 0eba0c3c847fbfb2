//! The plugin itself, without exports: the `tollgate` command contains it too, behind `inline`.

use super::filter::{Coefficients, Design, State};
use tollgate_plugin::{
    Attribute, Block, Config, Element, Error, Result, SAMPLE_RATE, Saved, Scalar, Sink, Value, operations,
};

/// The kind of a filter.
#[derive(Config, Clone, Copy, PartialEq, Debug)]
pub(crate) enum Kind {
    /// Passes frequencies below the cutoff.
    LowPass,
    /// Passes frequencies above the cutoff.
    HighPass,
    /// Passes frequencies around the cutoff, with a gain of 0 dB there.
    BandPass,
    /// Rejects frequencies around the cutoff.
    Notch,
    /// Raises or lowers frequencies around the cutoff.
    Peaking,
    /// Raises or lowers frequencies below the cutoff.
    LowShelf,
    /// Raises or lowers frequencies above the cutoff.
    HighShelf,
}

/// The most that a .wav can have. Each channel takes memory for its state, with samples or without.
const MOST_CHANNELS: usize = 65_535;

/// Second-order filters from the Audio EQ Cookbook: low-pass, high-pass, band-pass, notch, peaking, shelves.
///
/// An instance has a filter's design and its state.
#[derive(Config)]
pub(crate) struct Biquad {
    /// The kind of filter.
    #[config(default = "lowpass")]
    kind: Kind,
    /// Cutoff, centre or midpoint frequency in hertz, below half of the sample rate.
    #[config(minimum = 0)]
    cutoff: f64,
    /// Quality factor: higher is sharper. 1/√2 gives a low-pass without a peak.
    #[config(default = 0.7071067811865476, minimum = 0)]
    q: f64,
    /// Gain in decibels, for peaking and the shelves.
    #[config(default = 0.0)]
    gain: f64,
    #[config(skip)]
    running: Option<Running>,
}

/// The state has a row of two numbers for each channel, and the sample rate as its attribute. It has no rows before the
/// first block.
impl Saved for Biquad {
    fn save(&self, output: &mut Sink<'_>) -> Result<()> {
        let Some(running) = &self.running else {
            output.reserve::<f64>(0)?;
            return output.commit_shape(&[0, 2], &[]);
        };
        let channels = running.channels.len();
        let numbers = output.reserve::<f64>(2 * channels)?;
        for (to, state) in numbers.chunks_exact_mut(2).zip(&running.channels) {
            to.copy_from_slice(&state.numbers());
        }
        let rate = Attribute::new(SAMPLE_RATE, Value::Real(running.rate));
        output.commit_shape(&[channels as u64, 2], &[rate])
    }

    fn restore(&mut self, state: &Block<'_>) -> Result<()> {
        let numbers = state.as_slice::<f64>()?;
        let [_, 2] = state.shape() else {
            return Err(Error::input(format!(
                "a filter's state has two numbers per channel, but this block has the shape {:?}",
                state.shape()
            )));
        };
        if numbers.is_empty() {
            self.running = None;
            return Ok(());
        }
        let channels = numbers.chunks_exact(2).map(|z| State::from_numbers([z[0], z[1]]));
        let mut running = self.design(rate(state)?)?;
        running.channels = channels.collect();
        if running.channels.len() > MOST_CHANNELS {
            return Err(Error::input("the state has more channels than the filter supports"));
        }
        self.running = Some(running);
        Ok(())
    }
}

/// A design at a sample rate, and a state for each channel.
struct Running {
    rate: f64,
    coefficients: Coefficients,
    channels: Vec<State>,
}

#[operations]
impl Biquad {
    /// Filters each channel.
    #[operation(takes = [f64, f32, i16], gives = same, state = saved)]
    fn filter(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> Result<()> {
        match input.element() {
            Element::F64 => self.run::<f64>(input, output, |x| x, |y| y),
            Element::F32 => self.run::<f32>(input, output, f64::from, |y| y as f32),
            // `as` saturates, and integers give no NaN.
            Element::I16 => self.run::<i16>(input, output, f64::from, |y| y.round_ties_even() as i16),
            other => Err(Error::input(format!("cannot filter {other}"))),
        }
    }
}

impl Biquad {
    fn run<T: Scalar>(
        &mut self,
        input: &Block<'_>,
        output: &mut Sink<'_>,
        load: impl Fn(T) -> f64,
        store: impl Fn(f64) -> T,
    ) -> Result<()> {
        let samples = input.as_slice::<T>()?;
        let channels = match input.shape() {
            [] | [_] => 1,
            [.., channels] => usize::try_from(*channels)?,
        };
        if channels > MOST_CHANNELS {
            return Err(Error::input(format!(
                "the input has {channels} channels; at most {MOST_CHANNELS} are supported"
            )));
        }
        let running = self.at(rate(input)?, channels)?;
        let filtered = output.reserve::<T>(samples.len())?;
        for (channel, state) in running.channels.iter_mut().enumerate() {
            let mut local = *state;
            let to = filtered.iter_mut().skip(channel).step_by(channels);
            for (y, x) in to.zip(samples.iter().skip(channel).step_by(channels)) {
                *y = store(local.step(&running.coefficients, load(*x)));
            }
            *state = local;
        }
        output.commit_like(input)
    }

    /// The filter at this sample rate, with its state.
    fn at(&mut self, rate: f64, channels: usize) -> Result<&mut Running> {
        let fits = |running: &Running| running.rate == rate && running.channels.len() == channels;
        if !self.running.as_ref().is_some_and(fits) {
            // Designed first: if that fails, the state is unchanged.
            let design = self.design(rate)?;
            self.running = Some(Running {
                channels: vec![State::default(); channels],
                ..design
            });
        }
        self.running
            .as_mut()
            .ok_or_else(|| Error::new("the filter was not created"))
    }

    /// The filter at this sample rate, without a channel.
    // `map_err(Error::config)` would report a place inside the standard library as the error's.
    #[allow(clippy::redundant_closure)]
    fn design(&self, rate: f64) -> Result<Running> {
        let design = Design {
            kind: self.kind,
            rate,
            cutoff: self.cutoff,
            q: self.q,
            gain: self.gain,
        };
        Ok(Running {
            rate,
            coefficients: design.coefficients().map_err(|problem| Error::config(problem))?,
            channels: Vec::new(),
        })
    }
}

fn rate(input: &Block<'_>) -> Result<f64> {
    match input.attribute(SAMPLE_RATE) {
        Some(Value::Real(rate)) if rate > 0.0 && rate.is_finite() => Ok(rate),
        Some(other) => Err(Error::input(format!(
            "the sample rate is {other:?}: it must be a positive number of hertz"
        ))),
        None => Err(Error::input(
            "the input has no sample rate, which a cutoff in hertz needs: use a .wav file",
        )),
    }
}
