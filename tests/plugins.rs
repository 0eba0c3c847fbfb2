//! What plugins do, and what the host makes of it: results, errors, panics, log lines and broken promises.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use support::{block, host, library, plugin_directory};
use tollgate::{Boundary, Element, Error, Output, Status, Value};

fn misbehaving(operation: &str) -> tollgate::Operation {
    host().open("misbehaves").unwrap().operation(operation).unwrap()
}

#[test]
fn a_result_outlives_handle_plugin_host_and_input() {
    let output = {
        let values = vec![1.0, 2.0, 3.0];
        let host = host();
        let mut scale = host
            .open("misbehaves")
            .unwrap()
            .config("factor=2")
            .unwrap()
            .operation("scale")
            .unwrap();
        scale.call(&block(&values, &[3])).unwrap()
    };
    assert_eq!(output.block().unwrap().as_slice::<f64>().unwrap(), [2.0, 4.0, 6.0]);
    assert_eq!(output.into_array().unwrap().as_bytes().len(), 24);
}

#[test]
fn several_plugins_and_operations_work_at_once() {
    let host = host();
    let misbehaves = host.open("misbehaves").unwrap();
    let mut describe = host.open("stats").unwrap().operation("describe").unwrap();
    let mut scale = misbehaves.operation("scale").unwrap();
    let mut count = misbehaves.operation("count").unwrap();
    let scaled = scale.call(&block(&[2.0, 4.0], &[2])).unwrap();
    let table = describe.call(&scaled.block().unwrap()).unwrap();
    let means: Vec<f64> = table
        .columns()
        .unwrap()
        .filter(|(column, _)| column.name == "mean")
        .map(|(_, values)| values.as_slice::<f64>().unwrap()[0])
        .collect();
    assert_eq!(means, [4.5]);
    assert_eq!(
        count
            .call(&block(&[], &[0]))
            .unwrap()
            .block()
            .unwrap()
            .as_slice::<u64>()
            .unwrap(),
        [1]
    );
}

#[test]
fn shape_and_attributes_pass_through_an_operation() {
    let attributes = [
        tollgate::Attribute::new("sample_rate", Value::Real(22050.0)),
        tollgate::Attribute::new("columns", Value::Text("left\0right\0")),
    ];
    let values = [1.0_f32; 6];
    let input = tollgate::Block::of(&values, &[3, 2], &attributes).unwrap();
    let output = misbehaving("scale").call(&input).unwrap();
    let block = output.block().unwrap();
    assert_eq!((block.shape(), block.element()), (&[3, 2][..], Element::F32));
    assert_eq!(block.attribute("sample_rate"), Some(Value::Real(22050.0)));
    assert_eq!(block.attribute("columns"), Some(Value::Text("left\0right\0")));
    let table = host()
        .open("stats")
        .unwrap()
        .operation("describe")
        .unwrap()
        .call(&block)
        .unwrap();
    let (_, names) = table.columns().unwrap().next().unwrap();
    assert_eq!(names.as_bytes(), b"left\0right\0");
}

#[test]
fn every_type_of_configuration_key_reaches_the_plugin() {
    let plugin = host().open("misbehaves").unwrap();
    let settings = |plugin: &tollgate::Plugin| {
        let output = plugin.operation("settings").unwrap().call(&block(&[], &[0])).unwrap();
        let mut bytes: Vec<Vec<u8>> = output
            .columns()
            .unwrap()
            .map(|(_, values)| values.as_bytes().to_vec())
            .collect();
        let limit = i64::from_ne_bytes(bytes.pop().unwrap().try_into().unwrap());
        let label = String::from_utf8(bytes.pop().unwrap()).unwrap();
        let factor = f64::from_ne_bytes(bytes[0].clone().try_into().unwrap());
        (factor, bytes[1][0], bytes[2][0], label, limit)
    };
    assert_eq!(settings(&plugin), (1.5, 3, 0, "a \"quoted\" text\0".to_owned(), -1));
    let plugin = plugin
        .config("factor=0.25,level=255,loud=true,label=\"a, b\",limit=-7")
        .unwrap();
    assert_eq!(settings(&plugin), (0.25, 255, 1, "a, b\0".to_owned(), -7));
}

#[test]
fn a_key_or_value_that_does_not_fit_is_named_before_anything_runs() {
    let plugin = host().open("misbehaves").unwrap();
    for (config, named) in [
        (
            "facter=1",
            "there is no key \"facter\"; its keys are factor, level, loud, label, limit",
        ),
        ("factor=11", "factor=11: a number from 0.0 to 10 was expected"),
        ("level=-1", "level=-1: a whole number from 0 to 255 was expected"),
        (
            "limit=3000000000",
            "limit=3000000000: a whole number from -2147483648 to 2147483647 was expected",
        ),
    ] {
        let error = plugin.clone().config(config).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(error.to_string(), format!("misbehaves: {named}"));
    }
}

