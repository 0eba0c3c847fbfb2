use tollgate_plugin::Config;

#[derive(Config)]
enum Kind {
    Low,
    High,
}

#[derive(Config)]
struct Gain {
    #[config(default = "x")]
    level: i32,
    #[config(default = 1.5)]
    count: Option<u8>,
    #[config(default = -1)]
    size: u8,
    #[config(default = 1e39)]
    factor: f32,
    #[config(default = 1)]
    loud: bool,
    #[config(default = 0.5, minimum = 1, maximum = 2)]
    ratio: f64,
    #[config(default = "band")]
    kind: Kind,
}

fn main() {}
