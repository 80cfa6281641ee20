//! The contestants: the shop's functions, and other programs that do the same download.

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

/// A program that is measured.
#[derive(Clone)]
pub struct Contestant {
    /// Its name in the results.
    pub name: String,
    /// Its task.
    pub task: Task,
    /// Whether it is one of the shop's functions.
    pub is_ours: bool,
    /// The executable.
    pub program: PathBuf,
    /// The arguments of the executable.
    pub arguments: Vec<String>,
    /// Its working directory.
    pub directory: PathBuf,
    /// Environment variables in addition to those of all contestants.
    pub variables: Vec<(String, String)>,
    /// The size of what is deployed, in bytes, plain and zipped; `None` if Lambda provides most of
    /// it.
    pub size: Option<(u64, u64)>,
}

/// Returns the contestants that can be measured on this machine. The others are named on standard
/// error.
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

/// Returns the shop's own functions. Functions that are not built are named on standard error.
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
        let mut variables = vec![
            ("AWS_CA_BUNDLE".to_owned(), text(&authority.roots)),
            ("SSL_CERT_FILE".to_owned(), text(&authority.all_roots)),
        ];
        if matches!(task, Task::Agree | Task::Withdraw) {
            // Every other shop has nothing to agree to, and nothing to withdraw from.
            variables.push(("WITHDRAWAL".to_owned(), "eu".to_owned()));
        }
        ours.push(Contestant {
            name: task.name().to_owned(),
            task,
            is_ours: true,
            size: Some(size(&program)?),
            program,
            arguments: Vec::new(),
            directory: PathBuf::from("/"),
            variables,
        });
    }
    Ok(ours)
}

/// Compiles a crate of this workspace as the shop's functions are compiled.
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
        .ok_or("the crate does not compile")?;
    Ok(Contestant {
        name: name.to_owned(),
        task: Task::TakeDownload,
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
    // A copy, because Python writes its cache beside the source.
    fs::copy(source("python/download.py"), directory.join("download.py"))?;
    let version = output(Command::new(&python).arg("--version"))?;
    Ok(Contestant {
        name: format!("{}, boto3", version.trim()),
        task: Task::TakeDownload,
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
        task: Task::TakeDownload,
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

/// Makes a virtual environment with the packages of `{name}/requirements.txt`. Returns its Python.
pub fn virtual_environment(name: &str, work: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let venv = work.join(name).join("venv");
    let python = venv.join("bin/python");
    let marker = venv.join("installed");
    if !marker.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        let requirements = source(name).join("requirements.txt");
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(requirements))?;
        fs::write(marker, "")?;
    }
    Ok(python)
}

/// The path of a file or directory of this crate.
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

/// The size of a file in bytes, plain and zipped.
fn size(file: &Path) -> Result<(u64, u64), Box<dyn Error>> {
    let bytes = fs::read(file)?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", SimpleFileOptions::default())?;
    archive.write_all(&bytes)?;
    let zipped = archive.finish()?.into_inner();
    Ok((bytes.len().try_into()?, zipped.len().try_into()?))
}
