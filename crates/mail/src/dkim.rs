//! Signatures of domains over mails (DKIM, RFC 6376; Ed25519 by RFC 8463). Keys come from the caller.

use crate::{Field, header, unfolded};
use mail_parser::decoders::base64::base64_decode;
use ring::digest;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use std::collections::BTreeMap;

/// Signatures of one mail that are looked at, at most.
const SIGNATURES_LIMIT: usize = 8;

/// Where keys are: by `selector._domainkey.domain`, the text record there, or none.
pub trait Keys {
    /// The text record of a name.
    fn record(&self, name: &str) -> Option<String>;
}

impl Keys for BTreeMap<String, String> {
    fn record(&self, name: &str) -> Option<String> {
        self.get(name).cloned()
    }
}

/// What became of one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The mail is as the domain signed it.
    Pass,
    /// It is not.
    Fail,
    /// It cannot be told: no key, an unknown or weak algorithm, a signature that is over.
    Unknown,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The domain that signed, in lower case.
    pub domain: String,
    /// Outcome.
    pub outcome: Outcome,
}

/// Names of the fields whose DKIM-Signatures a mail bears: those that are to be asked for.
#[must_use]
pub fn key_names(mail: &[u8]) -> Vec<String> {
    let (fields, _) = header(mail);
    let ours = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(b"DKIM-Signature"));
    let names = ours.take(SIGNATURES_LIMIT).filter_map(|(_, field)| {
        let tags = tags(&unfolded(field))?;
        Some(key_name(&tags))
    });
    names.collect()
}

fn key_name(tags: &BTreeMap<String, String>) -> String {
    let tag = |name: &str| tags.get(name).map(|value| value.to_lowercase()).unwrap_or_default();
    format!("{}._domainkey.{}", tag("s"), tag("d"))
}

/// Checks each signature of a mail at a time (seconds since 1970).
#[must_use]
pub fn verify(mail: &[u8], keys: &dyn Keys, now: u64) -> Vec<Signed> {
    let (fields, body) = header(mail);
    let mut found = Vec::new();
    for (at, (name, field)) in fields.iter().enumerate() {
        if !name.eq_ignore_ascii_case(b"DKIM-Signature") || found.len() >= SIGNATURES_LIMIT {
            continue;
        }
        let Some(tags) = tags(&unfolded(field)) else { continue };
        let domain = tags.get("d").map(|d| d.to_lowercase()).unwrap_or_default();
        let outcome = checked(&fields, at, &mail[body..], &tags, keys, now).unwrap_or(Outcome::Unknown);
        found.push(Signed { domain, outcome });
    }
    found
}