#[test]
fn a_panic_is_an_error_with_message_file_and_line_and_the_next_call_works() {
    let mut panics = misbehaving("panics");
    for _ in 0..3 {
        let error = panics.call(&block(&[1.0, 2.0], &[2])).unwrap_err();
        let Error::Failed {
            status,
            message,
            file,
            line,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*status, message.as_str()),
            (Status::PANICKED, "planted panic over 2 values")
        );
        assert!(file.ends_with("src/lib.rs"), "{file}");
        let source = include_str!("fixtures/misbehaves/src/lib.rs");
        let planted = source.lines().nth(*line as usize - 1).unwrap();
        assert!(
            planted.contains("panic!(\"planted panic over"),
            "line {line}: {planted}"
        );
        assert_eq!(error.code(), "plugin-panicked");
    }
    let mut scale = misbehaving("scale");
    assert!(scale.call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn a_panic_loses_the_instance_and_its_state_and_nothing_else() {
    let plugin = host().open("misbehaves").unwrap();
    let mut count = plugin.operation("count").unwrap();
    let next = |count: &mut tollgate::Operation| {
        count
            .call(&block(&[], &[0]))
            .unwrap()
            .block()
            .unwrap()
            .as_slice::<u64>()
            .unwrap()[0]
    };
    assert_eq!((next(&mut count), next(&mut count)), (1, 2));
    let mut panics = plugin.operation("panics").unwrap();
    panics.call(&block(&[], &[0])).unwrap_err();
    assert_eq!(next(&mut count), 3, "another handle's instance keeps its state");
    drop(count);
    let mut count = plugin.operation("count").unwrap();
    assert_eq!(
        next(&mut count),
        1,
        "an instance with state is not handed to the next handle"
    );
}

#[test]
fn the_host_s_own_panic_hook_is_left_alone() {
    let seen = Arc::new(AtomicBool::new(false));
    let flag = seen.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |_| flag.store(true, Ordering::SeqCst)));
    let error = misbehaving("panics").call(&block(&[], &[0]));
    let seen_by_plugin = seen.load(Ordering::SeqCst);
    let caught = std::panic::catch_unwind(|| panic!("the host's own"));
    std::panic::set_hook(before);
    assert!(error.is_err() && caught.is_err());
    assert!(!seen_by_plugin, "a plugin's panic ran the host's hook");
    assert!(seen.load(Ordering::SeqCst), "the plugin replaced the host's hook");
}

#[test]
fn an_error_carries_the_plugin_s_sentence_and_place() {
    let error = misbehaving("fails").call(&block(&[], &[0])).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("misbehaves/fails failed: planted failure ("), "{text}");
    assert_eq!((error.code(), error.is_usage()), ("plugin-failed", false));
}

#[test]
fn what_breaks_the_contract_is_refused_and_gives_nothing() {
    let mut output = Output::new();
    for (operation, problem) in [
        ("commits_nothing", "it committed 0 blocks, and its manifest says one"),
        ("commits_twice", "it committed 2 blocks, and its manifest says one"),
        (
            "commits_another_type",
            "its block has elements of i32, and its manifest says f64",
        ),
        ("ragged", "column \"b\" has 2 rows, and the first column 1"),
    ] {
        let error = misbehaving(operation)
            .call_into(&block(&[], &[0]), &mut output)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("misbehaves/{operation} broke the contract: {problem}")
        );
        assert!(output.block().is_none() && output.columns().is_none() && output.bytes() == 0);
    }
}

#[test]
fn more_room_than_there_is_memory_is_an_error() {
    let error = misbehaving("asks_too_much").call(&block(&[], &[0])).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there is no memory for a buffer of 4611686018427387904 bytes"),
        "{error}"
    );
}

#[test]
fn an_element_type_that_is_not_taken_is_refused_with_those_that_are() {
    let values = [1_i16, 2];
    let input = tollgate::Block::of(&values, &[2], &[]).unwrap();
    let error = misbehaving("scale").call(&input).unwrap_err();
    assert_eq!(
        error.to_string(),
        "misbehaves/scale does not take i16; it takes f64, f32"
    );
    assert_eq!(error.code(), "element-not-taken");
}

#[test]
fn an_element_code_of_nothing_is_refused_at_the_first_call_as_at_any() {
    let mut scale = misbehaving("scale");
    let nothing = tollgate::Block::new(Element(0), &[], &[5], &[]).unwrap();
    for _ in 0..2 {
        assert_eq!(scale.call(&nothing).unwrap_err().code(), "element-not-taken");
        assert!(scale.call(&block(&[1.0], &[1])).is_ok());
    }
}

