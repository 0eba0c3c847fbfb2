use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain {
    größe: f32,
}

#[derive(Config)]
struct Other;

#[operations]
impl Other {
    #[operation(takes = [f32], gives = f32)]
    fn verstärken(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
