use super::*;
use crate::{Block, Look, Paper, Size};

fn form() -> Vec<u8> {
    let paper = Paper {
        size: Size::Letter,
        head: vec!["Request for access".into()],
        foot: "A1".into(),
        page: ["Page".into(), "of".into()],
        blocks: vec![
            Block::Paragraph("What I ask for.".into()),
            Block::Field { label: "Name".into(), name: "name", value: "Léger, Zoë (K\\+) Wɨn".into() },
            Block::Field { label: "Form".into(), name: "form", value: "A1/2026-1/en".into() },
            Block::Signature { label: "Signature".into(), name: "signature" },
        ],
        look: Look::Plain,
    };
    paper.print().bytes
}

fn facts(bytes: &[u8]) -> Result<Facts, Problem> {
    inspect(bytes, &Anchors::default(), 1_795_000_000)
}

/// The file with one more update at its end: objects by number, as a program would lay them over it.
fn updated(bytes: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let text = String::from_utf8_lossy(bytes);
    let former = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().to_owned();
    let size = text.rsplit("/Size ").next().unwrap().split(' ').next().unwrap().to_owned();
    let mut rows = String::new();
    for (number, body) in objects {
        rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let at = out.len();
    out.extend_from_slice(
        format!(
            "xref\n{rows}trailer\n<< /Size {size} /Root 1 0 R /Prev {former} >>\nstartxref\n{at}\n%%EOF\n"
        )
        .as_bytes(),
    );
    out
}

/// The object of `bytes` that has a text in it: its number and body.
fn object_with(bytes: &[u8], needle: &str) -> (u32, String) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let at = text.find(needle).unwrap();
    let from = text[..at].rfind(" 0 obj\n").unwrap();
    let number = text[..from].rsplit('\n').next().unwrap().parse().unwrap();
    let body = &text[from + " 0 obj\n".len()..];
    (number, body[..body.find("\nendobj").unwrap()].to_owned())
}

#[test]
fn our_own_form_is_read_back_as_it_was_printed() {
    let read = facts(&form()).unwrap();
    assert_eq!(read.fields["name"], "Léger, Zoë (K\\+) Wɨn");
    assert_eq!(read.fields["form"], "A1/2026-1/en");
    assert_eq!(read.pages.len(), 1);
    assert!(read.active.is_empty() && read.signatures.is_empty(), "{read:?}");
    assert!(!read.is_drawn && !read.is_scan && !read.is_partly_unread, "{read:?}");
}

