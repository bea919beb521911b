//! Detached signatures over bytes: CMS SignedData (RFC 5652) with X.509 certificates (RFC 5280), checked by ring and
//! webpki. No signature is made here.

mod cms;
mod der;
mod revocation;

pub use revocation::About;

use cms::{Cms, SignerInfo};
use revocation::List;
use ring::digest;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use std::time::Duration;
use webpki::{EndEntityCert, Error, KeyUsage};

/// Authorities whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    anchors: Vec<TrustAnchor<'static>>,
    lists: Vec<List>,
}

impl Anchors {
    /// Certificates of authorities, DER each. Those that cannot be read are left out and counted.
    #[must_use]
    pub fn from_der(certificates: &[Vec<u8>]) -> (Self, usize) {
        let mut anchors = Vec::new();
        for der in certificates {
            let der = CertificateDer::from(der.as_slice());
            anchors.extend(webpki::anchor_from_trusted_cert(&der).map(|anchor| anchor.to_owned()).ok());
        }
        let left = certificates.len() - anchors.len();
        (Self { anchors, lists: Vec::new() }, left)
    }

    /// The same with lists of revoked certificates, DER each. Those that cannot be read are left out and counted. With one,
    /// every certificate must stand in the reach of a list that holds.
    #[must_use]
    pub fn with_revocations(self, lists: &[Vec<u8>]) -> (Self, usize) {
        let read: Vec<List> = lists.iter().filter_map(|bytes| List::read(bytes)).collect();
        let left = lists.len() - read.len();
        (Self { lists: read, ..self }, left)
    }

    /// Whose lists of revoked certificates there are, and of when.
    pub fn revocations(&self) -> impl Iterator<Item = &About> {
        self.lists.iter().map(List::about)
    }
}

/// What a signature says of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// The bytes are those that were signed, by a certificate that is believed.
    Trusted,
    /// The bytes are those that were signed; who issued the certificate is not known here, or it does not hold today.
    Untrusted,
    /// The same, by a certificate that would be believed; its authority has taken it back.
    Revoked,
    /// The same; whether it was taken back cannot be told: no list of its authority is here, or the one that is, is over.
    Unlisted,
    /// The bytes are not those that were signed.
    Changed,
    /// By a way that is not read here, or too weak to say anything.
    Unread,
}

/// Whose certificate it is, as it says itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Common name.
    pub name: String,
    /// E-mail address; empty when it has none.
    pub email: String,
    /// Who issued it: common name.
    pub issuer: String,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
}

/// Digest algorithms that say something.
fn digest_of(oid: &[u8]) -> Option<&'static digest::Algorithm> {
    match oid {
        der::SHA256 => Some(&digest::SHA256),
        der::SHA384 => Some(&digest::SHA384),
        der::SHA512 => Some(&digest::SHA512),
        _ => None,
    }
}

