//! Tells which software a stack runs.
//!
//! `setup` deploys with the fingerprint of its checkout as the parameter `Software`, so that anybody
//! who may read the stack can compare it with a checkout, and an unchanged one need not be built.
//!
//! A stack keeps the value of a parameter that a deployment does not name. So `setup` writes an empty one
//! into `samconfig.toml`, which every other `sam deploy` takes: no fingerprint outlives its software.

use std::{fs, io, path::Path};

use sha2::{Digest, Sha256};

/// The parameter of the stack that holds the fingerprint.
pub(crate) const PARAMETER: &str = "Software";

/// The files and folders that the functions and their stack are made of.
const SOURCES: [&str; 6] = [
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "functions",
    "shared",
    "template.yaml",
];

/// The digits of a fingerprint, which has to tell a few hundred versions apart.
const DIGITS: usize = 16;

/// Returns the fingerprint of the shop's sources in a checkout: the first digits of a SHA-256 over
/// their names and contents.
pub(crate) fn fingerprint(checkout: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    for source in SOURCES {
        add(&mut hash, checkout, Path::new(source))?;
    }
    let digits = hash
        .finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    Ok(digits.chars().take(DIGITS).collect())
}

/// Adds a file, or all files of a folder in the order of their names. One that is missing adds
/// nothing.
fn add(hash: &mut Sha256, checkout: &Path, source: &Path) -> io::Result<()> {
    let path = checkout.join(source);
    if path.is_dir() {
        let mut names = Vec::new();
        for entry in fs::read_dir(&path)? {
            names.push(entry?.file_name());
        }
        names.sort();
        // A build leaves `target` in a member's folder if it is told to.
        for name in names.iter().filter(|name| *name != "target") {
            add(hash, checkout, &source.join(name))?;
        }
    } else if path.is_file() {
        let content = fs::read(&path)?;
        let name = source.to_string_lossy().replace('\\', "/");
        for part in [name.as_bytes(), &content] {
            hash.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
            hash.update(part);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_changes_with_the_sources_and_with_nothing_else() {
        let checkout = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| {
            let path = checkout.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("functions/buy/src/lib.rs", "one");
        let one = fingerprint(checkout.path()).unwrap();
        assert_eq!(one.len(), DIGITS);
        write("samconfig.toml", "mine");
        write("functions/buy/target/x", "built");
        assert_eq!(fingerprint(checkout.path()).unwrap(), one);
        write("functions/buy/src/lib.rs", "two");
        let two = fingerprint(checkout.path()).unwrap();
        fs::rename(
            checkout.path().join("functions/buy"),
            checkout.path().join("functions/fulfil"),
        )
        .unwrap();
        let moved = fingerprint(checkout.path()).unwrap();
        assert!(one != two && two != moved);
    }
}
