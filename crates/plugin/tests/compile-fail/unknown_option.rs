use tollgate_plugin::Config;

#[derive(Config)]
struct Gain {
    #[config(preset = 1.0)]
    factor: f32,
}

fn main() {}
