use tollgate_plugin::Config;

#[derive(Config)]
struct Gain {
    #[config(default = 1.0, default = 2.0)]
    factor: f32,
}

#[derive(Config)]
struct Skipped {
    #[config(skip, default = 1.0)]
    factor: f32,
}

#[derive(Config)]
enum Kind {
    Low,
    LOW,
}

fn main() {}
