//! What libFuzzer found worth keeping still holds (`fuzz/`).

#[expect(unreachable_pub, reason = "it is the library of the fuzz targets, too")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::{fs, path::Path};

#[test]
fn every_reader_withstands_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, read) in fuzz::READERS {
        let mut inputs = 0;
        for input in fs::read_dir(corpus.join(name)).unwrap() {
            read(&fs::read(input.unwrap().path()).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{name} has no corpus");
    }
}

#[test]
fn every_reader_has_its_target_and_its_row_in_the_documents() {
    let manifest = include_str!("../fuzz/Cargo.toml");
    let document = include_str!("../docs/reliability.md");
    for (name, _) in fuzz::READERS {
        let target = format!("fuzz_targets/{name}.rs");
        assert!(manifest.contains(&target), "{name}");
        assert!(document.contains(&format!("| `{name}` |")), "{name}");
    }
}
