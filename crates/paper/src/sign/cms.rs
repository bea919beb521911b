//! SignedData (RFC 5652 5) and what is needed of a certificate (RFC 5280 4.1).

use super::der::{self, Reader, Value};
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

/// Certificates of one signature, at most.
const CERTIFICATES_LIMIT: usize = 16;

/// An RSA key of 2,048 bits is no shorter, in bytes.
const RSA_BYTES: usize = 256;

/// A SignedData.
pub(super) struct Cms<'b> {
    pub(super) certificates: Vec<Certificate<'b>>,
    signers: Vec<SignerInfo<'b>>,
}

/// What is needed of a certificate.
pub(super) struct Certificate<'b> {
    pub(super) der: &'b [u8],
    serial: &'b [u8],
    issuer: &'b [u8],
    key_identifier: Option<&'b [u8]>,
    key_algorithm: &'b [u8],
    key_parameter: &'b [u8],
    key: &'b [u8],
    pub(super) subject_name: String,
    pub(super) issuer_name: String,
    pub(super) email: String,
}

/// One signature.
pub(super) struct SignerInfo<'b> {
    who: Who<'b>,
    pub(super) digest: &'b [u8],
    pub(super) attributes: Option<Attributes>,
    algorithm: &'b [u8],
    pub(super) signature: &'b [u8],
}

enum Who<'b> {
    Issued { issuer: &'b [u8], serial: &'b [u8] },
    Key(&'b [u8]),
}

/// Signed attributes: the digest of the content, and the bytes that the signature is made over (RFC 5652 5.4).
pub(super) struct Attributes {
    pub(super) digest: Vec<u8>,
    pub(super) encoded: Vec<u8>,
}

impl<'b> Cms<'b> {
    /// Reads the bytes; zeros after them are the room that was left for a larger signature.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        let mut all = Reader(bytes);
        let info = all.tagged(der::SEQUENCE)?;
        if all.0.iter().any(|&byte| byte != 0) {
            return None;
        }
        let mut info = info.reader();
        if info.tagged(der::OID)?.inside != der::SIGNED_DATA {
            return None;
        }
        let mut data = info.tagged(0xA0)?.reader().tagged(der::SEQUENCE)?.reader();
        data.tagged(der::INTEGER)?;
        data.tagged(der::SET)?;
        let mut content = data.tagged(der::SEQUENCE)?.reader();
        content.tagged(der::OID)?;
        // Detached: what is signed is not inside.
        if content.next().is_some() {
            return None;
        }
        let mut certificates = Vec::new();
        if let Some(set) = data.optional(0xA0) {
            let mut set = set.reader();
            while let Some(value) = set.next() {
                certificates.extend(Certificate::read(value));
                if certificates.len() > CERTIFICATES_LIMIT {
                    return None;
                }
            }
        }
        data.optional(0xA1);
        let mut set = data.tagged(der::SET)?.reader();
        let mut signers = Vec::new();
        while let Some(value) = set.next() {
            signers.push(SignerInfo::read(value)?);
        }
        Some(Self { certificates, signers })
    }

    /// The one signature and its certificate; `None` when there is not exactly one.
    pub(super) fn signed_by(&self) -> Option<(&SignerInfo<'b>, &Certificate<'b>)> {
        let [signer] = &self.signers[..] else { return None };
        let is_theirs = |certificate: &&Certificate<'b>| match signer.who {
            Who::Issued { issuer, serial } => certificate.issuer == issuer && certificate.serial == serial,
            Who::Key(key) => certificate.key_identifier == Some(key),
        };
        Some((signer, self.certificates.iter().find(is_theirs)?))
    }
}

impl<'b> SignerInfo<'b> {
    fn read(value: Value<'b>) -> Option<Self> {
        let mut info = value.reader();
        info.tagged(der::INTEGER)?;
        let who = info.next()?;
        let who = match who.tag {
            der::SEQUENCE => {
                let mut who = who.reader();
                Who::Issued {
                    issuer: who.tagged(der::SEQUENCE)?.whole,
                    serial: who.tagged(der::INTEGER)?.inside,
                }
            }
            0x80 => Who::Key(who.inside),
            _ => return None,
        };
        let digest = info.tagged(der::SEQUENCE)?.reader().tagged(der::OID)?.inside;
        let attributes = match info.optional(0xA0) {
            Some(value) => Some(Attributes::read(value)?),
            None => None,
        };
        let algorithm = info.tagged(der::SEQUENCE)?.reader().tagged(der::OID)?.inside;
        let signature = info.tagged(der::OCTETS)?.inside;
        Some(Self { who, digest, attributes, algorithm, signature })
    }
}

impl Attributes {
    fn read(value: Value<'_>) -> Option<Self> {
        let mut found = None;
        let mut all = value.reader();
        while let Some(attribute) = all.next() {
            let mut attribute = attribute.reader();
            if attribute.tagged(der::OID)?.inside == der::MESSAGE_DIGEST {
                let digest = attribute.tagged(der::SET)?.reader().tagged(der::OCTETS)?;
                if found.replace(digest.inside.to_vec()).is_some() {
                    return None;
                }
            }
        }
        let mut encoded = value.whole.to_vec();
        encoded[0] = der::SET;
        Some(Self { digest: found?, encoded })
    }
}

