//! Pages of the documentation, of the Markdown that they are written in: headings, paragraphs, lists, tables, blocks of
//! code; in a line code, bold, emphasis and links. They are in English and say so.

use maud::{Markup, html};

/// A block of a page.
enum Block<'t> {
    /// Level and words.
    Heading(usize, &'t str),
    Paragraph(String),
    /// Whether it is numbered, and its items.
    List(bool, Vec<String>),
    /// The heading that it stands under, and its rows.
    Table(String, Vec<Vec<&'t str>>),
    Code(Vec<&'t str>),
}

/// A page or a part of one, named `section`; its title, a heading of the first level, is left to who shows it.
pub(crate) fn page(text: &str, section: &str) -> Markup {
    html! {
        @for block in blocks(text, section) {
            @match block {
                Block::Heading(1, _) => {}
                Block::Heading(2, title) => h2 lang="en" id=(anchor(title)) { (line(title)) },
                Block::Heading(_, title) => h3 lang="en" id=(anchor(title)) { (line(named(title))) },
                Block::Paragraph(text) => p { (line(&text)) },
                Block::List(true, items) => ol { @for item in &items { li { (line(item)) } } },
                Block::List(false, items) => ul { @for item in &items { li { (line(item)) } } },
                Block::Table(caption, rows) => (table(&caption, &rows)),
                Block::Code(lines) => pre tabindex="0" { code { (lines.join("\n")) } },
            }
        }
    }
}

/// Where a link leads to a heading: the code that it begins with, or its words.
fn anchor(title: &str) -> String {
    if let Some((code, _)) = title.strip_prefix('`').and_then(|rest| rest.split_once('`')) {
        return code.to_owned();
    }
    let words = title.to_lowercase();
    words
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// A heading without the code that it begins with, which is for links.
fn named(title: &str) -> &str {
    title.split_once("`: ").map_or(title, |(_, name)| name)
}

fn plain(title: &str) -> String {
    named(title).replace(['`', '*'], "")
}

fn blocks<'t>(text: &'t str, section: &str) -> Vec<Block<'t>> {
    let mut heading = section.to_owned();
    let mut found: Vec<Block<'t>> = Vec::new();
    let mut lines = text.lines();
    let mut is_new = true;
    while let Some(line) = lines.next() {
        let words = line.trim();
        if words.is_empty() {
            is_new = true;
            continue;
        }
        if words.starts_with("```") {
            let within = std::iter::from_fn(|| lines.next().filter(|line| !line.starts_with("```")));
            found.push(Block::Code(within.collect()));
        } else if let Some(title) = words.strip_prefix('#') {
            let level = 1 + title.chars().take_while(|c| *c == '#').count();
            let title = title.trim_start_matches('#').trim();
            heading = plain(title);
            found.push(Block::Heading(level, title));
        } else if let Some(row) = words.strip_prefix('|') {
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
            let is_rule = cells.iter().all(|cell| cell.chars().all(|c| c == '-' || c == ':'));
            match found.last_mut() {
                Some(Block::Table(_, rows)) if !is_new => rows.extend((!is_rule).then_some(cells)),
                _ => found.push(Block::Table(heading.clone(), vec![cells])),
            }
        } else if let Some((is_ordered, item)) = item(words) {
            match found.last_mut() {
                Some(Block::List(of, items)) if *of == is_ordered => items.push(item.to_owned()),
                _ => found.push(Block::List(is_ordered, vec![item.to_owned()])),
            }
        } else {
            match found.last_mut() {
                Some(Block::Paragraph(text)) if !is_new => text.push_str(&format!(" {words}")),
                Some(Block::List(_, items)) if line.starts_with(' ') => {
                    if let Some(last) = items.last_mut() {
                        last.push_str(&format!(" {words}"));
                    }
                }
                _ => found.push(Block::Paragraph(words.to_owned())),
            }
        }
        is_new = false;
    }
    found
}

/// An item of a list, and whether it is numbered.
fn item(words: &str) -> Option<(bool, &str)> {
    if let Some(item) = words.strip_prefix("- ") {
        return Some((false, item));
    }
    let (number, item) = words.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((true, item))
}

fn table(caption: &str, rows: &[Vec<&str>]) -> Markup {
    let Some((head, body)) = rows.split_first() else { return html! {} };
    html! {
        div.scroll tabindex="0" role="region" lang="en" aria-label=(caption) {
            table {
                caption lang="en" { b { (caption) } }
                thead { tr { @for cell in head { th scope="col" lang="en" { (line(cell)) } } } }
                tbody { @for row in body { tr { @for cell in row { td { (line(cell)) } } } } }
            }
        }
    }
}

/// A line: what stands between signs of one sort is shown so; a sign without its other one is itself.
fn line(text: &str) -> Markup {
    let (mut rest, mut pieces) = (text, Vec::new());
    while !rest.is_empty() {
        let (drawn, after) = piece(rest);
        pieces.push(drawn);
        rest = after;
    }
    html! { @for drawn in pieces { (drawn) } }
}

fn piece(text: &str) -> (Markup, &str) {
    let within = |sign: &str| {
        text.strip_prefix(sign).and_then(|rest| rest.split_once(sign)).filter(|(words, _)| !words.is_empty())
    };
    if let Some((code, after)) = within("`") {
        return (code_of(code), after);
    }
    if let Some((bold, after)) = within("**") {
        return (html! { b { (line(bold)) } }, after);
    }
    if let Some((words, after)) = within("*") {
        return (html! { em { (line(words)) } }, after);
    }
    if let Some((words, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once("]("))
        && let Some((to, after)) = rest.split_once(')')
    {
        return (link(words, to), after);
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let end = text[first..].find(['`', '*', '[']).map_or(text.len(), |at| first + at);
    (html! { (&text[..end]) }, &text[end..])
}

/// An address of the portal leads there.
fn code_of(code: &str) -> Markup {
    let is_page = code.starts_with('/') && !code.contains('{') && crate::screens::at("GET", code).is_some();
    html! { @if is_page { a href=(code) { code { (code) } } } @else { code { (code) } } }
}

/// Another page of the documentation is not here: it is named.
fn link(words: &str, to: &str) -> Markup {
    let page = to.split('#').next().unwrap_or(to);
    html! {
        @if to.starts_with('#') { a href=(to) { (words) } }
        @else if words == page { code { "docs/" (page) } }
        @else { (words) " (" code { "docs/" (page) } ")" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_drawn_as_it_is_meant() {
        let text = "# Title\n\nOne line\nand **more** of `/books` and `a < b`.\n\n1. First\n   goes on\n2. Second\n\n\
            ### `disk`: Disk nearly full\n\n| a | b |\n|---|---|\n| `x` | see [there](y.md#z) |\n\n```\nopor <status>\n```\n";
        let drawn = page(text, "Part").into_string();
        for wanted in [
            "<p>One line and <b>more</b> of <a href=\"/books\"><code>/books</code></a> and <code>a &lt; b</code>.</p>",
            "<ol><li>First goes on</li><li>Second</li></ol>",
            "<h3 lang=\"en\" id=\"disk\">Disk nearly full</h3>",
            "<caption lang=\"en\"><b>Disk nearly full</b></caption>",
            "<td>see there (<code>docs/y.md</code>)</td>",
            "<code>opor &lt;status&gt;</code></pre>",
        ] {
            assert!(drawn.contains(wanted), "{wanted}\n{drawn}");
        }
        assert!(!drawn.contains("Title") && !drawn.contains("---"), "{drawn}");
    }

    #[test]
    fn signs_without_their_other_one_are_text() {
        for text in ["2 * 3", "a ` b", "[no link", "**", "*", "é`"] {
            assert_eq!(line(text).into_string(), text, "{text}");
        }
    }
}
