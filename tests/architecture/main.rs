//! The invariants of the architecture, held against the text of the source.

mod source;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::PathBuf,
};

use syn::{
    Attribute, Block, ImplItem, Item, Visibility,
    visit::{self, Visit},
};

use source::{Crate, Names, files_below, names, top};

/// The rooms of `shared`, from the ground up.
const ROOMS: [&[&str]; 8] = [
    &["domain"],
    &["words"],
    &["runtime"],
    &["emails"],
    &["adapters"],
    &["web"],
    &["delivery", "fulfilment", "refunding"],
    &["lambda"],
];

/// The adapters of DynamoDB's tables, and what they share.
const TABLES: [&str; 4] = ["attributes", "purchases", "catalogue", "views"];

/// What the names of the crates begin with that speak to services or run the program.
const MACHINERY: [&str; 7] = [
    "aws_", "stripe", "lambda_", "hyper", "http", "rustls", "tokio",
];

#[test]
fn the_domain_knows_no_sdk_and_no_room_above_it() {
    let shared = Crate::shared();
    let mut wrong = BTreeSet::new();
    for (module, path) in shared.paths() {
        let is_above = path[0] == "crate" && path.get(1).is_some_and(|room| room != "domain");
        if room(module) == "domain" && (is_above || is_machinery(&path)) {
            wrong.insert(format!("{} names {}", module.join("::"), path.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_room_of_shared_stands_only_on_rooms_below_it() {
    let floor = |room: &str| {
        let floor = ROOMS.iter().position(|rooms| rooms.contains(&room));
        floor.unwrap_or_else(|| panic!("\"{room}\" is not one of the rooms of `shared`"))
    };
    let shared = Crate::shared();
    let mut wrong = Vec::new();
    for (from, to) in shared.ties() {
        if floor(room(from)) < floor(room(to)) {
            wrong.push(format!("{} names {}", from.join("::"), to.join("::")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_public_signature_of_an_adapter_names_a_type_of_an_sdk() {
    let shared = Crate::shared();
    let mut wrong = BTreeSet::new();
    for (module, file) in &shared.modules {
        if room(module) != "adapters" {
            continue;
        }
        let mut surface = Surface::default();
        surface.visit_file(&file.syntax);
        for path in &surface.0 {
            let path = shared.meaning(module, path);
            if is_machinery(&path) {
                wrong.insert(format!("{} shows {}", module.join("::"), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A folder counts as one module for the modules beside it. Inside the folder, its own file
/// (`mod.rs`, `lib.rs` or `main.rs`) counts as one beside its children: where it uses a child,
/// the child does not use it.
#[test]
fn no_crate_has_a_circle_of_modules() {
    let mut circles = Vec::new();
    for krate in Crate::all() {
        let mut folders: BTreeMap<_, Ties> = BTreeMap::new();
        for (from, to) in krate.ties() {
            let depth = from.iter().zip(to).take_while(|(a, b)| a == b).count();
            let folder = &from[..depth];
            let inside =
                |module: &[String]| module.get(depth).unwrap_or(&folder[depth - 1]).clone();
            let ties = folders.entry(folder.to_vec()).or_default();
            ties.entry(inside(from)).or_default().insert(inside(to));
        }
        for (folder, ties) in folders {
            let folder = folder.join("::");
            for circle in circles_of(&ties) {
                let circle = Vec::from_iter(circle).join(", ");
                circles.push(format!("{} {folder}: {circle}", krate.folder));
            }
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn only_the_adapters_of_tables_name_attributes() {
    let words = ["AttributeValue", "serde_dynamo", "_expression("];
    let adapters = TABLES.map(|table| top().join("shared/src/adapters").join(table));
    let mut wrong = Vec::new();
    for file in ["shared", "functions", "local"]
        .iter()
        .flat_map(|folder| files_below(folder, ".rs"))
    {
        let text = fs::read_to_string(&file).unwrap();
        // `views.rs`, or a file of the folder `purchases`.
        let is_adapter = adapters
            .iter()
            .any(|adapter| file.with_extension("").starts_with(adapter));
        if !is_adapter && words.iter().any(|word| text.contains(word)) {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_tests_and_benchmarks_depend_on_the_local_shop() {
    let workspace = top().join("Cargo.toml");
    let is_local = |line: &str| line.starts_with("local.") || line.starts_with("local =");
    let dependents: BTreeSet<_> = files_below("", "/Cargo.toml")
        .into_iter()
        .filter(|file| *file != workspace)
        .filter(|file| fs::read_to_string(file).unwrap().lines().any(is_local))
        .map(|file| file.strip_prefix(top()).unwrap().to_owned())
        .collect();
    let allowed = ["bench/Cargo.toml", "tests/Cargo.toml"].map(PathBuf::from);
    assert_eq!(dependents, BTreeSet::from(allowed));
}

/// Whether a path leads into one of the crates that speak to services or run the program.
fn is_machinery(path: &[String]) -> bool {
    path.len() > 1 && MACHINERY.iter().any(|name| path[0].starts_with(name))
}

/// The room of `shared` that a module is in.
fn room(module: &[String]) -> &str {
    module.get(1).map_or("", String::as_str)
}

/// Each module of a folder, with those that it names.
type Ties = BTreeMap<String, BTreeSet<String>>;

/// The shortest circle through each tie.
fn circles_of(ties: &Ties) -> BTreeSet<BTreeSet<String>> {
    let each = ties
        .iter()
        .flat_map(|(from, all)| all.iter().map(move |to| (from, to)));
    each.filter_map(|(from, to)| shortest_way(ties, to, from))
        .collect()
}

/// The modules on the shortest way from one to another, both included.
fn shortest_way(ties: &Ties, from: &str, to: &str) -> Option<BTreeSet<String>> {
    let mut seen = BTreeSet::from([from]);
    let mut ways = VecDeque::from([vec![from]]);
    while let Some(way) = ways.pop_front() {
        let last = way[way.len() - 1];
        if last == to {
            return Some(way.into_iter().map(str::to_owned).collect());
        }
        for next in ties.get(last).into_iter().flatten() {
            if seen.insert(next) {
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

/// Gathers the paths that stand in a file's public signatures, fields and variants.
#[derive(Default)]
struct Surface(Vec<Names>);

impl<'ast> Visit<'ast> for Surface {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                let fields = item.fields.iter().filter(|field| is_public(&field.vis));
                fields.for_each(|field| self.visit_type(&field.ty));
            }
            Item::Impl(item) if item.trait_.is_none() => {
                for item in &item.items {
                    if let ImplItem::Fn(item) = item
                        && is_public(&item.vis)
                    {
                        self.visit_signature(&item.sig);
                    }
                }
            }
            Item::Fn(item) if is_public(&item.vis) => self.visit_signature(&item.sig),
            Item::Enum(item) if is_public(&item.vis) => self.visit_item_enum(item),
            Item::Trait(item) if is_public(&item.vis) => self.visit_item_trait(item),
            Item::Type(item) if is_public(&item.vis) => self.visit_item_type(item),
            _ => {}
        }
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_block(&mut self, _: &'ast Block) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(names(path));
        visit::visit_path(self, path);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
