//! Whether a mail comes from the domain that it says it is from: DKIM or SPF, each aligned as DMARC asks (RFC 7489 3.1).
//!
//! DKIM is checked here, over the bytes. SPF needs the address that the mail was handed over from, which the receiving
//! server alone knows: its finding is taken from the header when that server is one that the settings name.

use crate::dkim::{Keys, Outcome, key_names, verify};
use crate::results;

/// Why a mail is believed, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The sender's domain signed it; checked here.
    Signed,
    /// The receiving server found DMARC to pass.
    ServerDmarc,
    /// The receiving server found the sender's domain to have signed it, or to have sent it.
    ServerAligned,
    /// It was signed by the sender's domain and is not as it was signed, or the receiving server found DMARC to fail.
    Refuted,
    /// Nothing says that it comes from there.
    Unproved,
}

impl Origin {
    /// It comes from the domain that it says.
    #[must_use]
    pub fn is_proved(self) -> bool {
        matches!(self, Self::Signed | Self::ServerDmarc | Self::ServerAligned)
    }
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::ServerDmarc => "server-dmarc",
            Self::ServerAligned => "server-aligned",
            Self::Refuted => "refuted",
            Self::Unproved => "unproved",
        }
    }
}

/// Where a mail comes from. `server` is the name of the receiving server that is trusted; empty when none is.
#[must_use]
pub fn origin(mail: &[u8], sender: &str, keys: &dyn Keys, server: &str, now: u64) -> Origin {
    let Some((_, domain)) = sender.rsplit_once('@') else { return Origin::Unproved };
    let domain = domain.to_lowercase();
    let ours = verify(mail, keys, now);
    let aligned = || ours.iter().filter(|signed| is_aligned(&signed.domain, &domain));
    if aligned().any(|signed| signed.outcome == Outcome::Pass) {
        return Origin::Signed;
    }
    let found = if server.is_empty() { Vec::new() } else { results::of(mail, server) };
    let has = |method: &str, result: &str| found.iter().any(|f| f.method == method && f.result == result);
    let names = |property: &(String, String), suits: fn(&str, &str) -> bool| {
        let (name, value) = property;
        let of = value.rsplit_once('@').map_or(value.as_str(), |(_, domain)| domain);
        matches!(name.as_str(), "header.d" | "header.i" | "smtp.mailfrom") && suits(of, &domain)
    };
    let server_passed = |suits: fn(&str, &str) -> bool| {
        found.iter().any(|f| {
            matches!(f.method.as_str(), "dkim" | "spf")
                && f.result == "pass"
                && f.properties.iter().any(|property| names(property, suits))
        })
    };
    // The sender's own domain may let one above or below it sign and send (relaxed alignment): that proves nothing here,
    // and refutes nothing either.
    let may_be_theirs = server_passed(is_kin)
        || ours.iter().any(|signed| signed.outcome == Outcome::Pass && is_kin(&signed.domain, &domain));
    let is_altered = aligned().any(|signed| signed.outcome == Outcome::Fail);
    if has("dmarc", "fail") || (is_altered && !may_be_theirs) {
        return Origin::Refuted;
    }
    if has("dmarc", "pass") {
        return Origin::ServerDmarc;
    }
    if server_passed(is_aligned) {
        return Origin::ServerAligned;
    }
    // Nothing of the sender's domain passes, nor of one above or below; where the domain asks that such mail be turned away, it is not theirs. What the
    // receiving server found of SPF is part of that, so without its findings nothing is refuted.
    if !server.is_empty()
        && !may_be_theirs
        && keys.record(&policy_name(&domain)).is_some_and(|record| turns_away(&record))
    {
        return Origin::Refuted;
    }
    Origin::Unproved
}

