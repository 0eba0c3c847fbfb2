use tollgate_plugin::{Block, Config, Result, Sink, operations};

#[derive(Config)]
struct One;

#[operations]
impl One {
    #[operation]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Two;

#[operations]
impl Two {
    #[operation(takes = f32, gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Three;

#[operations]
impl Three {
    #[operation(takes = [], gives = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Four;

#[operations]
impl Four {
    #[operation(takes = [f32], gives = table(rows {}))]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Five;

#[operations]
impl Five {
    #[operation(takes = [f32], gives = [f32, f64])]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Config)]
struct Six;

#[operations]
impl Six {
    #[operation(takes = [f32], gives = f32, needs = f32)]
    fn scale(&mut self, _input: &Block<'_>, _output: &mut Sink<'_>) -> Result<()> {
        Ok(())
    }
}

fn main() {}
