use tollgate_plugin::Config;

#[derive(Config)]
struct Gain {
    factors: Vec<f32>,
}

fn main() {}
