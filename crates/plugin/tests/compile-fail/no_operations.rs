use tollgate_plugin::{Config, export, operations};

#[derive(Config)]
struct Gain;

#[operations]
impl Gain {
    fn helper(&self) {}
}

#[derive(Config)]
struct Other;

export!(Other);

fn main() {}
