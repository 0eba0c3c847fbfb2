//! The program's own plugin, linked in: no file, no `unsafe`, and the same handle.
//!
//! ```sh
//! cargo run -p tollgate --example registered
//! ```

use tollgate::{Boundary, Error, Host};
use tollgate_plugin::{Block, Config, Sink, inline, operations};

/// Makes a signal louder or softer.
#[derive(Config)]
pub struct Gain {
    /// What each sample is multiplied by.
    #[config(default = 1.0, minimum = 0)]
    factor: f64,
}

#[operations]
impl Gain {
    /// Multiplies each sample by the factor.
    #[operation(takes = [f64], gives = f64)]
    fn scale(&mut self, input: &Block<'_>, output: &mut Sink<'_>) -> tollgate_plugin::Result<()> {
        let samples = input.as_slice::<f64>()?;
        let scaled = output.reserve::<f64>(samples.len())?;
        for (to, from) in scaled.iter_mut().zip(samples) {
            *to = from * self.factor;
        }
        output.commit_like(input)
    }

    /// Panics, which becomes an error.
    #[operation(takes = [f64], gives = none)]
    fn panic(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> tollgate_plugin::Result<()> {
        panic!("on purpose")
    }
}

fn main() -> Result<(), Error> {
    let host = Host::builder().build();
    host.register(Boundary::Inline, &inline!(Gain, "gain"))?;

    let gain = host.open("gain")?.config("factor=0.5")?;
    let output = gain.operation("scale")?.call(&[1.0, -2.0, 3.0])?;
    println!("{output}");
    println!("{:?}", output.values::<f64>()?);

    // The configuration is checked against the plugin's declaration before an instance is made.
    if let Err(error) = host.open("gain")?.config("factor=-1") {
        println!("{}: {error}", error.code());
    }
    // Nothing is converted: the operation takes f64.
    if let Err(error) = gain.operation("scale")?.call(&[1_i16]) {
        println!("{}: {error}", error.code());
    }
    let mut panic = gain.operation("panic")?;
    if let Err(error) = panic.call(&[1.0]) {
        println!("{}: {error}", error.code());
    }
    Ok(())
}
