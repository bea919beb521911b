//! What the sources must not do at the edges: a second reader of XML, addresses compared as text, redirects followed,
//! secrets that print themselves.

use testkit::sources::{Source, all};

/// Files that read XML: the one parser, and who calls it.
#[test]
fn h77_no_second_reader_of_xml() {
    let reads = |source: &Source| {
        source.literals().iter().any(|(_, text)| text.contains("<!ENTITY") || text.contains("<![CDATA["))
    };
    let found: Vec<String> =
        all().into_iter().filter(Source::is_shipped_rust).filter(reads).map(|source| source.path).collect();
    let beyond: Vec<&String> =
        found.iter().filter(|path| !path.starts_with("crates/fhir/src/xml/")).collect();
    assert!(beyond.is_empty(), "XML is read by fhir::xml alone: {beyond:?}");
}

/// Beginnings of names that only look like addresses: nothing is asked there and nobody is trusted for them.
const NAMES_OF_FHIR: &[&str] = &["http://hl7.org/", "http://terminology.hl7.org/"];

/// Addresses are read into an origin before they are compared: by the beginning of its text, `https://a.example.evil` is
/// `https://a.example`. To ask for the scheme alone compares no address.
fn compares_an_address(line: &str) -> bool {
    const ADDRESSES: &[&str] =
        &["issuer", "redirect", "portal", "origin", "base", "endpoint", "audience", "host"];
    ["starts_with(", "strip_prefix("].iter().flat_map(|way| line.split(way).skip(1)).any(|rest| {
        let rest = rest.trim_start_matches('&');
        if let Some(literal) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
            let is_scheme = matches!(literal, "http://" | "https://" | "http" | "https");
            let is_name = NAMES_OF_FHIR.iter().any(|name| literal.starts_with(name));
            return literal.starts_with("http") && !is_scheme && !is_name;
        }
        let word = rest.split([')', ',']).next().unwrap_or_default();
        // With the slash behind it, it is a path below a whole address.
        let is_below = line.contains("strip_prefix('/')");
        !is_below && ADDRESSES.iter().any(|address| word.split(['.', '_']).any(|part| part == *address))
    })
}

#[test]
fn h71_addresses_are_compared_by_their_origin() {
    for wrong in [
        "if said.starts_with(\"https://id.example\") {",
        "url.starts_with(&self.issuer)",
        "let rest = uri.strip_prefix(redirect_uri)?;",
    ] {
        assert!(compares_an_address(wrong), "{wrong}");
    }
    let mut found = Vec::new();
    for source in all().into_iter().filter(Source::is_shipped_rust) {
        for (number, line) in source.code_lines().filter(|(_, line)| compares_an_address(line)) {
            found.push(format!("{}:{number}: {}", source.path, line.trim()));
        }
    }
    assert!(
        found.is_empty(),
        "an address is compared by the beginning of its text; read its origin (actions::accounts::openid::origin):\n{}",
        found.join("\n")
    );
}

/// Where an answer's `Location` is read, and where it is told to people; nothing is asked there.
const TOLD: &[&str] = &[
    "crates/gateway/src/delivery/posting.rs",
    "crates/gateway/src/delivery/fhir_push.rs",
    "crates/gateway/src/delivery/subscribers.rs",
];

/// Nothing that asks by HTTP goes where an answer would send it.
#[test]
fn h71_no_redirect_is_followed() {
    let gateway =
        || all().into_iter().filter(|source| source.is_shipped_rust() && source.krate() == Some("gateway"));
    let asks = |source: &Source| source.code_lines().any(|(_, line)| line.contains("hyper::client"));
    assert!(gateway().any(|source| asks(&source)), "nothing asks by HTTP any more: mend this test");
    for source in gateway() {
        for (number, line) in source.code_lines() {
            // Where an answer of ours says it is no place that somebody else sends us to.
            let looks =
                (line.contains("LOCATION") && !line.contains(".insert(")) || line.contains(".location");
            let goes_on = ["dial(", "post(", "ask(", "Url", "parse("].iter().any(|word| line.contains(word));
            let is_told = TOLD.contains(&source.path.as_str()) && !goes_on;
            assert!(!looks || is_told, "{}:{number} goes where it is sent: {}", source.path, line.trim());
        }
    }
}

