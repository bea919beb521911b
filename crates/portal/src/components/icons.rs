//! Icons: one inline sprite per page holding only the symbols used. Always beside a word, always hidden from readers.

use maud::{Markup, PreEscaped, html};

/// Drawn on a 24 grid, 1.75 stroke; the filled ones are for clinical flags only.
const SYMBOLS: &[(&str, &str)] = &[
    ("bed", r#"<path d="M3 6v13M3 16h18M21 19v-6a3 3 0 0 0-3-3h-7.5v6"/><circle cx="6.8" cy="12" r="1.8"/>"#),
    ("check", r#"<path d="m4.5 12.5 5 5 10-11"/>"#),
    ("chev", r#"<path d="m9 5.5 6.5 6.5L9 18.5"/>"#),
    ("clock", r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.5 2"/>"#),
    ("diamond", r#"<path d="M12 2.5 21.5 12 12 21.5 2.5 12z"/>"#),
    ("dn", r#"<path d="M12 20.5 2.5 4h19z"/>"#),
    ("dndn", r#"<path d="M12 23 4.5 13h15zM12 11.5 3 .5h18z"/>"#),
    ("doc", r#"<path d="M6 3h8l4.5 4.5V21H6zM14 3v4.5h4.5M9 12.5h6.5M9 16.5h6.5"/>"#),
    ("down", r#"<path d="M12 4v11.5M7 11l5 5 5-5M4.5 20h15"/>"#),
    (
        "help",
        r#"<circle cx="12" cy="12" r="9"/><path d="M9.3 9.5c.2-1.5 1.3-2.4 2.8-2.4s2.7 1 2.7 2.4c0 1.9-2.7 2.1-2.7 4M12.1 16.8v.1"/>"#,
    ),
    ("home", r#"<path d="M4 11.5 12 4.5l8 7V20h-5.5v-5.5h-5V20H4z"/>"#),
    (
        "image",
        r#"<rect x="3.5" y="4.5" width="17" height="15" rx="2"/><path d="m6.5 16 4-5.5 3.2 4 1.8-2 2.5 3.5"/>"#,
    ),
    ("inbox", r#"<path d="M3.5 13.5 6.5 5h11l3 8.5V19h-17zM3.5 13.5H9l1.2 2.5h3.6l1.2-2.5h5.5"/>"#),
    (
        "lab",
        r#"<path d="M9 3h6M10 3v6.2L5.1 18.3A1.8 1.8 0 0 0 6.7 21h10.6a1.8 1.8 0 0 0 1.6-2.7L14 9.2V3M7.6 15h8.8"/>"#,
    ),
    ("list", r#"<path d="M8.5 6h12M8.5 12h12M8.5 18h12M4 6v.1M4 12v.1M4 18v.1"/>"#),
    ("lock", r#"<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#),
    ("mail", r#"<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="m4 7.5 8 6 8-6"/>"#),
    (
        "path",
        r#"<circle cx="6" cy="18" r="2.5"/><circle cx="18" cy="6" r="2.5"/><path d="M8.5 18H14a3.5 3.5 0 0 0 0-7h-4a3.5 3.5 0 0 1 0-7h5.5"/>"#,
    ),
    ("pen", r#"<path d="m3 21 1.2-5.2L15.5 4.5l4 4L8.2 19.8z"/>"#),
    (
        "people",
        r#"<circle cx="9" cy="8.5" r="3.5"/><path d="M2.5 19.5c.8-3.7 3.3-5.3 6.5-5.3s5.7 1.6 6.5 5.3"/><path d="M16 5.5a3.2 3.2 0 0 1 0 6M18.5 14.8c1.6.9 2.6 2.5 3 4.7"/>"#,
    ),
    (
        "phone",
        r#"<path d="M5 3.5h4l1.5 5-2.3 1.6a12 12 0 0 0 5.7 5.7l1.6-2.3 5 1.5v4A1.5 1.5 0 0 1 19 20.5 15.5 15.5 0 0 1 3.5 5 1.5 1.5 0 0 1 5 3.5z"/>"#,
    ),
    ("pill", r#"<path d="M4.6 12.4 12.4 4.6a4.9 4.9 0 0 1 7 7l-7.8 7.8a4.9 4.9 0 0 1-7-7zM8.5 8.5l7 7"/>"#),
    ("ring", r#"<circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2.5"/>"#),
    ("search", r#"<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5 21 21"/>"#),
    ("send", r#"<path d="M3.5 11.5 20.5 4 15 20.5l-3.5-7z"/>"#),
    ("stop", r#"<path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM8.5 12h7"/>"#),
    ("swap", r#"<path d="M4 8.5h15M15.5 5 19 8.5 15.5 12M20 15.5H5M8.5 12 5 15.5 8.5 19"/>"#),
    ("text", r#"<path d="M3 18.5 7.5 6.5 12 18.5M4.7 14.5h5.6M14.5 18.5l3-7.5 3 7.5M15.6 16h3.8"/>"#),
    ("up", r#"<path d="M12 4 21.5 20.5h-19z"/>"#),
    ("upup", r#"<path d="M12 1 19.5 11h-15zM12 12.5 21 23.5H3z"/>"#),
    ("warn", r#"<path d="M12 3.5 21.5 20h-19zM12 10v4.5M12 17.2v.1"/>"#),
    ("x", r#"<path d="m6 6 12 12M18 6 6 18"/>"#),
];

/// A stroked icon.
pub(crate) fn icon(name: &'static str) -> Markup {
    html! { svg.ic aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// A filled glyph: clinical flags only.
pub(crate) fn solid(name: &'static str) -> Markup {
    html! { svg.ic.solid aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// A large icon for empty pages.
pub(crate) fn big(name: &'static str) -> Markup {
    html! { svg.ic.big aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// The sprite with the symbols that `body` uses; text from outside cannot name one, because its quotes are escaped.
pub(crate) fn sprite(body: &str) -> Markup {
    html! {
        svg.vh aria-hidden="true" focusable="false" {
            @for (name, drawing) in SYMBOLS {
                @if body.contains(&format!("href=\"#i-{name}\"")) {
                    symbol id={ "i-" (name) } viewBox="0 0 24 24" { (PreEscaped(drawing)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sprite_holds_what_is_used_and_no_more() {
        let sprite = sprite(&icon("lab").into_string()).into_string();
        assert!(sprite.contains("i-lab") && !sprite.contains("i-bed"));
    }
}
