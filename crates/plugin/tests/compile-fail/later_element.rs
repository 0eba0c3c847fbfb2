use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain;

#[operations]
impl Gain {
    #[operation(takes = [f32, bool], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Spectrum;

#[operations]
impl Spectrum {
    #[operation(takes = [f32], gives = c64)]
    fn transform(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
