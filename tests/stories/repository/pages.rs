//! Where the pages lead: every link in one, and every page that a message, a comment or a script names, is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::{files, root};

/// Files and pages by their paths from the top.
struct Repository {
    files: BTreeSet<PathBuf>,
    pages: BTreeMap<PathBuf, Page>,
}

#[derive(Default)]
struct Page {
    /// As they are written, images too.
    links: Vec<String>,
    /// Of its headings, by which GitHub finds them.
    anchors: BTreeSet<String>,
    /// What is written as a link by a name that is nowhere defined.
    unnamed: Vec<String>,
}

impl Page {
    fn read(markdown: &str) -> Page {
        let mut unnamed = Vec::new();
        // A lone `[word]` is a word in brackets.
        let mut note = |link: BrokenLink| {
            if link.link_type != LinkType::Shortcut {
                unnamed.push(markdown[link.span].to_owned());
            }
            None
        };
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let events = Parser::new_with_broken_link_callback(markdown, options, Some(&mut note));
        let mut page = Page::default();
        let mut heading: Option<String> = None;
        for event in events {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.name(&heading.take().expect("begun")),
                Event::Text(text) | Event::Code(text) => {
                    heading.iter_mut().for_each(|heading| *heading += &text);
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Html(text) | Event::InlineHtml(text) => {
                    assert!(text.starts_with("<!--"), "a link in HTML would not be seen here: {text}");
                }
                _ => {}
            }
        }
        page.unnamed = unnamed;
        page
    }

    /// As GitHub makes an anchor of a heading: no punctuation, hyphens for spaces, and a number where there is one already.
    fn name(&mut self, heading: &str) {
        let kept = |c: &char| c.is_alphanumeric() || ['_', '-', ' '].contains(c);
        let anchor: String = heading.to_lowercase().chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        let mut anchors = (1..).map(|number| format!("{anchor}-{number}"));
        let first = !self.anchors.contains(&anchor);
        let free = if first { anchor } else { anchors.find(|it| !self.anchors.contains(it)).expect("one") };
        self.anchors.insert(free);
    }
}

/// The template of a page is one where that page will be.
fn place(page: &Path) -> PathBuf {
    let template = Path::new("benches/performance.md");
    if page == template { "docs/performance.md".into() } else { page.to_owned() }
}

impl Repository {
    fn read() -> Repository {
        let files: BTreeSet<PathBuf> = files().into_iter().collect();
        let pages = files.iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
        let read = |path: &Path| fs::read_to_string(root().join(path)).expect("UTF-8");
        let pages = pages.map(|path| (path.clone(), Page::read(&read(path)))).collect();
        Repository { files, pages }
    }

    /// What is wrong with a link on this page.
    fn fault(&self, page: &Path, link: &str) -> Option<&'static str> {
        if link.contains("://") || link.starts_with("mailto:") {
            return None;
        }
        let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
        let place = place(page);
        let from = if path.is_empty() { place.as_path() } else { place.parent().expect("a file") };
        let Some(to) = plain(&from.join(path)) else { return Some("leads out of the repository") };
        match anchor {
            // As it is spelt there, on systems too where another case leads to the same file.
            _ if !self.files.iter().any(|file| file.starts_with(&to)) => Some("no such file"),
            None => None,
            Some(anchor) => match self.pages.get(&to) {
                Some(page) if page.anchors.contains(anchor) => None,
                Some(_) => Some("no such heading"),
                None => Some("no page, so it has no heading"),
            },
        }
    }
}

/// Without `..`.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => plain.pop().then_some(())?,
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain.is_relative().then_some(plain)
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let repository = Repository::read();
    let (mut count, mut faults) = (0, Vec::new());
    for (path, page) in &repository.pages {
        let told = |link: &String, what| format!("{}: {link}: {what}", path.display());
        count += page.links.len();
        faults.extend(page.unnamed.iter().map(|link| told(link, "no such name")));
        faults.extend(page.links.iter().filter_map(|link| Some(told(link, repository.fault(path, link)?))));
    }
    assert!(repository.pages.len() > 20 && count > 200, "they are found");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Messages, help texts, man pages, comments, scripts: whatever names a page by its path from the top.
