//! E-mail addresses of people: one form to compare them by, and which are nobody's own (GUARANTEES S-036).

/// Characters of an address at most (RFC 5321 4.5.3.1.3).
const ADDRESS_LIMIT_CHARS: usize = 254;
/// Characters before the at sign at most (RFC 5321 4.5.3.1.1).
const LOCAL_LIMIT_CHARS: usize = 64;

/// Names of boxes that several people read.
const SHARED: &[&str] = &[
    "accounts",
    "accueil",
    "admin",
    "administration",
    "appointments",
    "billing",
    "bureau",
    "clinic",
    "clinique",
    "contact",
    "courriel",
    "desk",
    "dispensary",
    "dispensaire",
    "everyone",
    "fax",
    "frontdesk",
    "hello",
    "help",
    "info",
    "information",
    "inquiries",
    "mail",
    "manager",
    "noreply",
    "nurse",
    "nurses",
    "office",
    "orders",
    "pharmacie",
    "pharmacien",
    "pharmacist",
    "pharmacists",
    "pharmacy",
    "postmaster",
    "practice",
    "reception",
    "refill",
    "refills",
    "rx",
    "sales",
    "scan",
    "secretariat",
    "secretary",
    "service",
    "shared",
    "staff",
    "store",
    "support",
    "team",
    "webmaster",
];

/// The form in which addresses are compared: lower case, without spaces around; `None` when nothing could be sent there.
#[must_use]
pub fn key(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (local, domain) = address.split_once('@')?;
    let fits = address.chars().count() <= ADDRESS_LIMIT_CHARS && local.chars().count() <= LOCAL_LIMIT_CHARS;
    let local_ok = !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
    let label_ok = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
    (fits && local_ok && domain_ok).then_some(address)
}

/// The mailbox behind an address: what stands after a plus sign and dots before it reach the same one at most providers
/// (RFC 5233). Whether two addresses may be one person's is asked of this form.
#[must_use]
pub fn mailbox(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let Some((local, domain)) = address.split_once('@') else { return address };
    let local = local.split('+').next().unwrap_or_default().replace('.', "");
    format!("{local}@{domain}")
}

/// Whether several people read a box, by its name: an address is one person's.
#[must_use]
pub fn is_shared(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default().to_lowercase();
    let whole: String = local.chars().filter(char::is_ascii_alphabetic).collect();
    let first = local.split(['.', '-', '_', '+']).next().unwrap_or_default();
    let first = first.trim_end_matches(|c: char| c.is_ascii_digit());
    SHARED.contains(&whole.as_str()) || SHARED.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s036_addresses_are_compared_in_one_form() {
        assert_eq!(key("  Bram.Kestrel@Harbour.Example "), Some("bram.kestrel@harbour.example".into()));
        for wrong in [
            "",
            "bram",
            "bram@",
            "@x.ca",
            "bram@x",
            "a b@x.ca",
            "a..b@x.ca",
            "a@x..ca",
            "a@-x.ca",
            "a@b@c.ca",
            "a\r\nBcc: x@y.ca",
        ] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn s036_two_addresses_of_one_mailbox_are_one() {
        assert_eq!(mailbox("Bram.Kestrel+boss@x.ca"), mailbox("bramkestrel@x.ca"));
        assert_ne!(mailbox("bram@x.ca"), mailbox("bram@y.ca"));
    }

    #[test]
    fn s036_a_box_that_several_people_read_is_nobodys_address() {
        for shared in [
            "office@x.ca",
            "info@x.ca",
            "Pharmacy@x.ca",
            "front-desk@x.ca",
            "pharmacy2@x.ca",
            "rx.halifax@x.ca",
            "pharmacie@x.ca",
        ] {
            assert!(is_shared(shared), "{shared}");
        }
        for own in ["bram.kestrel@x.ca", "bkestrel@x.ca", "admiral@x.ca", "a.office@x.ca", "rxavier@x.ca"] {
            assert!(!is_shared(own), "{own}");
        }
    }
}
