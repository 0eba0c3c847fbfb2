//! Loading: where plugins are found, generations, copies, and cleanup.

use crate::support::{block, host, library, misbehaving, plugin_directory};

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
fn a_changed_file_becomes_the_next_generation_and_the_old_one_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(tollgate_platform::dylib::file_name("changing"));
    std::fs::copy(library("misbehaves"), &file).unwrap();
    let host = crate::support::builder().plugin_path(directory.path()).build();
    let old = host.open("changing").unwrap();
    assert_eq!((old.generation(), host.open("changing").unwrap().generation()), (1, 1));
    let mut scale = old.operation("scale").unwrap();
    // Overwritten in place, as a careless build would do: the running code is the private copy.
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
    let host = crate::support::builder().plugin_path(directory.path()).build();
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
    // If the system lists mappings, every private copy in the list is already deleted, except those that other tests
    // are loading at this moment, which are deleted soon.
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
fn the_search_takes_the_first_directory_that_has_the_plugin() {
    let first = tempfile::tempdir().unwrap();
    let name = tollgate_platform::dylib::file_name("stats");
    std::fs::copy(library("misbehaves"), first.path().join(&name)).unwrap();
    let host = crate::support::builder()
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
