//! A page of Markdown as a page of man(7).
//!
//! A row of a table is an entry: its first cell is what is described, and each of the others a sentence under the head of its column. Of a
//! link to another page or section the words are left; of one that leads elsewhere also the address.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) const SEE_ALSO: &str = ".SH \"SEE ALSO\"\ntokcli\\-profiles(5), tokcli\\-dialects(7)\n";

pub(super) fn of(markdown: &str, name: &str, section: &str, purpose: &str) -> String {
    let mut page = Page::begin(name, section, purpose);
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES);
    events.for_each(|event| page.take(event));
    page.text += ".SH \"SEE ALSO\"\ntokcli(1), tokcli\\-profiles(5), tokcli\\-dialects(7)\n";
    page.text
}

/// Of one section alone, whose heading has two `#`.
pub(super) fn of_section(markdown: &str, heading: &str, name: &str, section: &str, purpose: &str) -> String {
    let (_, from) = markdown.split_once(&format!("\n{heading}\n")).expect("the section");
    let length = from.find("\n## ").unwrap_or(from.len());
    of(&from[..length].replace("\n###", "\n##"), name, section, purpose)
}

struct Page {
    text: String,
    /// Of the paragraph, heading or cell that is being read.
    line: String,
    /// How it is set off, as it is nested.
    fonts: Vec<char>,
    heads: Vec<String>,
    cells: Vec<String>,
    /// For each list that is open, the number of the next item; `None`: it is not numbered.
    lists: Vec<Option<u64>>,
    /// Where a link leads to that is open.
    link: Option<String>,
    /// The next paragraph continues an item.
    in_item: bool,
    literal: bool,
}

impl Page {
    fn begin(name: &str, section: &str, purpose: &str) -> Page {
        let title = escaped(name);
        let text = format!(
            ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {title} {section} \"\" \"tokcli {VERSION}\"\n.nh\n.SH NAME\n{title} \\- {}\n.SH DESCRIPTION\n",
            escaped(purpose)
        );
        Page {
            text,
            line: String::new(),
            fonts: Vec::new(),
            heads: Vec::new(),
            cells: Vec::new(),
            lists: Vec::new(),
            link: None,
            in_item: false,
            literal: false,
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Text(text) if self.literal => self.text += &lines(&escaped(&text)),
            Event::Text(text) => self.line += &escaped(&text),
            Event::Code(text) => {
                self.font('B');
                self.line += &escaped(&text);
                self.back();
            }
            Event::SoftBreak => self.line.push(' '),
            Event::HardBreak => self.line += "\n.br\n",
            Event::Html(_) | Event::InlineHtml(_) | Event::Rule => {}
            other => panic!("a page of docs/ has {other:?}, for which there is nothing here"),
        }
    }

    fn open(&mut self, tag: Tag) {
        match tag {
            Tag::Strong => self.font('B'),
            Tag::Emphasis => self.font('I'),
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::CodeBlock(_) => {
                self.text += ".RS 4\n.nf\n";
                self.literal = true;
            }
            Tag::List(first) => {
                // What stands before the list within an item.
                self.end_item();
                if !self.lists.is_empty() {
                    self.text += ".RS 4\n";
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let mark = match self.lists.last_mut().expect("a list") {
                    Some(number) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    None => "\\(bu".to_owned(),
                };
                self.text += &format!(".IP \"{mark}\" 4\n");
                self.in_item = true;
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis => self.back(),
            TagEnd::Link => {
                let address = self.link.take().filter(|address| address.contains("://"));
                self.line += &address.map(|address| format!(" <{}>", escaped(&address))).unwrap_or_default();
            }
            TagEnd::Heading(level) => {
                let line = std::mem::take(&mut self.line);
                match level as u8 {
                    // The title of the page is said already.
                    1 => {}
                    2 => self.text += &format!(".SH \"{}\"\n", quoted(&line)),
                    _ => self.text += &format!(".SS \"{}\"\n", quoted(&line)),
                }
            }
            TagEnd::Paragraph => {
                if !std::mem::take(&mut self.in_item) {
                    self.text += if self.lists.is_empty() { ".PP\n" } else { ".IP \"\" 4\n" };
                }
                self.end_line();
            }
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                self.lists.pop();
                if !self.lists.is_empty() {
                    self.text += ".RE\n";
                }
            }
            TagEnd::CodeBlock => {
                self.text += ".fi\n.RE\n";
                self.literal = false;
            }
            TagEnd::TableCell => self.cells.push(std::mem::take(&mut self.line)),
            TagEnd::TableHead => self.heads = std::mem::take(&mut self.cells),
            TagEnd::TableRow => self.entry(),
            _ => {}
        }
    }

    fn font(&mut self, font: char) {
        self.fonts.push(font);
        self.line += &format!("\\f{font}");
    }

    fn back(&mut self) {
        self.fonts.pop();
        self.line += &format!("\\f{}", self.fonts.last().unwrap_or(&'R'));
    }

    fn end_item(&mut self) {
        if std::mem::take(&mut self.in_item) || !self.line.is_empty() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.text += &lines(&format!("{line}\n"));
        }
    }

    fn entry(&mut self) {
        let cells = std::mem::take(&mut self.cells);
        let mut cells = cells.iter().zip(&self.heads);
        let Some((first, _)) = cells.next() else { return };
        self.text += &format!(".TP\n{}", lines(&format!("{first}\n")));
        let told: Vec<String> = cells
            .filter(|(cell, _)| !cell.is_empty())
            .map(
                |(cell, head)| if head.is_empty() { cell.clone() } else { format!("\\fI{head}:\\fR {cell}") },
            )
            .collect();
        self.text += &lines(&format!("{}\n", told.join("\n.br\n")));
    }
}

/// Nothing in it means anything to man, but for what stands at the start of a line.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga")
}

fn quoted(text: &str) -> String {
    text.replace('"', "\\(dq")
}

/// Lines that are no requests, apart from the breaks that are made here.
fn lines(text: &str) -> String {
    let kept = |line: &str| line == ".br" || !line.starts_with(['.', '\'']);
    text.split_inclusive('\n')
        .map(|line| if kept(line.trim_end()) { line.to_owned() } else { format!("\\&{line}") })
        .collect()
}