#[test]
fn both_tiers_of_one_file_give_the_same_bytes_on_every_sample() {
    for (sample, plugin, operation, config) in [
        ("sunspots.npy", "stats", "describe", ""),
        ("nile.npy", "stats", "describe", ""),
        ("ecg.npy", "stats", "describe", ""),
        ("co2.npy", "convert", "convert", "to=f64"),
        ("speech.wav", "biquad", "filter", "cutoff=1000"),
        ("speech.wav", "convert", "convert", "to=f32,scale=full"),
    ] {
        let view = tollgate::view::read(support::sample(sample)).unwrap();
        let array = view.to_array().unwrap();
        let of = |boundary| {
            let plugin = host()
                .open(plugin)
                .unwrap()
                .config(config)
                .unwrap()
                .behind(boundary)
                .unwrap();
            assert_eq!(plugin.boundary(), boundary);
            let output = plugin.operation(operation).unwrap().call(&array.block()).unwrap();
            let parts: Vec<Vec<u8>> = match output.columns() {
                Some(columns) => columns.map(|(_, values)| values.as_bytes().to_vec()).collect(),
                None => vec![output.block().unwrap().as_bytes().to_vec()],
            };
            (parts, plugin.hash())
        };
        let (c_abi, stable_abi) = (of(Boundary::CAbi), of(Boundary::StableAbi));
        assert!(!c_abi.0.concat().is_empty());
        assert_eq!(c_abi, stable_abi, "{sample} through {plugin}");
    }
}

#[test]
fn a_panic_is_an_error_behind_the_stable_tier_too() {
    let plugin = host().open("misbehaves").unwrap().behind(Boundary::StableAbi).unwrap();
    let error = plugin.operation("panics").unwrap().call(&block(&[], &[0])).unwrap_err();
    assert!(
        error.to_string().contains("panicked: planted panic over 0 values ("),
        "{error}"
    );
    assert!(plugin.operation("scale").unwrap().call(&block(&[1.0], &[1])).is_ok());
}

#[test]
fn boundaries_are_switched_to_and_fro_and_required_keys_are_asked_for_where_they_are_missing() {
    let host = host();
    host.register(Boundary::StaticC, &tollgate_cli::parts::crc32c())
        .unwrap();
    let plugin = host.open("crc32c").unwrap().config("init=7").unwrap();
    let crc = |plugin: &tollgate::Plugin| {
        let output = plugin
            .operation("checksum")
            .unwrap()
            .call(&block(&[1.0], &[1]))
            .unwrap();
        output.columns().unwrap().next().unwrap().1.as_bytes().to_vec()
    };
    let loaded = crc(&plugin);
    let part = plugin.behind(Boundary::StaticC).unwrap();
    assert_eq!((crc(&part), part.file()), (loaded.clone(), None));
    assert_eq!(part.boundaries(), [Boundary::StaticC, Boundary::CAbi]);
    let back = part.behind(Boundary::CAbi).unwrap();
    assert!(back.file().is_some());
    assert_eq!(crc(&back), loaded);
    // biquad has a key without a default, whatever it is behind.
    let biquad = host.open("biquad").unwrap().behind(Boundary::StableAbi).unwrap();
    let error = biquad.operation("filter").unwrap_err();
    assert!(error.to_string().contains("\"cutoff\" must be given"), "{error}");
}

#[test]
fn a_filter_of_absurdly_many_channels_is_refused_and_takes_no_memory() {
    let rate = [tollgate::Attribute::new("sample_rate", Value::Real(48_000.0))];
    let wide = tollgate::Block::new(Element::F64, &[], &[0, 1 << 42], &rate).unwrap();
    let biquad = host().open("biquad").unwrap().config("cutoff=1000").unwrap();
    let error = biquad.operation("filter").unwrap().call(&wide).unwrap_err();
    assert!(error.to_string().contains("4398046511104 channels"), "{error}");
}

#[test]
fn an_unknown_operation_is_refused_with_those_that_there_are() {
    let error = host().open("stats").unwrap().operation("summarise").unwrap_err();
    assert_eq!(
        error.to_string(),
        "stats has no operation \"summarise\"; it has describe"
    );
    assert!(error.is_usage());
}

#[test]
fn an_output_is_used_again_without_moving() {
    let mut scale = misbehaving("scale");
    let mut output = Output::new();
    scale.call_into(&block(&[1.0; 100], &[100]), &mut output).unwrap();
    let address = output.block().unwrap().as_bytes().as_ptr();
    scale.call_into(&block(&[2.0; 50], &[50]), &mut output).unwrap();
    let block = output.block().unwrap();
    assert_eq!((block.as_bytes().as_ptr(), block.shape()), (address, &[50][..]));
    assert_eq!(block.as_slice::<f64>().unwrap(), [3.0; 50]);
}

