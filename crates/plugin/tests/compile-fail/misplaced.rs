use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct One;

#[operations(f32)]
impl One {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Two;

#[operations]
impl Default for Two {
    fn default() -> Self {
        Self
    }
}

#[operations]
struct Four;

#[derive(Config)]
union Five {
    a: u32,
    b: f32,
}

fn main() {}
