use tollgate_plugin::{Block, Result, Sink, export, operations};

struct Gain;

#[operations]
impl Gain {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

export!(Gain);

fn main() {}