#[test]
fn a_changed_file_becomes_the_next_generation_and_the_old_one_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(tollgate_platform::dylib::file_name("changing"));
    std::fs::copy(library("misbehaves"), &file).unwrap();
    let host = support::builder().plugin_path(directory.path()).build();
    let old = host.open("changing").unwrap();
    assert_eq!((old.generation(), host.open("changing").unwrap().generation()), (1, 1));
    let mut scale = old.operation("scale").unwrap();
    // Overwritten in place, as a careless build does: what runs is the private copy.
    std::fs::write(&file, std::fs::read(library("stats")).unwrap()).unwrap();
    let new = host.open("changing").unwrap();
    assert_eq!((new.generation(), new.manifest().name.as_str()), (2, "stats"));
    assert_ne!(old.hash(), new.hash());
    assert!(scale.call(&block(&[1.0], &[1])).is_ok());
    assert!(new.operation("describe").is_ok());
}

#[test]
fn sixteen_copies_under_different_names_are_loaded_at_once_and_do_not_share_state() {
    let directory = tempfile::tempdir().unwrap();
    let host = support::builder().plugin_path(directory.path()).build();
    let mut counters = Vec::new();
    for index in 0..16 {
        let name = format!("copy{index}");
        let file = directory.path().join(tollgate_platform::dylib::file_name(&name));
        std::fs::copy(library("misbehaves"), file).unwrap();
        counters.push(host.open(&name).unwrap().operation("count").unwrap());
    }
    for (index, counter) in counters.iter_mut().enumerate() {
        for call in 1..=index as u64 + 1 {
            let output = counter.call(&block(&[], &[0])).unwrap();
            assert_eq!(output.block().unwrap().as_slice::<u64>().unwrap(), [call]);
        }
    }
}

#[test]
fn loading_leaves_no_file_behind() {
    if !tollgate_platform::dylib::REMOVABLE_WHILE_OPEN {
        println!("skipped: this platform cannot remove a file that is open");
        return;
    }
    let mut scale = misbehaving("scale");
    scale.call(&block(&[1.0], &[1])).unwrap();
    // Where the system lists what is mapped, every private copy in the list has lost its name, but for those that other
    // tests are loading at this moment: these lose theirs soon.
    let copies = || {
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let copies = maps.lines().filter(|line| line.contains("/tollgate-"));
        Some(copies.map(str::to_owned).collect::<Vec<String>>())
    };
    let Some(first) = copies() else {
        println!("skipped: this system does not list what is mapped");
        return;
    };
    assert!(!first.is_empty(), "the plugin is mapped from its copy");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    for copy in first.iter().filter(|copy| !copy.ends_with("(deleted)")) {
        while copies().unwrap().contains(copy) {
            assert!(std::time::Instant::now() < end, "it keeps its name: {copy}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

#[test]
fn the_boundary_is_chosen_by_name() {
    assert_eq!("c-abi".parse::<Boundary>().unwrap(), Boundary::CAbi);
    let error = Error::from("carrier-pigeon".parse::<Boundary>().unwrap_err());
    assert_eq!(
        error.to_string(),
        "there is no boundary \"carrier-pigeon\"; known: inline, static-c, c-abi, stable-abi"
    );
    assert!(error.is_usage());
    assert_eq!(
        host().open("stats").unwrap().behind(Boundary::CAbi).unwrap().boundary(),
        Boundary::CAbi
    );
}

#[test]
fn a_log_line_reaches_the_host_s_log_with_the_plugin_s_name() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        misbehaving("logs").call(&block(&[], &[0])).unwrap();
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = text
        .lines()
        .find(|line| line.contains("planted log line"))
        .unwrap_or_else(|| panic!("{text}"));
    assert!(
        line.contains("WARN") && line.contains("plugin=\"misbehaves\""),
        "{line}"
    );
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_search_takes_the_first_directory_that_has_the_plugin() {
    let first = tempfile::tempdir().unwrap();
    let name = tollgate_platform::dylib::file_name("stats");
    std::fs::copy(library("misbehaves"), first.path().join(&name)).unwrap();
    let host = support::builder()
        .plugin_path(first.path())
        .plugin_path(plugin_directory())
        .build();
    assert_eq!(host.find("stats").unwrap(), first.path().join(&name));
    assert_eq!(host.open("stats").unwrap().manifest().name, "misbehaves");
    let names: Vec<String> = tollgate_inspect::list(&host)
        .into_iter()
        .map(|found| found.name)
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(names, sorted, "each name once, in order");
    for plugin in ["biquad", "convert", "crc32c", "misbehaves", "probe", "stats"] {
        assert!(
            names.iter().any(|name| name == plugin),
            "{plugin} is missing in {names:?}"
        );
    }
    assert!(
        !names.iter().any(|name| name == "no_entry"),
        "a library that is no plugin is left out"
    );
}