/// Names whose text records tell where a mail from this sender comes from: keys of signatures of the sender's own domain or
/// of one above or below it, and what the domain asks for. Signatures of others say nothing here, so nobody is asked about them.
#[must_use]
pub fn names(mail: &[u8], sender: &str) -> Vec<String> {
    let Some((_, domain)) = sender.rsplit_once('@') else { return Vec::new() };
    let domain = domain.to_lowercase();
    let is_theirs =
        |name: &String| name.split_once("._domainkey.").is_some_and(|(_, signer)| is_kin(signer, &domain));
    let mut names: Vec<String> = key_names(mail).into_iter().filter(is_theirs).collect();
    names.push(policy_name(&domain));
    names.sort_unstable();
    names.dedup();
    names
}

fn policy_name(domain: &str) -> String {
    format!("_dmarc.{domain}")
}

/// What of several text records of a name is meant: the one that says to be of the sort that stands there. Two of them are
/// none (RFC 6376 3.6.2.2, RFC 7489 6.6.3).
#[must_use]
pub fn meant(name: &str, texts: &[String]) -> Option<String> {
    let is_policy = name.starts_with("_dmarc.");
    let is_meant = |text: &&String| {
        let begins = text.trim_start();
        if is_policy {
            begins.starts_with("v=DMARC1")
        } else {
            begins.starts_with("v=DKIM1") || begins.contains("p=")
        }
    };
    let mut found = texts.iter().filter(is_meant);
    let first = found.next()?;
    found.next().is_none().then(|| first.clone())
}

/// Whether a domain asks that mail which is not proved be turned away or set aside (RFC 7489 6.3).
fn turns_away(record: &str) -> bool {
    let mut tags = record
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()));
    tags.next() == Some(("v", "DMARC1"))
        && tags.any(|(name, value)| {
            name == "p" && (value.eq_ignore_ascii_case("reject") || value.eq_ignore_ascii_case("quarantine"))
        })
}

/// Strict alignment: the same domain. One above or below is another here: who may speak for whom below a public suffix is
/// not known without its list, and one registered address is looked for, not mail in general.
fn is_aligned(signed: &str, from: &str) -> bool {
    !signed.is_empty() && signed.eq_ignore_ascii_case(from)
}