impl<'b> Certificate<'b> {
    fn read(value: Value<'b>) -> Option<Self> {
        let mut tbs = value.reader().tagged(der::SEQUENCE)?.reader();
        tbs.optional(0xA0);
        let serial = tbs.tagged(der::INTEGER)?.inside;
        tbs.tagged(der::SEQUENCE)?;
        let issuer = tbs.tagged(der::SEQUENCE)?;
        tbs.tagged(der::SEQUENCE)?;
        let subject = tbs.tagged(der::SEQUENCE)?;
        let mut spki = tbs.tagged(der::SEQUENCE)?.reader();
        let mut algorithm = spki.tagged(der::SEQUENCE)?.reader();
        let key_algorithm = algorithm.tagged(der::OID)?.inside;
        let key_parameter = algorithm.optional(der::OID).map_or(&[][..], |value| value.inside);
        // The first byte says how many bits are unused: none.
        let key = spki.tagged(der::BITS)?.inside.strip_prefix(&[0])?;
        tbs.optional(0x81);
        tbs.optional(0x82);
        let mut certificate = Self {
            der: value.whole,
            serial,
            issuer: issuer.whole,
            key_identifier: None,
            key_algorithm,
            key_parameter,
            key,
            subject_name: of_name(subject, der::COMMON_NAME).unwrap_or_default(),
            issuer_name: of_name(issuer, der::COMMON_NAME).unwrap_or_default(),
            email: of_name(subject, der::EMAIL_ADDRESS).unwrap_or_default(),
        };
        if let Some(extensions) = tbs.optional(0xA3) {
            let mut list = extensions.reader().tagged(der::SEQUENCE)?.reader();
            while let Some(extension) = list.next() {
                certificate.extension(extension);
            }
        }
        Some(certificate)
    }

    fn extension(&mut self, extension: Value<'b>) -> Option<()> {
        let mut parts = extension.reader();
        let oid = parts.tagged(der::OID)?.inside;
        parts.optional(0x01);
        let mut value = parts.tagged(der::OCTETS)?.reader();
        match oid {
            der::KEY_IDENTIFIER => self.key_identifier = Some(value.tagged(der::OCTETS)?.inside),
            der::ALTERNATIVE_NAME => {
                let mut names = value.tagged(der::SEQUENCE)?.reader();
                while let Some(name) = names.next() {
                    // rfc822Name.
                    if name.tag == 0x81 {
                        self.email = String::from_utf8_lossy(name.inside).into_owned();
                    }
                }
            }
            _ => {}
        }
        Some(())
    }
}

/// The first value of an attribute of a name.
pub(super) fn of_name(name: Value<'_>, oid: &[u8]) -> Option<String> {
    let mut sets = name.reader();
    while let Some(set) = sets.next() {
        let mut pairs = set.reader();
        while let Some(pair) = pairs.next() {
            let mut pair = pair.reader();
            if pair.tagged(der::OID)?.inside == oid {
                return Some(pair.next()?.text());
            }
        }
    }
    None
}

/// What checks a signature of this sort; `None` for one that is not read or too weak.
pub(super) fn checker<'b>(
    info: &SignerInfo<'_>,
    certificate: &Certificate<'b>,
) -> Option<UnparsedPublicKey<&'b [u8]>> {
    if certificate.key_algorithm == der::RSA && certificate.key.len() < RSA_BYTES {
        return None;
    }
    let is_pss = info.algorithm == der::RSA_PSS;
    let algorithm: &'static dyn VerificationAlgorithm =
        match (certificate.key_algorithm, certificate.key_parameter, info.digest) {
            (der::RSA, _, der::SHA256) if is_pss => &signature::RSA_PSS_2048_8192_SHA256,
            (der::RSA, _, der::SHA384) if is_pss => &signature::RSA_PSS_2048_8192_SHA384,
            (der::RSA, _, der::SHA512) if is_pss => &signature::RSA_PSS_2048_8192_SHA512,
            (der::RSA, _, der::SHA256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (der::RSA, _, der::SHA384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (der::RSA, _, der::SHA512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (der::EC, der::P256, der::SHA256) => &signature::ECDSA_P256_SHA256_ASN1,
            (der::EC, der::P256, der::SHA384) => &signature::ECDSA_P256_SHA384_ASN1,
            (der::EC, der::P384, der::SHA256) => &signature::ECDSA_P384_SHA256_ASN1,
            (der::EC, der::P384, der::SHA384) => &signature::ECDSA_P384_SHA384_ASN1,
            (der::ED25519, _, _) => &signature::ED25519,
            _ => return None,
        };
    Some(UnparsedPublicKey::new(algorithm, certificate.key))
}
