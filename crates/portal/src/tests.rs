//! Every screen from its sample, in both languages, against the rules for templates (design/LANGUAGE.md section 9).

mod launch;
mod locks;
mod proofs;

use crate::samples::{Sample, pages};
use crate::{Choices, Density, Lang, Theme, routes};

fn every_page() -> Vec<(Lang, Sample)> {
    [Lang::En, Lang::Fr]
        .into_iter()
        .flat_map(|lang| {
            let choices =
                Choices { lang, density: Density::Standard, theme: Theme::Device, keys: true, shared: false };
            pages(choices).into_iter().map(move |page| (lang, page))
        })
        .collect()
}

/// Opening tags of a page, without the text between them.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter(|tag| !tag.starts_with(['/', '!']))
        .collect()
}

#[test]
fn every_page_says_its_language_in_the_first_line_and_has_one_heading() {
    for (lang, page) in every_page() {
        let opening = format!("<!DOCTYPE html><html lang=\"{}\"", lang.tag());
        assert!(page.html.starts_with(&opening), "{} {:?}", page.name, lang);
        assert_eq!(page.html.matches("<h1").count(), 1, "{} {:?}", page.name, lang);
        assert!(page.html.contains("id=\"main\""), "{}", page.name);
    }
}

#[test]
fn no_page_carries_inline_style_script_or_event() {
    for (_, page) in every_page() {
        for tag in tags(&page.html) {
            assert!(!tag.contains(" style="), "{}: {tag}", page.name);
            assert!(!tag.starts_with("style"), "{}: {tag}", page.name);
            assert!(
                !tag.contains(" on")
                    || !tag
                        .split(" on")
                        .nth(1)
                        .is_some_and(|rest| rest.contains('=') && rest.find('=') < rest.find(' ')),
                "{}: {tag}",
                page.name
            );
            assert!(!tag.starts_with("script") || tag.contains(" src=\"/assets/"), "{}: {tag}", page.name);
            for attribute in ["src=\"", "href=\""] {
                if let Some(place) = tag.split(attribute).nth(1) {
                    // Back to the app that asked: its registered address, on a page of its own.
                    let back = page.name == "authorize-going" && tag.contains("rel=\"nofollow noreferrer\"");
                    // The desk's video room, as the operator's own file names it, on a page of its own.
                    let room = place.starts_with("https://")
                        && tag.contains("rel=\"noreferrer\"")
                        && (page.name.starts_with("join-status") || page.name.starts_with("application"));
                    assert!(
                        place.starts_with(['/', '#']) || place.starts_with("data:,") || back || room,
                        "{}: {tag}",
                        page.name
                    );
                }
            }
        }
    }
}

#[test]
fn no_list_is_cut_without_a_word_and_the_way_on() {
    // Each sample has more rows than its page: the page says so, and leads on where there are pages.
    let lists = [
        ("breaker", "/breaker?from="),
        ("books", "/books?closed="),
        ("mailbox", "/mailbox?settled="),
        ("feeds", "/feeds?batches="),
        ("directory", "/directory?changed="),
        ("dialects", "/dialects?steps="),
        ("detection", "/detection?"),
        ("privacy", "/privacy?"),
        ("messages-held", ""),
        ("applications", ""),
        ("trace", ""),
        ("team", ""),
    ];
    for (lang, more) in [
        (Lang::En, ["There are more", "Showing the", "More messages", "Showing 2 of"]),
        (Lang::Fr, ["Il y en a d’autres", "premiers sur", "Plus de messages", "affichés sur"]),
    ] {
        for (name, next) in lists {
            let found = every_page().into_iter().find(|(of, page)| *of == lang && page.name == name);
            let Some((_, page)) = found else { panic!("no sample {name}") };
            let says =
                more.iter().any(|word| page.html.contains(word)) || page.html.contains("plus en retard sur");
            assert!(says, "{name} {lang:?} is cut in silence");
            assert!(page.html.contains(next), "{name} has no way on");
        }
    }
}

#[test]
fn every_table_has_a_caption_and_every_sprite_symbol_that_is_used() {
    for (_, page) in every_page() {
        assert_eq!(
            page.html.matches("<table").count(),
            page.html.matches("<caption").count(),
            "{}",
            page.name
        );
        for used in page.html.split("href=\"#i-").skip(1) {
            let name = used.split('"').next().unwrap_or_default();
            assert!(page.html.contains(&format!("id=\"i-{name}\"")), "{} lacks the icon {name}", page.name);
        }
    }
}

#[test]
fn every_form_that_changes_something_carries_the_token_of_its_session() {
    for (_, page) in every_page() {
        for form in page.html.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let post = form.split('>').next().is_some_and(|tag| tag.contains("method=\"post\""));
            // None has a session yet: the browser's word decides on those of the sign-in, a practice's signature on another,
            // and the link that only the one called has on the third. A tip is given by nobody.
            let before = [
                "action=\"/sign-in\"",
                "action=\"/sign-in/",
                "action=\"/launch\"",
                "action=\"/page/",
                "action=\"/tips",
                // Who applies for access is known by their browser or a link.
                "action=\"/join",
            ];
            let before = before.iter().any(|to| form.contains(to));
            if post && !before {
                assert!(form.contains("name=\"form\""), "{}: {form}", page.name);
            }
        }
    }
}

