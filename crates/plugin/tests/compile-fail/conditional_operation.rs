use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain;

#[operations]
impl Gain {
    #[cfg(debug_assertions)]
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
