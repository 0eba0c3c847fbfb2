use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct One;

#[operations]
impl One {
    #[operation(takes = [f32], gives = f32)]
    async fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Two;

#[operations]
impl Two {
    #[operation(takes = [f32], gives = f32)]
    fn scale<T>(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Four;

#[operations]
impl Four {
    #[operation(takes = [f32], gives = f32)]
    fn scale(self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Five;

#[operations]
impl Five {
    #[operation(takes = [f32], gives = f32)]
    fn scale(&mut self, _input: &[f32], _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
