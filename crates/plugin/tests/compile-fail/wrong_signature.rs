use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct Gain;

#[operations]
impl Gain {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Other;

#[operations]
impl Other {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) {}
}

#[derive(Config)]
struct Third;

#[operations]
impl Third {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Option<()> {
        None
    }
}

fn main() {}
