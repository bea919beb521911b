//! What narrative may hold (FHIR R4 narrative 2.4.0): basic formatting of XHTML, no script, no forms, nothing from outside.

use crate::xml::{self, Element, XHTML};

/// Elements that are taken.
const ELEMENTS: &str = "div p br h1 h2 h3 h4 h5 h6 hr blockquote pre ul ol li dl dt dd span b i u s em strong small big tt \
    sub sup code samp kbd var cite dfn abbr acronym address bdo q ins del a img table caption col colgroup thead tbody tfoot \
    tr td th center font";
/// Attributes that are taken.
const ATTRIBUTES: &str = "id class style lang xml:lang dir title accesskey tabindex href name rel rev src alt longdesc height \
    width abbr axis headers scope rowspan colspan span align valign char charoff border cellpadding cellspacing frame rules \
    summary cite datetime type start value compact bgcolor color face size nowrap hspace vspace target shape coords hreflang \
    charset clear noshade ismap usemap";

/// Attributes that hold an address.
const ADDRESSES: [&str; 5] = ["href", "src", "cite", "longdesc", "usemap"];
/// Schemes of addresses that are taken.
const SCHEMES: [&str; 6] = ["http", "https", "mailto", "tel", "ftp", "urn"];

/// Whether an address runs nothing: relative, of a known scheme, or an image written out. Browsers pass over space and control
/// characters within, so they are taken away first.
fn is_address(value: &str) -> bool {
    let plain: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let plain = plain.to_ascii_lowercase();
    let begin = plain.split(['/', '?', '#']).next().unwrap_or_default();
    match begin.split_once(':') {
        None => true,
        Some(("data", _)) => ["data:image/png", "data:image/jpeg", "data:image/gif"]
            .iter()
            .any(|known| plain.starts_with(known)),
        Some((scheme, _)) => SCHEMES.contains(&scheme),
    }
}

/// What is wrong with a narrative, with what to do; `None` when nothing is.
#[must_use]
pub fn problem(text: &str) -> Option<String> {
    let plain = xml::numbered(text);
    let root = match xml::parse(plain.as_bytes()) {
        Ok(root) => root,
        Err(error) => return Some(format!("the narrative is no XHTML: {error}")),
    };
    if root.name != "div" || root.namespace != XHTML {
        return Some(format!("narrative begins with <div xmlns=\"{XHTML}\">"));
    }
    if root.text().trim().is_empty() && !has_image(&root) {
        return Some("narrative says something; leave an empty one out".to_owned());
    }
    within(&root)
}

fn has_image(element: &Element<'_>) -> bool {
    element.elements().any(|inner| inner.name == "img" || has_image(inner))
}

fn within(element: &Element<'_>) -> Option<String> {
    if !ELEMENTS.split_whitespace().any(|known| known == element.name) {
        return Some(format!(
            "narrative takes no <{}>; use basic formatting, lists and tables",
            element.name
        ));
    }
    for (name, value) in &element.attributes {
        if !ATTRIBUTES.split_whitespace().any(|known| known == *name) {
            return Some(format!("narrative takes no attribute \"{name}\" at <{}>", element.name));
        }
        if ADDRESSES.contains(name) && !is_address(value) {
            return Some(format!(
                "narrative takes no script in \"{name}\"; write an address with http, https, mailto, tel or urn"
            ));
        }
    }
    element.elements().find_map(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrative_is_plain() {
        let div = |inner: &str| format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{inner}</div>");
        for good in [
            "words",
            "<p>a&nbsp;<b>b</b></p>",
            "<table><tr><td colspan=\"2\">x</td></tr></table>",
            "<img src=\"#a\" alt=\"\"/>",
            "&copy; &alpha;<a href=\"Patient/1#x:y\">x</a><a href=\"HTTPS://e.org/\">x</a>",
            "<img src=\"data:image/png;base64,AAAA\" alt=\"\"/>",
        ] {
            assert_eq!(problem(&div(good)), None, "{good}");
        }
        for (bad, words) in [
            ("<script>x</script>", "no <script>"),
            ("<p onclick=\"x\">x</p>", "onclick"),
            ("<a href=\"javascript:x\">x</a>", "no script"),
            ("<a href=\"java&#9;script:x\">x</a>", "no script"),
            ("<a href=\" &#1F;vbscript:x\">x</a>", "no XHTML"),
            ("<a href=\"vbscript:x\">x</a>", "no script"),
            ("<a href=\"data:text/html,x\">x</a>", "no script"),
            ("&entity;<script>x</script>", "no XHTML"),
            ("&eacute;<script>x</script>", "no <script>"),
            ("<iframe>x</iframe>", "iframe"),
            ("<p>x", "no XHTML"),
            ("  ", "says something"),
        ] {
            assert!(
                problem(&div(bad)).is_some_and(|said| said.contains(words)),
                "{bad}: {:?}",
                problem(&div(bad))
            );
        }
        assert!(problem("<div>x</div>").is_some());
    }
}