fn hashed(algorithm: &'static digest::Algorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(algorithm);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// Checks a detached signature over `parts`, one after the other.
pub(crate) fn verify(
    parts: &[&[u8]],
    contents: &[u8],
    anchors: &Anchors,
    now: u64,
) -> (Seal, Option<Signer>) {
    let Some(cms) = Cms::read(contents) else { return (Seal::Unread, None) };
    let Some((info, certificate)) = cms.signed_by() else { return (Seal::Unread, None) };
    let signer = Signer {
        name: certificate.subject_name.clone(),
        email: certificate.email.clone(),
        issuer: certificate.issuer_name.clone(),
        fingerprint: super::sign::sha256(certificate.der),
    };
    let seal = match is_unchanged(parts, info, certificate) {
        None => Seal::Unread,
        Some(false) => Seal::Changed,
        Some(true) => belief(&cms, certificate.der, anchors, now),
    };
    (seal, Some(signer))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Whether the bytes are those that were signed; `None` when that cannot be told.
fn is_unchanged(parts: &[&[u8]], info: &SignerInfo<'_>, certificate: &cms::Certificate<'_>) -> Option<bool> {
    let algorithm = digest_of(info.digest)?;
    let signed = match &info.attributes {
        Some(attributes) => {
            if attributes.digest != hashed(algorithm, parts) {
                return Some(false);
            }
            attributes.encoded.clone()
        }
        None => parts.concat(),
    };
    let checker = cms::checker(info, certificate)?;
    Some(checker.verify(&signed, info.signature).is_ok())
}

fn belief(cms: &Cms<'_>, der: &[u8], anchors: &Anchors, now: u64) -> Seal {
    /// What such a certificate may be meant for, where it says so: e-mail, documents (RFC 9336), documents (Adobe).
    const USES: [&[u8]; 3] = [
        &[0x2B, 6, 1, 5, 5, 7, 3, 4],
        &[0x2B, 6, 1, 5, 5, 7, 3, 36],
        &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x2F, 1, 1, 5],
    ];
    let der = CertificateDer::from(der);
    let Ok(end) = EndEntityCert::try_from(&der) else { return Seal::Untrusted };
    let between: Vec<CertificateDer<'_>> =
        cms.certificates.iter().map(|c| CertificateDer::from(c.der)).collect();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
    let lists: Vec<_> = anchors.lists.iter().map(List::crl).collect();
    let mut found = Seal::Untrusted;
    for used in USES {
        let usage = KeyUsage::required_if_present(used);
        let verified = end.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors.anchors,
            &between,
            now,
            usage,
            revocation::options(&lists),
            None,
        );
        match verified {
            Ok(_) => return Seal::Trusted,
            Err(Error::CertRevoked) => found = Seal::Revoked,
            Err(
                Error::UnknownRevocationStatus
                | Error::CrlExpired { .. }
                | Error::IssuerNotCrlSigner
                | Error::InvalidCrlSignatureForPublicKey,
            ) if found == Seal::Untrusted => found = Seal::Unlisted,
            Err(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &[u8] = include_bytes!("../../testdata/ca.der");
    const NONE: &[u8] = include_bytes!("../../testdata/none.crl");
    const REVOKED: &[u8] = include_bytes!("../../testdata/revoked.crl");
    const OLD: &[u8] = include_bytes!("../../testdata/old.crl");
    /// Signed by OpenSSL over `hello`.
    const SIGNED: &[u8] = include_bytes!("../../testdata/hello.cms");
    /// 2027-01-15.
    const NOW: u64 = 1_800_000_000;

    fn seal(lists: &[&[u8]]) -> Seal {
        let (anchors, left) = Anchors::from_der(&[CA.to_vec()]);
        assert_eq!(left, 0);
        let lists: Vec<Vec<u8>> = lists.iter().map(|list| list.to_vec()).collect();
        let (anchors, left) = anchors.with_revocations(&lists);
        assert_eq!(left, 0);
        verify(&[b"hello"], SIGNED, &anchors, NOW).0
    }

    #[test]
    fn s041_a_certificate_that_its_authority_took_back_signs_nothing() {
        assert_eq!(seal(&[]), Seal::Trusted, "without a list nobody asks");
        assert_eq!(seal(&[NONE]), Seal::Trusted);
        assert_eq!(seal(&[REVOKED]), Seal::Revoked);
        assert_eq!(seal(&[OLD]), Seal::Unlisted, "a list that is over says nothing any more");
        let (anchors, _) = Anchors::default().with_revocations(&[REVOKED.to_vec()]);
        assert_eq!(verify(&[b"hello"], SIGNED, &anchors, NOW).0, Seal::Untrusted, "of nobody known here");
        assert_eq!(verify(&[b"hullo"], SIGNED, &anchors, NOW).0, Seal::Changed);
    }

    #[test]
    fn a_list_says_whose_it_is_and_how_old() {
        let (anchors, left) = Anchors::default().with_revocations(&[OLD.to_vec(), CA.to_vec(), vec![0x30]]);
        assert_eq!(left, 2, "what is no list is left out and counted");
        let of: Vec<&About> = anchors.revocations().collect();
        let about = |text: &str| text.to_owned();
        let old = About {
            issuer: about("Quay Test Authority"),
            of: about("2020-01-01 00:00"),
            until: about("2020-02-01 00:00"),
        };
        assert_eq!(of, [&old]);
    }
}