/// `a=b; c=d` (3.2); `None` when a tag stands twice.
fn tags(text: &str) -> Option<BTreeMap<String, String>> {
    let mut tags = BTreeMap::new();
    for part in text.split(';') {
        let Some((name, value)) = part.split_once('=') else { continue };
        let value: String = value.trim().to_owned();
        if tags.insert(name.trim().to_owned(), value).is_some() {
            return None;
        }
    }
    Some(tags)
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn checked(
    fields: &[Field<'_>],
    own: usize,
    body: &[u8],
    tags: &BTreeMap<String, String>,
    keys: &dyn Keys,
    now: u64,
) -> Option<Outcome> {
    let tag = |name: &str| tags.get(name).map(String::as_str);
    if tag("v")? != "1" {
        return None;
    }
    if let Some(over) = tag("x").and_then(|x| x.parse::<u64>().ok())
        && over < now
    {
        return None;
    }
    let algorithm = tag("a")?;
    let (by_header, by_body) =
        tag("c").unwrap_or("simple/simple").split_once('/').unwrap_or((tag("c")?, "simple"));
    let signed_fields: Vec<String> = tag("h")?.split(':').map(|name| name.trim().to_lowercase()).collect();
    // Without From the signature says nothing about the sender (5.4).
    if !signed_fields.iter().any(|name| name == "from") {
        return None;
    }
    let body = canonical_body(body, by_body == "relaxed");
    // A part of the body alone is no signature over what was attached after it.
    let body = match tag("l").map(str::parse::<usize>) {
        None => &body[..],
        Some(Ok(length)) if length == body.len() => &body[..],
        Some(_) => return None,
    };
    let said = base64_decode(bare(tag("bh")?).as_bytes())?;
    if digest::digest(&digest::SHA256, body).as_ref() != said {
        return Some(Outcome::Fail);
    }
    let mut signed = Vec::new();
    let mut used = vec![false; fields.len()];
    used[own] = true;
    for name in &signed_fields {
        // From the bottom up, each field once (5.4.2); one that is not there signs that it is not.
        let is_next = |(at, (known, _)): &(usize, &Field<'_>)| {
            !used[*at] && trimmed(known).eq_ignore_ascii_case(name.as_bytes())
        };
        let found = fields.iter().enumerate().rev().find(is_next).map(|(at, _)| at);
        if let Some(at) = found {
            used[at] = true;
            signed.extend(canonical_field(fields[at].1, by_header == "relaxed"));
        }
    }
    let mut ours = canonical_field(&without_signature(fields[own].1), by_header == "relaxed");
    if ours.ends_with(b"\r\n") {
        ours.truncate(ours.len() - 2);
    }
    signed.extend(ours);
    let record = keys.record(&key_name(tags))?;
    let key = self::tags(&record)?;
    if key.get("v").is_some_and(|v| v != "DKIM1") {
        return None;
    }
    let public = base64_decode(bare(key.get("p")?).as_bytes())?;
    let sort = key.get("k").map_or("rsa", String::as_str);
    let (checker, public, message): (&'static dyn VerificationAlgorithm, Vec<u8>, Vec<u8>) =
        match (algorithm, sort) {
            ("rsa-sha256", "rsa") => (&RSA_PKCS1_2048_8192_SHA256, rsa_key(&public)?, signed),
            ("ed25519-sha256", "ed25519") => {
                let digested = digest::digest(&digest::SHA256, &signed).as_ref().to_vec();
                (&ED25519, public, digested)
            }
            _ => return None,
        };
    let signature = base64_decode(bare(tag("b")?).as_bytes())?;
    let is_good = UnparsedPublicKey::new(checker, public).verify(&message, &signature).is_ok();
    Some(if is_good { Outcome::Pass } else { Outcome::Fail })
}

/// The key inside a SubjectPublicKeyInfo (3.6.1), as it is; `None` for one below 2,048 bits.
fn rsa_key(info: &[u8]) -> Option<Vec<u8>> {
    /// rsaEncryption and its NULL, and the tag of the bit string that follows (RFC 8017).
    const HEAD: [u8; 16] =
        [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03];
    let at = info.windows(HEAD.len()).position(|window| window == HEAD)? + HEAD.len();
    let long = match *info.get(at)? {
        0x82 => 3,
        0x81 => 2,
        _ => 1,
    };
    // The first byte of a bit string says how many bits are unused: none.
    let key = info.get(at + long..)?.strip_prefix(&[0])?;
    (key.len() > 256).then(|| key.to_vec())
}

fn trimmed(name: &[u8]) -> &[u8] {
    name.trim_ascii()
}

/// The field with what follows `b=` taken out (3.5).
fn without_signature(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|&b| b == b':').map_or(0, |at| at + 1);
    let mut out = field[..colon].to_vec();
    for (n, part) in field[colon..].split(|&b| b == b';').enumerate() {
        if n > 0 {
            out.push(b';');
        }
        let equals = part.iter().position(|&b| b == b'=');
        match equals.filter(|&at| part[..at].trim_ascii() == b"b") {
            Some(at) => {
                out.extend_from_slice(&part[..=at]);
                // The end of the field's line is not part of the value.
                if part.ends_with(b"\r\n") {
                    out.extend_from_slice(b"\r\n");
                }
            }
            None => out.extend_from_slice(part),
        }
    }
    out
}

/// 3.4.1 and 3.4.2.
fn canonical_field(field: &[u8], is_relaxed: bool) -> Vec<u8> {
    if !is_relaxed {
        return field.to_vec();
    }
    let colon = field.iter().position(|&b| b == b':').unwrap_or(field.len());
    let mut out = trimmed(&field[..colon]).to_ascii_lowercase();
    out.push(b':');
    let value: Vec<u8> = field
        .get(colon + 1..)
        .unwrap_or_default()
        .iter()
        .copied()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    out.extend(single_blanks(value.trim_ascii()));
    out.extend_from_slice(b"\r\n");
    out
}

fn single_blanks(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    for &byte in line {
        let byte = if byte == b'\t' { b' ' } else { byte };
        if byte != b' ' || out.last() != Some(&b' ') {
            out.push(byte);
        }
    }
    out
}

/// 3.4.3 and 3.4.4.
fn canonical_body(body: &[u8], is_relaxed: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if is_relaxed {
            let mut line = single_blanks(line);
            while line.last() == Some(&b' ') {
                line.pop();
            }
            out.extend(line);
        } else {
            out.extend_from_slice(line);
        }
        out.extend_from_slice(b"\r\n");
    }
    while out.ends_with(b"\r\n\r\n") || out == b"\r\n" {
        out.truncate(out.len() - 2);
    }
    if out.is_empty() && !is_relaxed {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests;
