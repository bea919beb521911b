//! Lists of revoked certificates (RFC 5280 5), as files beside the authorities. Nobody is asked over a line: what the file
//! says holds until the day that it names itself.

use super::cms::of_name;
use super::der::{self, Reader, Value};
use std::sync::Arc;
use webpki::{
    CertRevocationList, ExpirationPolicy, OwnedCertRevocationList, RevocationCheckDepth, RevocationOptions,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};

/// Tag of a time with two digits of the year, and with four (X.680).
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// A list, and how old it is.
#[derive(Debug, Clone)]
pub(super) struct List {
    crl: Arc<CertRevocationList<'static>>,
    about: About,
}

/// Whose list it is, and of when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Common name of who issued it.
    pub issuer: String,
    /// When it was made: `2026-11-23 12:46` UTC.
    pub of: String,
    /// When the next is to be there; empty when it does not say.
    pub until: String,
}

impl List {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let crl = OwnedCertRevocationList::from_der(bytes).ok()?;
        Some(Self { crl: Arc::new(crl.into()), about: about(bytes)? })
    }
    pub(super) fn about(&self) -> &About {
        &self.about
    }
    pub(super) fn crl(&self) -> &CertRevocationList<'static> {
        &self.crl
    }
}

/// Whose it is and of when: version, algorithm, issuer, this update, next update.
fn about(bytes: &[u8]) -> Option<About> {
    let mut list = Reader(bytes).tagged(der::SEQUENCE)?.reader().tagged(der::SEQUENCE)?.reader();
    list.optional(der::INTEGER);
    list.tagged(der::SEQUENCE)?;
    let issuer = list.tagged(der::SEQUENCE)?;
    let of = time(list.next()?)?;
    let until = list.next().and_then(time).unwrap_or_default();
    Some(About { issuer: of_name(issuer, der::COMMON_NAME).unwrap_or_default(), of, until })
}

/// A time as people read it, in UTC.
fn time(value: Value<'_>) -> Option<String> {
    let text = std::str::from_utf8(value.inside).ok()?;
    let digits = match value.tag {
        // RFC 5280 5.1.2.4: two digits from 50 on are of the last century.
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let at = |from: usize, to: usize| digits.get(from..to);
    Some(format!("{}-{}-{} {}:{}", at(0, 4)?, at(4, 6)?, at(6, 8)?, at(8, 10)?, at(10, 12)?))
}

/// Every certificate of the way to the authority is looked for, in a list that still holds.
pub(super) fn options<'l>(lists: &'l [&'l CertRevocationList<'l>]) -> Option<RevocationOptions<'l>> {
    let options = RevocationOptionsBuilder::new(lists).ok()?;
    Some(
        options
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build(),
    )
}
