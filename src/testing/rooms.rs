//! The house keeps its order: a room imports from the rooms below it, and no files import each other in a circle.
//! Read from the code itself, as the compiler reads it; what only tests compile does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// From the top: each may import from those after it. `docs/architecture.md` says what is in each.
const ROOMS: [&str; 11] = [
    "commands",
    "warm",
    "session",
    "store",
    "terminal",
    "surface",
    "profile",
    "dialect",
    "credential",
    "http",
    "base",
];

/// A file's module, as `dialect::answer`; that of `lib.rs` is empty.
type Module = Vec<String>;
type Imports = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn every_room_imports_from_the_rooms_below_it() {
    let floor =
        |module: &Module| ROOMS.iter().position(|room| Some(*room) == module.first().map(String::as_str));
    let mut wrong = Vec::new();
    for (module, imported) in &imports() {
        let own = floor(module);
        assert!(own.is_some() || module.is_empty(), "`{}` is in no room", module.join("::"));
        let upward = imported
            .iter()
            .filter(|other| own.is_some_and(|own| floor(other).is_none_or(|other| other < own)));
        wrong.extend(upward.map(|other| format!("{} -> {}", module.join("::"), other.join("::"))));
    }
    assert!(wrong.is_empty(), "these import from a room above: {wrong:#?}");
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let imports = imports();
    let mut ended = BTreeSet::new();
    for module in imports.keys() {
        if let Some(circle) = circle(&imports, module, &mut Vec::new(), &mut ended) {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            panic!("these import each other: {}", names.join(" -> "));
        }
    }
}

fn circle(
    imports: &Imports,
    module: &Module,
    way: &mut Vec<Module>,
    ended: &mut BTreeSet<Module>,
) -> Option<Vec<Module>> {
    if let Some(first) = way.iter().position(|known| known == module) {
        return Some([&way[first..], std::slice::from_ref(module)].concat());
    }
    if ended.contains(module) {
        return None;
    }
    way.push(module.clone());
    let found = imports[module].iter().find_map(|other| circle(imports, other, way, ended));
    way.pop();
    ended.insert(module.clone());
    found
}

fn imports() -> Imports {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&source, &mut files);
    let files: BTreeMap<Module, PathBuf> = files
        .into_iter()
        .filter_map(|path| Some((module_of(path.strip_prefix(&source).ok()?)?, path)))
        .collect();
    assert!(files.len() > 60, "{} files", files.len());
    let modules: BTreeSet<Module> = files.keys().cloned().collect();
    let of_file = |(module, path): (&Module, &PathBuf)| {
        let text = fs::read_to_string(path).expect("readable");
        let file = syn::parse_file(&text).expect("it compiles");
        let mut reader = Reader { module: module.clone(), modules: &modules, found: BTreeSet::new() };
        reader.visit_file(&file);
        reader.found.remove(module);
        (module.clone(), reader.found)
    };
    files.iter().map(of_file).collect()
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

/// `None`: a program's entry, or what only tests compile.
fn module_of(path: &Path) -> Option<Module> {
    let mut parts: Module =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if ["bin", "testing"].contains(&parts[0].as_str()) {
        return None;
    }
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    Some(parts)
}

struct Reader<'a> {
    /// Where the reader is: the file's module, and those written out in it.
    module: Module,
    modules: &'a BTreeSet<Module>,
    found: BTreeSet<Module>,
}

impl Reader<'_> {
    /// Notes the file in which the path's beginning leads.
    fn note(&mut self, path: &[String]) {
        let Some(whole) = self.absolute(path) else { return };
        let longest = (1..=whole.len()).rev().map(|length| whole[..length].to_vec());
        if let Some(module) = longest.into_iter().find(|module| self.modules.contains(module)) {
            self.found.insert(module);
        }
    }

    fn absolute(&self, path: &[String]) -> Option<Module> {
        let ups = path.iter().take_while(|part| *part == "super").count();
        let below = |base: &[String], rest: &[String]| Some([base, rest].concat());
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => below(&self.module, &path[1..]),
            "super" => below(&self.module[..self.module.len().checked_sub(ups)?], &path[ups..]),
            first => {
                let child = [self.module.as_slice(), &[first.to_owned()]].concat();
                self.modules.contains(&child).then(|| below(&self.module, path))?
            }
        }
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(name) => self.note(&with(&name.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).iter().any(for_tests) {
            return;
        }
        match item {
            Item::Mod(written) if written.content.is_some() => {
                self.module.push(written.ident.to_string());
                visit::visit_item(self, item);
                self.module.pop();
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if parts.len() > 1 {
            self.note(&parts);
        }
        visit::visit_path(self, path);
    }

    /// What stands in a macro is read word by word.
    fn visit_macro(&mut self, written: &'ast syn::Macro) {
        let words = written.tokens.to_string().replace(" :: ", "::");
        for word in words.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
            let parts: Vec<String> = word.split("::").map(str::to_owned).collect();
            if parts.len() > 1 && ["crate", "super", "self"].contains(&parts[0].as_str()) {
                self.note(&parts);
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    /// What tests derive is described where only tests are.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

fn for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    attribute.path().is_ident("cfg")
        && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