#[test]
fn s041_what_is_no_readable_pdf_is_named() {
    let whole = form();
    let encrypted = String::from_utf8_lossy(&whole)
        .replace("/Root 1 0 R", "/Root 1 0 R /Encrypt << /Filter /Standard >>");
    for (bytes, wanted) in [
        (Vec::new(), Problem::Empty),
        (b"PK\x03\x04word/document.xml".to_vec(), Problem::NotPdf(Other::Document)),
        (b"\xFF\xD8\xFF\xE0".to_vec(), Problem::NotPdf(Other::Picture)),
        (b"Dear sir".to_vec(), Problem::NotPdf(Other::Something)),
        (whole[..whole.len() / 2].to_vec(), Problem::Damaged),
        (vec![b' '; SIZE_LIMIT_BYTES + 1], Problem::TooMuch),
    ] {
        assert_eq!(facts(&bytes).unwrap_err(), wanted);
    }
    assert_eq!(facts(&latin(&encrypted)), facts(&latin(&encrypted)));
    let at = updated(&whole, &[]);
    let locked = String::from_utf8_lossy(&at).replacen("/Prev", "/Encrypt << /V 1 >> /Prev", 1);
    assert_eq!(facts(locked.as_bytes()).unwrap_err(), Problem::Damaged, "lossy text moved the objects");
    let mut locked = at.clone();
    let place = locked.windows(5).rposition(|w| w == b"/Prev").unwrap();
    locked.splice(place..place, b"/Encrypt << /V 1 >> ".iter().copied());
    assert_eq!(facts(&locked).unwrap_err(), Problem::Encrypted);
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

#[test]
fn s041_what_would_run_is_named_wherever_it_hides() {
    let whole = form();
    let (catalog, body) = object_with(&whole, "/Type /Catalog");
    let with = |entry: &str| updated(&whole, &[(catalog, &body.replacen("<<", &format!("<< {entry}"), 1))]);
    for (entry, wanted) in [
        ("/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", Active::Script),
        ("/OpenAction << /S /J#61vaScript /J#53 (x) >>", Active::Script),
        ("/Names << /JavaScript << /Names [] >> >>", Active::Script),
        ("/X [ << /S /Launch /F (a.exe) >> ]", Active::Launch),
        ("/X << /A << /S /SubmitForm >> >>", Active::Launch),
        ("/AA << /WC << /S /Named >> >>", Active::OnOpen),
        ("/Names << /EmbeddedFiles << >> >>", Active::EmbeddedFile),
        ("/X << /XFA (x) >>", Active::Xfa),
        ("/X << /Subtype /RichMedia >>", Active::RichMedia),
    ] {
        let found = facts(&with(entry)).unwrap().active;
        assert!(found.contains(&wanted), "{entry}: {found:?}");
    }
    assert_eq!(facts(&with("/OpenAction [6 0 R /Fit]")).unwrap().active, []);
}

#[test]
fn s041_ink_a_stamp_a_picture_or_words_in_the_signature_area_are_seen() {
    let whole = form();
    let (page, body) = object_with(&whole, "/Type /Page /");
    let (_, field) = object_with(&whole, "/FT /Sig");
    let rect = field.split("/Rect [").nth(1).unwrap().split(']').next().unwrap().to_owned();
    let edge: Vec<f64> = rect.split(' ').map(|n| n.parse().unwrap()).collect();
    let (x, y) = (edge[0] + 40.0, edge[1] + 20.0);
    let note = |sort: &str, at: &str| {
        let ink = format!("<< /Type /Annot /Subtype /{sort} /Rect [{at}] >>");
        updated(&whole, &[(page, &body.replacen("/Annots [", &format!("/Annots [{ink} "), 1))])
    };
    for sort in ["Ink", "Stamp", "FreeText"] {
        let there = format!("{x} {y} {} {}", x + 80.0, y + 20.0);
        assert!(facts(&note(sort, &there)).unwrap().is_drawn, "{sort}");
        assert!(!facts(&note(sort, "10 10 40 40")).unwrap().is_drawn, "{sort} elsewhere");
    }
    let content = |drawing: &str| {
        let stream = format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len());
        let own = body.split("/Contents ").nth(1).unwrap().split(" R").next().unwrap();
        let number = own.split(' ').next().unwrap();
        let both =
            body.replacen(&format!("/Contents {number} 0 R"), &format!("/Contents [{number} 0 R 99 0 R]"), 1);
        updated(&whole, &[(page, &both), (99, &stream)])
    };
    for drawing in [
        format!("q 100 0 0 30 {x} {y} cm /Im1 Do Q"),
        format!("{x} {y} m {} {} l S", x + 50.0, y + 10.0),
        format!("q 1 0 0 1 {x} {y} cm 0 0 m 5 5 10 5 20 20 c S Q"),
        format!("BT /F1 12 Tf 1 0 0 1 {x} {y} Tm (Lise Roy) Tj ET"),
    ] {
        assert!(facts(&content(&drawing)).unwrap().is_drawn, "{drawing}");
    }
    assert!(!facts(&content("10 10 m 20 20 l S")).unwrap().is_drawn);
}