#[test]
fn every_page_that_is_named_anywhere_is_there() {
    let repository = Repository::read();
    let (mut count, mut faults) = (0, Vec::new());
    for path in &repository.files {
        let bytes = fs::read(root().join(path)).expect("legible");
        // Man pages escape each hyphen.
        let text = String::from_utf8_lossy(&bytes).replace("\\-", "-");
        for name in named(&text) {
            count += 1;
            let what = repository.fault(Path::new("README.md"), name);
            faults.extend(what.map(|what| format!("{}: {name}: {what}", path.display())));
        }
    }
    assert!(count > 30, "{count}");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// `docs/…md`, with the heading if there is one, unless it is the end of another path or address.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || "/._-#".contains(c);
    text.match_indices("docs/").filter_map(move |(at, _)| {
        let rest = &text[at..];
        let end = rest.find(|c| !of_a_path(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches(['.', '-', '#']);
        let begins = !text[..at].ends_with(of_a_path);
        (begins && (name.ends_with(".md") || name.contains(".md#"))).then_some(name)
    })
}

/// The README and its pages lead nowhere else than in the repository.
#[test]
fn every_link_of_an_installed_page_leads_to_what_is_installed() {
    let repository = Repository::read();
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("legible");
    let metadata = &text.parse::<toml::Table>().expect("TOML")["package"]["metadata"];
    for kind in ["deb", "generate-rpm"] {
        let assets = metadata[kind]["assets"].as_array().expect("a list");
        let installed: BTreeSet<&PathBuf> =
            assets.iter().flat_map(|asset| among_the_pages(&repository, asset)).collect();
        for page in ["README.md", "docs/reference.md", "docs/dialects/tutorial.md"] {
            assert!(installed.contains(&PathBuf::from(page)), "{kind}: {page}");
        }
        let pages = installed.iter().filter(|path| path.ends_with("README.md") || path.starts_with("docs"));
        let links = pages.filter_map(|path| Some((path, repository.pages.get(*path)?)));
        for (path, link) in links.flat_map(|(path, page)| page.links.iter().map(move |link| (path, link))) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || link.contains("://") {
                continue;
            }
            let to = plain(&path.parent().expect("a file").join(file)).expect("within");
            assert!(installed.iter().any(|one| one.starts_with(&to)), "{kind}: {}: {link}", path.display());
        }
    }
}

/// What of an asset lies beside the README as it does in the repository.
fn among_the_pages<'a>(repository: &'a Repository, asset: &toml::Value) -> Vec<&'a PathBuf> {
    let part = |at: usize, key| asset.get(at).or_else(|| asset.get(key)).and_then(toml::Value::as_str);
    let (Some(source), Some(to)) = (part(0, "source"), part(1, "dest")) else { panic!("{asset}") };
    let Some(to) = to.trim_start_matches('/').strip_prefix("usr/share/doc/tokcli/") else {
        return Vec::new();
    };
    let source = Path::new(source);
    let name = source.file_name().expect("a file").to_str().expect("UTF-8");
    let is_it = |path: &&PathBuf| {
        let found = path.file_name().expect("a file").to_str().expect("UTF-8");
        let is_named =
            name == "*.*" || name.strip_prefix('*').map_or(found == name, |end| found.ends_with(end));
        path.parent() == source.parent() && is_named
    };
    assert_eq!(source.parent(), Some(Path::new(to.trim_end_matches('/'))), "{asset}");
    repository.files.iter().filter(is_it).collect()
}

#[test]
fn the_address_of_the_documentation_is_that_of_its_directory() {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("legible");
    let package = &text.parse::<toml::Table>().expect("TOML")["package"];
    let [repository, documentation] =
        ["repository", "documentation"].map(|key| package[key].as_str().expect("a text"));
    let path = documentation.strip_prefix(repository).and_then(|rest| rest.strip_prefix("/tree/main/"));
    let fault = Repository::read().fault(Path::new("README.md"), path.expect(documentation));
    assert_eq!(fault, None, "{documentation}");
}

#[test]
fn headings_are_named_as_github_names_them() {
    let page = Page::read(
        "# `env --to CI`: what, how?\n## *Größe*, 中文 – snake_case\n## Same\n## Same\n### Same-1\nSame\n====\n## [A link](b.md)\n",
    );
    let expected =
        ["env---to-ci-what-how", "größe-中文--snake_case", "same", "same-1", "same-1-1", "same-2", "a-link"];
    assert_eq!(page.anchors, expected.map(String::from).into());
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let repository = Repository {
        files: ["docs/login.md", "docs/demo.svg"].map(PathBuf::from).into(),
        pages: [("docs/login.md".into(), Page::read("# In CI\n"))].into(),
    };
    let fault = |link| repository.fault(Path::new("docs/reference.md"), link);
    for good in ["login.md", "login.md#in-ci", "../docs", "demo.svg", "https://a.example/docs/none.md"] {
        assert_eq!(fault(good), None, "{good}");
    }
    for (bad, what) in [
        ("none.md", "no such file"),
        ("Login.md", "no such file"),
        ("docs/login.md", "no such file"),
        ("demo.png", "no such file"),
        ("login.md#in-cd", "no such heading"),
        ("demo.svg#in-ci", "no page, so it has no heading"),
        ("../../login.md", "leads out of the repository"),
        ("/docs/login.md", "leads out of the repository"),
    ] {
        assert_eq!(fault(bad), Some(what), "{bad}");
    }
    let unnamed = Page::read("[a][none], [b][], [word], [c][there]\n\n[there]: login.md\n");
    assert_eq!((unnamed.unnamed.len(), unnamed.links), (2, vec!["login.md".to_owned()]));
    // Put together, or they would be found in this file too.
    let text = "see DOCS/none.md. `DOCS/login.md#x`, https://a.example/DOCS/b.md DOCS/performance.* DOCS/";
    let text = text.replace("DOCS", "docs");
    assert_eq!(
        named(&text).collect::<Vec<_>>(),
        ["none.md", "login.md#x"].map(|name| format!("docs/{name}"))
    );
}
