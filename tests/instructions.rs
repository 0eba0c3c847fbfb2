//! What calls cost, in instructions: these repeat, where times do not, so they can be held by a test. They hold for the
//! optimised build: `cargo test --release --test instructions`.
//!
//! It has no harness, because counting needs a process with one thread.

/// The probe, whose file lies beside this program too: here it is a part of the program.
#[cfg(not(debug_assertions))]
#[path = "../plugins/probe/src/probe.rs"]
mod probe;

fn main() {
    #[cfg(debug_assertions)]
    println!("skipped: ceilings in instructions hold for the optimised build (cargo test --release)");
    #[cfg(not(debug_assertions))]
    optimised::main();
}

#[cfg(not(debug_assertions))]
mod optimised {
    use super::probe::Probe;
    use std::hint::black_box;
    use std::process::exit;
    use tollgate::{Block, Boundary, Host, Operation, Output};
    use tollgate_cli::parts;
    use tollgate_cli::sigkit::{raw, shapes};
    use tollgate_platform::step::{StepCount, StepError, Stepper};
    use tollgate_plugin::inline;

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

    /// The host's whole call behind a boundary, checks included, with the loop around it.
    struct Crossing {
        boundary: Boundary,
        /// Of `nothing`.
        empty: f64,
        /// Of `sum`, of 8 values: what the host does for a block that is given is part of it.
        sum: f64,
    }

    /// The ceilings are 8 to 15 % above what was counted when they were set, with rustc 1.95 on x86-64: at most 71 and
    /// 523, and 54 and 349 behind `static-c`, where the probe is C and catches no panics. That leaves room for another
    /// compiler, and for the copying functions that a C library chooses by processor. A lookup by name does not fit in.
    /// Allocations are counted separately.
    const CROSSINGS: &[Crossing] = &[
        Crossing {
            boundary: Boundary::Inline,
            empty: 80.0,
            sum: 565.0,
        },
        Crossing {
            boundary: Boundary::StaticC,
            empty: 62.0,
            sum: 385.0,
        },
        Crossing {
            boundary: Boundary::CAbi,
            empty: 80.0,
            sum: 565.0,
        },
        Crossing {
            boundary: Boundary::StableAbi,
            empty: 80.0,
            sum: 565.0,
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

    /// A host that has the probe behind every boundary.
    fn host() -> Host {
        let program = std::env::current_exe().expect("a program knows its own file");
        let directory = program.parent().expect("a file lies in a directory");
        // SAFETY: the directory is the one that cargo built this workspace's plugins into.
        let host = unsafe { Host::builder().plugin_path(directory).trust_in_process() }.build();
        host.register(Boundary::Inline, &inline!(Probe, "probe"))
            .expect("the probe is a plugin");
        host.register(Boundary::StaticC, &parts::probe())
            .expect("the probe in C is a plugin");
        host
    }

    /// What one call of the probe's operation costs.
    fn crossing(host: &Host, boundary: Boundary, name: &str) -> Result<StepCount, StepError> {
        let plugin = host.open("probe").and_then(|plugin| plugin.behind(boundary));
        let mut operation = plugin
            .and_then(|plugin| plugin.operation(name))
            .expect("the probe lies beside this program, where cargo built it");
        let shape = [VALUES.len() as u64];
        let input = Block::of(&VALUES, &shape, &[]).expect("the shape is the values' length");
        let mut output = Output::new();
        // The first call looks up the element type and makes room for the output; those after it do neither.
        operation.call_into(&input, &mut output).expect("the probe works");
        assert_eq!(output.bytes(), if name == "sum" { 8 } else { 0 });
        Stepper::new().count(|calls| cross(&mut operation, &input, &mut output, calls))
    }

    #[inline(never)]
    fn cross(operation: &mut Operation, input: &Block<'_>, output: &mut Output, calls: u64) {
        for _ in 0..calls {
            let done = operation.call_into(black_box(input), black_box(&mut *output));
            assert!(done.is_ok());
        }
    }

    /// The count, or the end of the program where there is none: none is had where counting is not supported, and,
    /// unless all is required, where it is refused.
    fn counted(name: &str, count: Result<StepCount, StepError>, broken: i32) -> StepCount {
        match count {
            Ok(count) => return count,
            Err(error @ StepError::Unsupported(_)) => println!("skipped: {error}"),
            Err(error @ StepError::Refused) if !required() => println!("skipped: {error}"),
            Err(error) => {
                eprintln!("{name}: {error}");
                exit(1);
            }
        }
        end(broken)
    }

    /// Ends the program: a skip does not make up for a ceiling that was broken before it.
    fn end(broken: i32) -> ! {
        if broken != 0 {
            eprintln!("{broken} calls cost more than their ceilings allow");
            exit(1);
        }
        exit(0)
    }

    /// Prints a count beside its ceiling, and says whether it is held.
    fn holds(name: &str, count: f64, unit: &str, ceiling: Option<f64>) -> bool {
        let held = ceiling.is_none_or(|most| count <= most);
        let verdict = match ceiling {
            Some(most) if held => format!("at most {most}: held"),
            Some(most) => format!("at most {most}: BROKEN"),
            None => "no ceiling".to_owned(),
        };
        println!("{name:<50} {count:>6} {unit} a call, {verdict}");
        held
    }

    pub(super) fn main() {
        let mut counts: Vec<(&str, f64)> = Vec::new();
        let mut broken = 0;
        for case in CASES {
            let count = counted(case.name, Stepper::new().count(case.calls), broken).instructions_per_call;
            counts.push((case.name, count));
            let ceiling = match case.ceiling {
                Ceiling::Instructions(most) => Some(most),
                Ceiling::As(name) => counts.iter().find(|(other, _)| *other == name).map(|(_, count)| *count),
                Ceiling::None => None,
            };
            broken += i32::from(!holds(case.name, count, "instructions", ceiling));
        }
        let host = host();
        for Crossing { boundary, empty, sum } in CROSSINGS {
            for (operation, ceiling) in [("nothing", empty), ("sum", sum)] {
                let name = format!("Operation::call_into of probe/{operation}, {boundary}");
                let count = counted(&name, crossing(&host, *boundary, operation), broken);
                broken += i32::from(!holds(
                    &name,
                    count.instructions_per_call,
                    "instructions",
                    Some(*ceiling),
                ));
                broken += i32::from(!holds(&name, count.allocations, "allocations", Some(0.0)));
            }
        }
        end(broken)
    }

    /// Whether nothing may be skipped that this platform has.
    fn required() -> bool {
        std::env::var_os("TOLLGATE_REQUIRE_ALL").is_some_and(|value| value == "1")
    }
}
