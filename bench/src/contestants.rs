//! Who is measured: the shop's functions, and what else does the same download.

use std::{
    error::Error,
    fs,
    io::{Cursor, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{tasks::Task, tls::Authority};

/// What is started and asked.
#[derive(Clone)]
pub struct Contestant {
    /// What it is called in the results.
    pub name: String,
    /// What it is asked.
    pub task: Task,
    /// Whether it is one of the shop's own.
    pub is_ours: bool,
    /// What is executed.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Variables beside those that all have.
    pub variables: Vec<(String, String)>,
    /// Bytes of what is deployed, as it is and zipped; none where most of it is Lambda's.
    pub size: Option<(u64, u64)>,
}

/// Everyone who can be measured on this machine; who cannot is named on standard error.
pub fn all(
    functions: &Path,
    work: &Path,
    authority: &Authority,
) -> Result<Vec<Contestant>, Box<dyn Error>> {
    let mut all = ours(functions, authority)?;
    let others = [
        (
            "the empty function",
            compiled("empty", "empty function", authority),
        ),
        (
            "the floor",
            compiled("floor", "by hand, no SDK (the floor)", authority),
        ),
        ("Node", node(work, authority)),
        ("Python", python(work, authority)),
    ];
    for (name, contestant) in others {
        match contestant {
            Ok(contestant) => all.push(contestant),
            Err(error) => eprintln!("{name} is not measured: {error}"),
        }
    }
    Ok(all)
}

/// Returns the shop's own functions; one that is not built is named on standard error.
pub fn ours(functions: &Path, authority: &Authority) -> Result<Vec<Contestant>, Box<dyn Error>> {
    let mut ours = Vec::new();
    for task in Task::ALL {
        let name = task.function().name();
        let program = functions.join(name).join("bootstrap");
        if !program.exists() {
            eprintln!(
                "{name} is not measured: there is no {}; .ci/build-functions makes it",
                program.display()
            );
            continue;
        }
        let program = program.canonicalize()?;
        ours.push(Contestant {
            name: task.name().to_owned(),
            task,
            is_ours: true,
            size: Some(size(&program)?),
            program,
            arguments: Vec::new(),
            directory: PathBuf::from("/"),
            variables: vec![
                ("AWS_CA_BUNDLE".to_owned(), text(&authority.roots)),
                ("SSL_CERT_FILE".to_owned(), text(&authority.all_roots)),
            ],
        });
    }
    Ok(ours)
}

/// A crate beside this one, compiled as the shop's functions are.
fn compiled(
    package: &str,
    name: &str,
    authority: &Authority,
) -> Result<Contestant, Box<dyn Error>> {
    let built = Command::new(env!("CARGO"))
        .args([
            "build",
            "--profile",
            "contestant",
            "--package",
            package,
            "--message-format=json",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()?;
    let program = String::from_utf8(built.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .ok_or("it does not compile")?;
    Ok(Contestant {
        name: name.to_owned(),
        task: Task::Take,
        is_ours: false,
        size: Some(size(&program)?),
        program,
        arguments: Vec::new(),
        directory: PathBuf::from("/"),
        variables: vec![("AWS_CA_BUNDLE".to_owned(), text(&authority.roots))],
    })
}

fn python(work: &Path, authority: &Authority) -> Result<Contestant, Box<dyn Error>> {
    let python = virtual_environment("python", work)?;
    let directory = work.join("python");
    // Not run from the source, where Python would leave its cache.
    fs::copy(source("python/download.py"), directory.join("download.py"))?;
    let version = output(Command::new(&python).arg("--version"))?;
    Ok(Contestant {
        name: format!("{}, boto3", version.trim()),
        task: Task::Take,
        is_ours: false,
        size: None,
        program: python,
        arguments: ["-m", "awslambdaric", "download.handle"]
            .map(str::to_owned)
            .to_vec(),
        variables: vec![
            ("AWS_CA_BUNDLE".to_owned(), text(&authority.all_roots)),
            ("LAMBDA_TASK_ROOT".to_owned(), text(&directory)),
        ],
        directory,
    })
}

fn node(work: &Path, authority: &Authority) -> Result<Contestant, Box<dyn Error>> {
    let directory = work.join("node");
    fs::create_dir_all(&directory)?;
    for file in [
        "package.json",
        "package-lock.json",
        "download.mjs",
        "main.mjs",
    ] {
        fs::copy(source("node").join(file), directory.join(file))?;
    }
    if !directory.join("node_modules").exists() {
        run(Command::new("npm")
            .args(["ci", "--silent", "--no-audit", "--no-fund"])
            .current_dir(&directory))?;
    }
    let bundle = directory.join("bundle.cjs");
    let esbuild = directory.join("node_modules/.bin/esbuild");
    run(Command::new(esbuild)
        .args([
            "main.mjs",
            "--bundle",
            "--minify",
            "--platform=node",
            "--format=cjs",
            "--log-level=error",
        ])
        .arg(format!("--outfile={}", bundle.display()))
        .current_dir(&directory))?;
    let version = output(Command::new("node").arg("--version"))?;
    let program = output(Command::new("node").args(["--print", "process.execPath"]))?;
    Ok(Contestant {
        name: format!(
            "Node {}, AWS SDK 3, bundled",
            version.trim().trim_start_matches('v')
        ),
        task: Task::Take,
        is_ours: false,
        size: Some(size(&bundle)?),
        program: PathBuf::from(program.trim()),
        arguments: vec![text(&bundle)],
        directory,
        variables: vec![
            ("NODE_EXTRA_CA_CERTS".to_owned(), text(&authority.roots)),
            ("NODE_NO_WARNINGS".to_owned(), "1".to_owned()),
        ],
    })
}

/// The Python of a virtual environment that has what `NAME/requirements.txt` says.
pub fn virtual_environment(name: &str, work: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let venv = work.join(name).join("venv");
    let python = venv.join("bin/python");
    let is_whole = venv.join("installed");
    if !is_whole.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        let requirements = source(name).join("requirements.txt");
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements))?;
        fs::write(is_whole, "")?;
    }
    Ok(python)
}

/// A file or folder of this crate.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    output(command).map(drop)
}

fn output(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program}: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Bytes as they are, and in a zip.
fn size(file: &Path) -> Result<(u64, u64), Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", SimpleFileOptions::default())?;
    archive.write_all(&bytes)?;
    let zipped = archive.finish()?.into_inner();
    Ok((bytes.len().try_into()?, zipped.len().try_into()?))
}
