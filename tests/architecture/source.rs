//! Reads the repository's Rust files and tells which module names which.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs, iter,
    path::{Path, PathBuf},
    slice,
};

use syn::{
    ItemMod, ItemUse, Macro, UseTree, Visibility,
    visit::{self, Visit},
};

/// The names on the path to a module or an item: `["crate", "domain", "money"]`.
pub(crate) type Names = Vec<String>;

/// A library or a program of several files.
pub(crate) struct Crate {
    /// Its folder, from the top of the repository: `shared/src`.
    pub(crate) folder: String,
    /// Its files, by module: `["crate", "adapters", "stripe"]` is `adapters/stripe/mod.rs`.
    pub(crate) modules: BTreeMap<Names, Module>,
}

/// One file.
pub(crate) struct Module {
    pub(crate) syntax: syn::File,
    /// Every path that the file names outside its unit tests.
    paths: BTreeSet<Names>,
    /// The paths of what the file imports, by the names that these have in the file.
    imports: HashMap<String, Names>,
}

/// The top of the repository.
pub(crate) fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder of the repository whose paths end like this, without build outputs.
pub(crate) fn files_below(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut unread = vec![top().join(folder)];
    while let Some(folder) = unread.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                unread.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

impl Crate {
    /// Every crate of the repository that has more than one file.
    pub(crate) fn all() -> Vec<Self> {
        let folders: BTreeSet<_> = files_below("", ".rs")
            .into_iter()
            .filter(|file| file.ends_with("lib.rs") || file.ends_with("main.rs"))
            .map(|file| file.parent().unwrap().to_owned())
            .collect();
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    pub(crate) fn shared() -> Self {
        Self::read(&top().join("shared/src"))
    }

    fn read(folder: &Path) -> Self {
        let name = folder.strip_prefix(top()).unwrap().display().to_string();
        let mut modules = BTreeMap::new();
        for file in files_below(&name, ".rs") {
            // The program beside a library is a crate of one file, and a module's unit tests are no
            // part of it.
            let is_program = file.ends_with("main.rs") && folder.join("lib.rs").exists();
            if is_program || file.ends_with("tests.rs") {
                continue;
            }
            let within = file.strip_prefix(folder).unwrap().with_extension("");
            let within = within
                .iter()
                .map(|name| name.to_string_lossy().into_owned());
            let mut path: Names = iter::once("crate".to_owned()).chain(within).collect();
            path.pop_if(|name| ["lib", "main", "mod"].contains(&name.as_str()));
            modules.insert(path.clone(), Module::read(&file, path));
        }
        Self {
            folder: name,
            modules,
        }
    }

    /// Each path that a module's file names, with that module.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&[String], Names)> {
        self.modules.iter().flat_map(move |(name, module)| {
            let paths = module.paths.iter();
            paths.map(move |path| (name.as_slice(), self.meaning(name, path)))
        })
    }

    /// Each pair of modules of which the first names something that the second defines. Where a
    /// module only re-exports what its children define, that is no tie.
    pub(crate) fn ties(&self) -> BTreeSet<(&[String], &[String])> {
        let ties = self
            .paths()
            .filter_map(|(from, item)| Some((from, self.definer(item)?)));
        ties.filter(|(from, to)| from != to).collect()
    }

    /// The full form of a path that a module's file names: it begins with `crate` or with another
    /// crate's name.
    pub(crate) fn meaning(&self, module: &[String], path: &[String]) -> Names {
        let import = self.modules[module].imports.get(&path[0]);
        let path = import.map_or_else(|| path.to_vec(), |import| [import, &path[1..]].concat());
        let child = [module, &path[..1]].concat();
        // A single name is a variable, whatever module has that name, too.
        if path.len() > 1 && self.modules.contains_key(&child) {
            return [&child, &path[1..]].concat();
        }
        path
    }

    /// The module of this crate that defines an item, however often it is re-exported.
    fn definer(&self, mut item: Names) -> Option<&[String]> {
        loop {
            let mut home = item.as_slice();
            while !home.is_empty() && !self.modules.contains_key(home) {
                home = &home[..home.len() - 1];
            }
            let (home, module) = self.modules.get_key_value(home)?;
            let [name, rest @ ..] = &item[home.len()..] else {
                return Some(home);
            };
            if !module.imports.contains_key(name) {
                return Some(home);
            }
            item = [self.meaning(home, slice::from_ref(name)), rest.to_vec()].concat();
        }
    }
}

impl Module {
    fn read(file: &Path, scope: Names) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let syntax = syn::parse_file(&text)
            .unwrap_or_else(|error| panic!("{} is not Rust: {error}", file.display()));
        let mut reader = Reader {
            file_scope: scope.clone(),
            scope,
            paths: BTreeSet::new(),
            imports: HashMap::new(),
        };
        reader.visit_file(&syntax);
        Self {
            syntax,
            paths: reader.paths,
            imports: reader.imports,
        }
    }
}

/// The names of a path, without its generic arguments.
pub(crate) fn names(path: &syn::Path) -> Names {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

/// Gathers the paths and the imports of a file.
struct Reader {
    file_scope: Names,
    /// The module that is being read: the file's, or one with a body inside the file.
    scope: Names,
    paths: BTreeSet<Names>,
    imports: HashMap<String, Names>,
}

impl Reader {
    fn add(&mut self, path: Names) {
        let path = self.absolute(path);
        self.paths.insert(path);
    }

    fn absolute(&self, path: Names) -> Names {
        let is_up = |name: &&String| *name == "super";
        let (skipped, ups) = match path[0].as_str() {
            "self" => (1, 0),
            _ => (0, path.iter().take_while(is_up).count()),
        };
        if skipped + ups == 0 {
            return path;
        }
        let scope = &self.scope[..self.scope.len() - ups];
        [scope, &path[skipped + ups..]].concat()
    }

    fn import(&mut self, tree: &UseTree, mut path: Names, is_public: bool) {
        let name = match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                return self.import(&step.tree, path, is_public);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path.clone(), is_public);
                }
                return;
            }
            UseTree::Glob(_) => return self.add(path),
            UseTree::Name(name) if name.ident == "self" => path.last().unwrap().clone(),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                name.ident.to_string()
            }
            UseTree::Rename(name) => {
                path.push(name.ident.to_string());
                name.rename.to_string()
            }
        };
        if self.scope == self.file_scope {
            let path = self.absolute(path.clone());
            self.imports.insert(name, path);
        }
        let leads_up = ["crate", "super"].contains(&path[0].as_str());
        if leads_up || !is_public {
            self.add(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident == "tests" {
            return;
        }
        self.scope.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        self.import(&item.tree, Vec::new(), is_public);
    }

    /// The path in `pub(super)` is no use of that module.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.add(names(path));
        visit::visit_path(self, path);
    }

    /// The arguments of a macro have no syntax yet: every `a::b` among them counts as a path.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let words = call.tokens.to_string().replace(" :: ", "::");
        let is_outside = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
        for word in words.split(is_outside) {
            let path: Names = word.split("::").map(str::to_owned).collect();
            if path.len() > 1 && path.iter().all(|name| !name.is_empty()) {
                self.add(path);
            }
        }
        visit::visit_macro(self, call);
    }
}