#[test]
fn every_route_that_changes_a_record_names_a_permission_and_an_audit_verb() {
    // What an app asks for is answered to that app, a refusal too; the acts behind it ask for the right.
    const OWN: &[&str] = &[
        "/sign-in",
        "/sign-out",
        "/display",
        "/launch",
        "/unlock",
        "/page/{call}",
        "/tips",
        "/tips/state",
        "/authorize",
        "/authorize/patient",
    ];
    for route in routes() {
        // Who applies for access is known by their browser or a link; the acts behind it leave rows of their own.
        let door = route.path.starts_with("/sign-in/") || route.path.starts_with("/join");
        if route.method == "POST" && !door && !OWN.contains(&route.path) {
            assert!(route.permission.is_some(), "{}", route.path);
        }
        if route.path.starts_with("/person") || route.permission.is_some() {
            assert!(!route.audit_verb().is_empty(), "{}", route.path);
        }
    }
}

#[test]
fn no_page_uses_words_that_blame_or_hide() {
    for (_, page) in every_page() {
        let low = page.html.to_lowercase();
        for never in
            ["invalid", "oops", "successfully", "please note", " n/a", ">n/a", "unknown error", "click here"]
        {
            assert!(!low.contains(never), "{} says {never}", page.name);
        }
    }
}

#[test]
fn text_from_outside_stays_text() {
    use crate::components::banner::band;
    use actions::patients::{Age, Banner};
    let attack = "<script>alert(1)</script>\"><use href=\"#i-warn\"";
    let banner = Banner {
        person: fhir::PersonId::from_i64(1),
        family: attack.to_owned(),
        given: attack.to_owned(),
        goes_by: attack.to_owned(),
        birth_date: attack.to_owned(),
        age: Age::NotKnown,
        sex: attack.to_owned(),
        health_cards: vec![(attack.to_owned(), attack.to_owned())],
        record_numbers: vec![(attack.to_owned(), attack.to_owned())],
        allergies: vec![attack.to_owned()],
        weight: Some((attack.to_owned(), attack.to_owned())),
        died: Some(attack.to_owned()),
        identity_open: false,
        withheld: Default::default(),
        gaps: Vec::new(),
    };
    let html = band(Lang::En, &banner).into_string();
    let low = html.to_lowercase();
    assert!(!low.contains("<script"), "{html}");
    assert!(!html.contains("\"><use href=\"#i-warn\"<"), "{html}");
    assert!(html.contains("&lt;script&gt;"));
}

#[test]
fn the_policy_allows_nothing_inline_and_nothing_from_elsewhere() {
    assert!(crate::CONTENT_POLICY.starts_with("default-src 'none'"));
    assert!(!crate::CONTENT_POLICY.contains("unsafe"));
}

/// Elements that hold words of ours; names that sources wrote stand in some of them too.
const OURS: &[&str] =
    &["h1", "h2", "h3", "th", "button", "label", "legend", "caption", "dt", "summary", "figcaption"];
/// Small words that a sentence or title in English has and one in French has not.
const ENGLISH: &[&str] = &[
    "the", "of", "and", "is", "are", "not", "to", "for", "with", "what", "who", "when", "nobody", "all",
    "your", "this", "since", "from", "by", "was", "has", "have", "it", "as",
];

/// The words right behind the opening tags of such elements.
fn labels(html: &str) -> Vec<String> {
    let pieces = html.split('<').filter_map(|rest| rest.split_once('>'));
    // What says that it is in English is: the runbook, also on a French page.
    let ours = pieces.filter(|(tag, _)| {
        OURS.contains(&tag.split(' ').next().unwrap_or_default()) && !tag.contains(" lang=\"en\"")
    });
    ours.map(|(_, text)| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

#[test]
fn no_label_is_left_in_english() {
    let in_language = |lang| {
        let (density, theme) = (Density::Standard, Theme::Device);
        pages(Choices { lang, density, theme, keys: true, shared: false })
    };
    let mut left = std::collections::BTreeSet::new();
    for (english, french) in in_language(Lang::En).iter().zip(in_language(Lang::Fr).iter()) {
        let said = labels(&english.html);
        for label in labels(&french.html).into_iter().filter(|label| said.contains(label)) {
            let low = label.to_lowercase();
            let mut words = low.split(|c: char| !c.is_alphabetic());
            // `Electrolytes and kidney function` is a laboratory's own name of its report.
            if words.any(|word| ENGLISH.contains(&word)) && label != "Electrolytes and kidney function" {
                left.insert(format!("{}: {label}", french.name));
            }
        }
    }
    assert!(left.is_empty(), "the same in both languages: {left:#?}");
}
