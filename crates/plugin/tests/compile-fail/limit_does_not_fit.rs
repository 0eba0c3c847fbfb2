use tollgate_plugin::Config;

#[derive(Config)]
struct Gain {
    #[config(maximum = 300)]
    level: i8,
    #[config(minimum = 0.5)]
    count: u32,
    #[config(minimum = -1e39)]
    factor: f32,
    #[config(minimum = 1)]
    label: String,
    #[config(minimum = 2, maximum = 1)]
    ratio: f64,
}

fn main() {}
