use tollgate_plugin::Config;

#[derive(Config)]
enum Gain {
    Quiet,
    Loud(f32),
}

#[derive(Config)]
struct Tuple(f32);

fn main() {}
