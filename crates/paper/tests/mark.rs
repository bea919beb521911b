//! The mark of the process stands on every page. A test binary of its own: the mark cannot be taken away again.

use paper::{Block, Look, Paper, Size, mark_every_page, read};

#[test]
fn s157_every_page_bears_the_mark_of_the_process_whatever_is_printed() {
    mark_every_page("Practice, nobody here is real");
    mark_every_page("another");
    for look in [Look::Plain, Look::Chart { language: "en-CA", title: "Summary".to_owned() }] {
        let paragraph = |text: &str| Block::Paragraph(text.to_owned());
        let printed = Paper {
            size: Size::Letter,
            head: vec!["Roy, Lise".to_owned()],
            foot: String::new(),
            page: ["Page".to_owned(), "of".to_owned()],
            blocks: vec![paragraph("first"), Block::NewPage, paragraph("second")],
            look,
        }
        .print();
        let text = read::texts(&printed.bytes).join(" ");
        let marks = text.matches("Practice, nobody here is real").count();
        assert_eq!((printed.pages, marks), (2, 2), "{text}");
        assert!(!text.contains("another"), "nothing changes it: {text}");
    }
}
