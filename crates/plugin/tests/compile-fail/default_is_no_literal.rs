use tollgate_plugin::Config;

const ONE: f32 = 1.0;

#[derive(Config)]
struct Gain {
    #[config(default = ONE)]
    factor: f32,
}

fn main() {}
