//! What calls cost, in instructions: these repeat, where times do not, so they can be held by a test. They hold for the
//! optimised build: `cargo test --release --test instructions`.
//!
//! It has no harness, because counting needs a process with one thread.

fn main() {
    #[cfg(debug_assertions)]
    println!("skipped: ceilings in instructions hold for the optimised build (cargo test --release)");
    #[cfg(not(debug_assertions))]
    optimised::main();
}

#[cfg(not(debug_assertions))]
mod optimised {
    use std::hint::black_box;
    use std::process::exit;
    use tollgate::platform::step::{StepError, Stepper};
    use tollgate::sigkit::{raw, shapes};

    /// What may not cost more than so many instructions a call.
    struct Case {
        name: &'static str,
        /// Makes as many calls as it is told.
        calls: fn(u64),
        ceiling: Ceiling,
    }

    enum Ceiling {
        /// So many instructions, with some room for what another compiler makes of the same code.
        Instructions(f64),
        /// As many as the case of that name, above in the table.
        As(&'static str),
        /// The case is there to be compared with.
        None,
    }

    const CASES: &[Case] = &[
        Case {
            name: "sigkit_sum of 8 values, raw, its status checked",
            calls: raw_sum,
            ceiling: Ceiling::None,
        },
        Case {
            name: "sigkit::shapes::sum of 8 values",
            calls: safe_sum,
            ceiling: Ceiling::As("sigkit_sum of 8 values, raw, its status checked"),
        },
        Case {
            name: "sigkit_add, raw",
            calls: raw_add,
            ceiling: Ceiling::None,
        },
        Case {
            name: "sigkit::shapes::add",
            calls: safe_add,
            ceiling: Ceiling::As("sigkit_add, raw"),
        },
        Case {
            name: "sigkit_vec3_sum by value, raw",
            calls: raw_vec3_sum,
            ceiling: Ceiling::None,
        },
        Case {
            name: "sigkit::shapes::vec3_sum by value",
            calls: safe_vec3_sum,
            ceiling: Ceiling::As("sigkit_vec3_sum by value, raw"),
        },
        Case {
            name: "sigkit_apply of a C function, raw",
            calls: raw_apply,
            ceiling: Ceiling::None,
        },
        Case {
            name: "sigkit::shapes::apply of a closure",
            calls: safe_apply,
            ceiling: Ceiling::Instructions(30.0),
        },
    ];

    const VALUES: [f64; 8] = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5];

    #[inline(never)]
    fn raw_sum(calls: u64) {
        for _ in 0..calls {
            let values = black_box(VALUES.as_slice());
            let mut sum = 0.0;
            // SAFETY: the pointer is valid for reading `len` values, which a slice guarantees; `sum` may be written.
            let status = unsafe { raw::sigkit_sum(values.as_ptr(), values.len(), &mut sum) };
            assert!(status >= 0);
            black_box(sum);
        }
    }

    #[inline(never)]
    fn safe_sum(calls: u64) {
        for _ in 0..calls {
            let sum = shapes::sum(black_box(VALUES.as_slice()));
            assert!(sum.is_ok());
            if let Ok(sum) = sum {
                black_box(sum);
            }
        }
    }

    #[inline(never)]
    fn raw_add(calls: u64) {
        for _ in 0..calls {
            black_box(raw::sigkit_add(black_box(1), black_box(2)));
        }
    }

    #[inline(never)]
    fn safe_add(calls: u64) {
        for _ in 0..calls {
            black_box(shapes::add(black_box(1), black_box(2)));
        }
    }

    #[inline(never)]
    fn raw_vec3_sum(calls: u64) {
        for _ in 0..calls {
            let v = black_box(raw::sigkit_vec3 { x: 1.0, y: 2.0, z: 3.0 });
            black_box(raw::sigkit_vec3_sum(v));
        }
    }

    #[inline(never)]
    fn safe_vec3_sum(calls: u64) {
        for _ in 0..calls {
            let v = black_box(shapes::Vec3::new(1.0, 2.0, 3.0));
            black_box(shapes::vec3_sum(v));
        }
    }

    #[inline(never)]
    fn raw_apply(calls: u64) {
        unsafe extern "C" fn next(_: *mut std::ffi::c_void, x: i64) -> i64 {
            x + 1
        }
        for _ in 0..calls {
            // SAFETY: `next` looks at no pointer and returns.
            black_box(unsafe { raw::sigkit_apply(Some(next), std::ptr::null_mut(), black_box(1)) });
        }
    }

    #[inline(never)]
    fn safe_apply(calls: u64) {
        for _ in 0..calls {
            black_box(shapes::apply(|x| x + 1, black_box(1)));
        }
    }

    pub(super) fn main() {
        let mut counted: Vec<(&str, f64)> = Vec::new();
        let mut broken = 0;
        for case in CASES {
            let count = match Stepper::new().count(case.calls) {
                Ok(count) => count.instructions_per_call,
                Err(error @ StepError::Unsupported(_)) => return println!("skipped: {error}"),
                Err(error @ StepError::Refused) if !required() => return println!("skipped: {error}"),
                Err(error) => {
                    eprintln!("{}: {error}", case.name);
                    exit(1);
                }
            };
            counted.push((case.name, count));
            let ceiling = match case.ceiling {
                Ceiling::Instructions(most) => Some(most),
                Ceiling::As(name) => counted
                    .iter()
                    .find(|(other, _)| *other == name)
                    .map(|(_, count)| *count),
                Ceiling::None => None,
            };
            let held = ceiling.is_none_or(|most| count <= most);
            let verdict = match ceiling {
                Some(most) if held => format!("at most {most}: held"),
                Some(most) => format!("at most {most}: BROKEN"),
                None => "no ceiling".to_owned(),
            };
            println!("{:<50} {count:>6} instructions a call, {verdict}", case.name);
            broken += i32::from(!held);
        }
        if broken != 0 {
            eprintln!("{broken} calls take more instructions than their ceilings allow");
            exit(1);
        }
    }

    /// Whether nothing may be skipped that this platform has.
    fn required() -> bool {
        std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1")
    }
}