#[test]
fn a_stream_that_swells_and_a_table_that_turns_round_are_refused() {
    let whole = form();
    let (page, body) = object_with(&whole, "/Type /Page /");
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        std::io::Write::write_all(&mut bomb, &vec![b' '; 1024 * 1024]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let mut out = updated(&whole, &[]);
    let number = 98;
    let at = out.len();
    out.extend_from_slice(
        format!("{number} 0 obj\n<< /Filter /FlateDecode /Length {} >>\nstream\n", bomb.len()).as_bytes(),
    );
    out.extend_from_slice(&bomb);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    let page_at = out.len();
    let own = body.split("/Contents ").nth(1).unwrap().split(' ').next().unwrap();
    let swollen = body.replacen(&format!("/Contents {own} 0 R"), &format!("/Contents {number} 0 R"), 1);
    out.extend_from_slice(format!("{page} 0 obj\n{swollen}\nendobj\n").as_bytes());
    let table = out.len();
    let former = String::from_utf8_lossy(&whole)
        .rsplit("startxref\n")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    out.extend_from_slice(
        format!(
            "xref\n{number} 1\n{at:010} 00000 n \n{page} 1\n{page_at:010} 00000 n \ntrailer\n<< /Size 99 /Root 1 0 R \
             /Prev {former} >>\nstartxref\n{table}\n%%EOF\n"
        )
        .as_bytes(),
    );
    assert_eq!(facts(&out).unwrap_err(), Problem::TooMuch);
    let mut turning = updated(&whole, &[]);
    let at = String::from_utf8_lossy(&turning)
        .rsplit("startxref\n")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let prev = turning.windows(6).rposition(|w| w == b"/Prev ").unwrap();
    let end = turning[prev..].iter().position(|&b| b == b'>').unwrap() + prev;
    turning.splice(prev..end, format!("/Prev {at} ").into_bytes());
    assert_eq!(facts(&turning).unwrap_err(), Problem::Damaged);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]
    /// Whatever bytes come, there is an answer.
    #[test]
    fn s041_no_bytes_break_the_reader(
        at in 0_usize..4_000,
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
        cut in 0_usize..4_000,
    ) {
        let mut whole = form();
        let at = at.min(whole.len());
        let end = (at + bytes.len()).min(whole.len());
        whole.splice(at..end, bytes);
        drop(facts(&whole));
        whole.truncate(cut);
        drop(facts(&whole));
    }
}

/// A file of these objects, by a table that is right.
fn file_of(objects: &[(u32, String)]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::new();
    for (number, body) in objects {
        rows.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
    }
    let at = out.len();
    out.extend_from_slice(
        format!("xref\n{rows}trailer\n<< /Size 99 /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n").as_bytes(),
    );
    out
}

fn stream(dict: &str, body: &str) -> String {
    format!("<< {dict} /Length {} >>\nstream\n{body}\nendstream", body.len())
}

#[test]
fn s041_a_page_that_names_one_stream_again_and_again_is_refused_before_it_is_copied() {
    for times in [900, 20_000] {
        let bytes = file_of(&[
            (1, "<< /Type /Catalog /Pages 2 0 R >>".into()),
            (2, "<< /Type /Pages /Kids [3 0 R] >>".into()),
            (3, format!("<< /Type /Page /Contents [{}] >>", "4 0 R ".repeat(times))),
            (4, stream("", &"q Q ".repeat(50_000))),
        ]);
        assert_eq!(facts(&bytes).unwrap_err(), Problem::TooMuch, "{times}");
    }
}

#[test]
fn s041_a_page_tree_that_names_one_node_again_and_again_is_refused_before_it_is_read() {
    let bytes = file_of(&[
        (1, "<< /Type /Catalog /Pages 2 0 R >>".into()),
        (2, format!("<< /Type /Pages /Kids [{}] >>", "3 0 R ".repeat(19_000))),
        (3, format!("<< /Type /Page /X [{}] >>", "0 ".repeat(19_000))),
    ]);
    assert_eq!(facts(&bytes).unwrap_err(), Problem::TooMuch);
}

#[test]
fn s041_objects_of_a_pack_that_lie_over_each_other_are_no_objects() {
    // Each of the 20,000 items begins at the same array: read one by one they would be gigabytes.
    let count = 10_000;
    let head: String = (0..count).map(|n| format!("{} 0 ", n + 100)).collect();
    let pack = format!("{head}[{}]", "0 ".repeat(19_000));
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut put = |number: u32, body: String| {
        let at = out.len();
        out.extend_from_slice(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes());
        (at, out.len())
    };
    let (catalog, _) = put(1, "<< /Type /Catalog /Pages 100 0 R >>".into());
    let dict = format!("/Type /ObjStm /N {count} /First {}", head.len());
    let (packed, table) = put(2, stream(&dict, &pack));
    // Rows of a cross-reference stream as hexadecimal: sort, place, index.
    let rows = format!("00000000 01{catalog:06x} 01{packed:06x} {}>", "02000002".repeat(count));
    put(
        3,
        stream(
            &format!("/Type /XRef /Filter /ASCIIHexDecode /W [1 3 0] /Root 1 0 R /Index [0 3 100 {count}]"),
            &rows,
        ),
    );
    out.extend_from_slice(format!("startxref\n{table}\n%%EOF\n").as_bytes());
    assert_eq!(facts(&out).unwrap_err(), Problem::Damaged);
}
