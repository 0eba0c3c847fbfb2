use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Counter;

#[operations]
impl Counter {
    #[operation(takes = [f32], gives = none, state = saved)]
    fn count(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