/// Fields that hold what nobody else may know.
const SECRETS: &[&str] =
    &["secret", "client_secret", "password", "token", "bearer", "verifier", "invitation", "key"];
/// Types of such a field that hold the thing itself; a path or a name does not.
const ITSELF: &[&str] = &["String", "Option<String>", "Vec<u8>", "[u8; 32]"];
/// Where such a field is no secret, with the reason.
const NO_SECRET: &[(&str, &str)] = &[
    ("App", "the SHA-256 of its secret, which is random"),
    ("Verifier", "a public key, by which signatures are checked"),
];

/// Structs of a source that print a secret by a derived `Debug`.
fn printing(text: &str) -> Vec<String> {
    let (mut found, mut derives, mut inside) = (Vec::new(), false, None);
    for line in text.lines().map(str::trim) {
        if let Some(name) = &inside {
            let field =
                line.rsplit_once(": ").map(|(name, sort)| (name.rsplit(' ').next().unwrap_or(name), sort));
            let is_secret = field.is_some_and(|(name, sort)| {
                SECRETS.contains(&name)
                    && ITSELF.contains(&sort.trim_end_matches(','))
                    // A key of text names something.
                    && !(name == "key" && sort.contains("String"))
            });
            if is_secret && derives {
                found.push(format!("{name}: {line}"));
            }
            if line == "}" {
                (inside, derives) = (None, false);
            }
        } else if line.starts_with("#[derive(") {
            derives = line.contains("Debug");
        } else if let Some((_, rest)) = line.split_once("struct ").filter(|_| line.ends_with('{')) {
            inside = Some(rest.split([' ', '<']).next().unwrap_or(rest).to_owned());
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            derives = false;
        }
    }
    found
}

#[test]
fn no_secret_prints_itself() {
    let bad =
        "#[derive(Debug, Clone)]\npub struct Issuer {\n    /// Ours.\n    pub client_secret: String,\n}\n";
    assert_eq!(printing(bad).len(), 1);
    assert!(printing(&bad.replace("Debug, ", "")).is_empty());
    let mut found = Vec::new();
    for source in all().into_iter().filter(Source::is_shipped_rust) {
        let of = printing(&source.text).into_iter();
        let wrong = of.filter(|one| !NO_SECRET.iter().any(|(name, _)| one.starts_with(&format!("{name}:"))));
        found.extend(wrong.map(|one| format!("{}: {one}", source.path)));
    }
    assert!(
        found.is_empty(),
        "a secret would be printed by a derived Debug, and what is printed ends in logs; write Debug without it:\n{}",
        found.join("\n")
    );
}

/// Where this program connects to others, and why a practice copy does not get there.
const CONNECTS: &[(&str, &str)] = &[
    ("crates/gateway/src/asking.rs", "a provider of [sign_in], which a practice copy is not given"),
    ("crates/gateway/src/delivery/wire.rs", "a dial; a practice copy dials with Sink"),
    ("crates/gateway/src/mailbox/imap.rs", "a server of [mailbox], which a practice copy is not given"),
    ("crates/gateway/src/mailing/relay.rs", "a relay of [mail], which a practice copy is not given"),
    ("crates/gateway/src/names.rs", "a name server of [mailbox], which a practice copy is not given"),
    ("crates/gateway/src/tls.rs", "a dial; a practice copy dials with Sink"),
];

#[test]
fn s157_every_place_that_connects_is_known_and_closed_to_a_practice_copy() {
    let connects = |source: &Source| {
        source.krate() == Some("gateway")
            && ["TcpStream::connect(", "UdpSocket::bind("].iter().any(|way| source.text.contains(way))
    };
    let found: Vec<String> = all()
        .into_iter()
        .filter(Source::is_shipped_rust)
        .filter(connects)
        .map(|source| source.path)
        .collect();
    let known: Vec<&str> = CONNECTS.iter().map(|(path, _)| *path).collect();
    assert_eq!(
        found, known,
        "say in CONNECTS why nothing of a practice copy goes out there (docs/practice-copy.md)"
    );
}