/// Relaxed alignment as far as it can be told without the list of public suffixes (RFC 7489 3.1): the same domain, or one
/// above or below it.
fn is_kin(signed: &str, from: &str) -> bool {
    let (signed, from) = (signed.to_lowercase(), from.to_lowercase());
    let is_below = |one: &str, other: &str| one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'));
    !signed.is_empty() && (signed == from || is_below(&signed, &from) || is_below(&from, &signed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn found(header: &str) -> Origin {
        let mail = format!("{header}From: bram@harbour.example\r\n\r\nHello\r\n");
        origin(mail.as_bytes(), "bram@harbour.example", &BTreeMap::new(), "mx.opor.example", 0)
    }

    #[test]
    fn s043_the_receiving_server_is_believed_and_nobody_else() {
        let by =
            |server: &str, said: &str| found(&format!("Authentication-Results: {server};\r\n {said}\r\n"));
        assert_eq!(
            by("mx.opor.example", "spf=pass; dmarc=pass (p=none) header.from=harbour.example"),
            Origin::ServerDmarc
        );
        assert_eq!(
            by("mx.opor.example 1", "spf=pass smtp.mailfrom=bram@harbour.example"),
            Origin::ServerAligned
        );
        assert_eq!(by("mx.opor.example", "dkim=pass header.d=harbour.example"), Origin::ServerAligned);
        assert_eq!(by("mx.opor.example", "spf=pass smtp.mailfrom=bram@forward.example"), Origin::Unproved);
        assert_eq!(by("mx.opor.example", "dkim=pass header.d=example"), Origin::Unproved);
        assert_eq!(by("mx.opor.example", "dkim=fail header.d=harbour.example; dmarc=fail"), Origin::Refuted);
        assert_eq!(by("mx.elsewhere.example", "dmarc=pass"), Origin::Unproved);
        assert_eq!(by("mx.opor.example (dmarc=pass", "x=y"), Origin::Unproved);
        assert_eq!(found(""), Origin::Unproved);
    }

    #[test]
    fn s043_what_the_domain_asks_for_refutes_what_nothing_proves() {
        let of = |policy: &str, server: &str, header: &str| {
            let keys = BTreeMap::from([("_dmarc.harbour.example".to_owned(), policy.to_owned())]);
            let mail = format!("{header}From: bram@harbour.example\r\n\r\nHello\r\n");
            origin(mail.as_bytes(), "bram@harbour.example", &keys, server, 0)
        };
        let (reject, mx) = ("v=DMARC1; p=reject", "mx.opor.example");
        assert_eq!(of(reject, mx, ""), Origin::Refuted);
        assert_eq!(of("v=DMARC1; sp=none; p = Quarantine", mx, ""), Origin::Refuted);
        let aligned = "Authentication-Results: mx.opor.example; spf=pass smtp.mailfrom=harbour.example\r\n";
        assert_eq!(of(reject, mx, aligned), Origin::ServerAligned, "what is proved is not refuted");
        assert_eq!(of(reject, "", ""), Origin::Unproved, "nobody looked at SPF");
        let by = |said: &str| of(reject, mx, &format!("Authentication-Results: {mx}; {said}\r\n"));
        for kin in
            ["dkim=pass header.d=mail.harbour.example", "spf=pass smtp.mailfrom=b@bounce.harbour.example"]
        {
            assert_eq!(by(kin), Origin::Unproved, "{kin}: the domain may let it");
        }
        for other in ["dkim=pass header.d=notharbour.example", "dkim=fail header.d=mail.harbour.example"] {
            assert_eq!(by(other), Origin::Refuted, "{other}");
        }
        for policy in ["v=DMARC1; p=none", "p=reject; v=DMARC1", "v=spf1 -all", ""] {
            assert_eq!(of(policy, mx, ""), Origin::Unproved, "{policy}");
        }
    }

    #[test]
    fn s043_only_what_the_senders_domain_says_is_asked_for() {
        let mail = "DKIM-Signature: v=1; d=harbour.example; s=S1; b=\r\nDKIM-Signature: v=1; d=elsewhere.example; s=s2; b=\r\n\
            From: bram@harbour.example\r\n\r\nHello\r\n";
        assert_eq!(
            names(mail.as_bytes(), "bram@Harbour.example"),
            ["_dmarc.harbour.example", "s1._domainkey.harbour.example"]
        );
        assert!(names(mail.as_bytes(), "nobody").is_empty());
        let below = names(mail.as_bytes(), "bram@desk.harbour.example");
        assert_eq!(below, ["_dmarc.desk.harbour.example", "s1._domainkey.harbour.example"]);
        let said = |name: &str, texts: &[&str]| {
            meant(name, &texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(said("s1._domainkey.x", &["other", "k=rsa; p=AA"]).as_deref(), Some("k=rsa; p=AA"));
        assert_eq!(said("s1._domainkey.x", &["p=AA", "p=BB"]), None, "two keys are none");
        assert_eq!(said("_dmarc.x", &["v=spf1", "v=DMARC1; p=none"]).as_deref(), Some("v=DMARC1; p=none"));
        assert_eq!(said("_dmarc.x", &["v=DMARC1; p=none", "v=DMARC1; p=reject"]), None);
    }

    #[test]
    fn s043_findings_that_came_with_the_mail_do_not_count() {
        let forged = "Authentication-Results: mx.opor.example; dmarc=pass\r\n";
        let real = "Authentication-Results: mx.opor.example; dmarc=fail\r\n";
        assert_eq!(found(&format!("{real}{forged}")), Origin::Refuted);
        let other = "Authentication-Results: relay.example; none\r\n";
        assert_eq!(found(&format!("{other}{forged}")), Origin::Unproved, "only the topmost counts");
    }
}
