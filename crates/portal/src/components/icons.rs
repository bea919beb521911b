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
    ("dndn", r#"<path d="M12 23 4.500 13h15zM12 11.5 3 .5h18z"/>"#),
    ("doc", r#"<path d="M6 3h8l4.500 4.500V21H6zM14 3v4.500h4.500M9 12.500h6.500M9 16.500h6.500"/>"#),
    ("down", r#"<path d="M12 4v11.500M7 11l5 5 5-5M4.500 20h15"/>"#),
    (
        "help",
        r#"<circle cx="12" cy="12" r="9"/><path d="M9.300 9.500c.2-1.500 1.300-2.400 2.800-2.400s2.700 1 2.700 2.400c0 1.900-2.700 2.100-2.700 4M12.100 16.800v.1"/>"#,
    ),
    ("home", r#"<path d="M4 11.500 12 4.500l8 7V20h-5.500v-5.500h-5V20H4z"/>"#),
    (
        "image",
        r#"<rect x="3.500" y="4.500" width="17" height="15" rx="2"/><path d="m6.500 16 4-5.500 3.200 4 1.800-2 2.500 3.500"/>"#,
    ),
    (
        "inbox",
        r#"<path d="M3.500 13.500 6.500 5h11l3 8.500V19h-17zM3.500 13.500H9l1.200 2.500h3.600l1.200-2.500h5.500"/>"#,
    ),
    (
        "lab",
        r#"<path d="M9 3h6M10 3v6.200L5.100 18.300A1.800 1.800 0 0 0 6.700 21h10.600a1.800 1.800 0 0 0 1.600-2.700L14 9.200V3M7.600 15h8.800"/>"#,
    ),
    ("list", r#"<path d="M8.500 6h12M8.500 12h12M8.500 18h12M4 6v.1M4 12v.1M4 18v.1"/>"#),
    ("lock", r#"<rect x="5" y="11" width="14" height="9.500" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#),
    ("mail", r#"<rect x="3" y="5.500" width="18" height="13" rx="2"/><path d="m4 7.500 8 6 8-6"/>"#),
    (
        "path",
        r#"<circle cx="6" cy="18" r="2.500"/><circle cx="18" cy="6" r="2.500"/><path d="M8.500 18H14a3.500 3.500 0 0 0 0-7h-4a3.500 3.500 0 0 1 0-7h5.500"/>"#,
    ),
    ("pen", r#"<path d="m3 21 1.200-5.200L15.500 4.500l4 4L8.200 19.800z"/>"#),
    (
        "people",
        r#"<circle cx="9" cy="8.500" r="3.500"/><path d="M2.500 19.500c.8-3.700 3.300-5.300 6.500-5.300s5.700 1.600 6.500 5.300"/><path d="M16 5.500a3.200 3.200 0 0 1 0 6M18.500 14.800c1.600.9 2.600 2.500 3 4.700"/>"#,
    ),
    (
        "phone",
        r#"<path d="M5 3.500h4l1.500 5-2.300 1.600a12 12 0 0 0 5.700 5.700l1.600-2.300 5 1.500v4A1.500 1.500 0 0 1 19 20.500 15.500 15.500 0 0 1 3.500 5 1.500 1.500 0 0 1 5 3.500z"/>"#,
    ),
    ("ring", r#"<circle cx="12" cy="12" r="8" fill="none" stroke="currentColor" stroke-width="2.500"/>"#),
    ("search", r#"<circle cx="10.500" cy="10.500" r="6.500"/><path d="M15.500 15.500 21 21"/>"#),
    ("send", r#"<path d="M3.500 11.500 20.500 4 15 20.500l-3.500-7z"/>"#),
    ("stop", r#"<path d="M8.200 3h7.600L21 8.200v7.600L15.800 21H8.200L3 15.800V8.200zM8.500 12h7"/>"#),
    ("swap", r#"<path d="M4 8.500h15M15.500 5 19 8.500 15.500 12M20 15.500H5M8.500 12 5 15.500 8.500 19"/>"#),
    (
        "text",
        r#"<path d="M3 18.500 7.500 6.500 12 18.500M4.700 14.500h5.600M14.500 18.500l3-7.500 3 7.500M15.600 16h3.800"/>"#,
    ),
    ("up", r#"<path d="M12 4 21.500 20.500h-19z"/>"#),
    ("upup", r#"<path d="M12 1 19.500 11h-15zM12 12.500 21 23.500H3z"/>"#),
    ("warn", r#"<path d="M12 3.500 21.500 20h-19zM12 10v4.500M12 17.200v.1"/>"#),
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
