//! Public keys of providers (JWK, RFC 7517) and of passkeys (COSE_Key, RFC 9052), and what they signed. Which algorithm a
//! key is used with is the key's own matter: what a token says of its algorithm is compared with it, never obeyed.

use super::base64url;
use super::cbor::{self, Value};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// P-256, the point uncompressed.
    P256(Vec<u8>),
    /// P-384, the point uncompressed.
    P384(Vec<u8>),
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// RSA: modulus and exponent, big-endian.
    Rsa(Vec<u8>, Vec<u8>),
}

/// How a signature on P-256 is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Both numbers one after the other (RFC 7518 3.4).
    Fixed,
    /// ASN.1 (WebAuthn).
    Asn1,
}

/// One key of a set.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    kid: String,
    #[serde(rename = "use", default)]
    usage: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// The keys of a set that may sign, each with its id; those of a sort that we do not verify are left out.
pub(crate) fn of_set(json: &[u8]) -> Option<Vec<(String, Key)>> {
    let set: Set = serde_json::from_slice(json).ok()?;
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Some(
        keys.filter(|key| key.usage != "enc")
            .filter_map(|key| Some((key.kid.clone(), key.read()?)))
            .collect(),
    )
}

impl Jwk {
    fn read(&self) -> Option<Key> {
        match (self.kty.as_str(), self.crv.as_str()) {
            ("RSA", _) => Some(Key::Rsa(base64url::decode(&self.n)?, base64url::decode(&self.e)?)),
            ("EC", "P-256") => point(&base64url::decode(&self.x)?, &base64url::decode(&self.y)?),
            ("EC", "P-384") => {
                let (x, y) = (base64url::decode(&self.x)?, base64url::decode(&self.y)?);
                (x.len() == 48 && y.len() == 48).then(|| Key::P384([&[4], &*x, &y].concat()))
            }
            ("OKP", "Ed25519") => Some(Key::Ed25519(base64url::decode(&self.x)?)),
            _ => None,
        }
    }
}

fn point(x: &[u8], y: &[u8]) -> Option<Key> {
    (x.len() == 32 && y.len() == 32).then(|| Key::P256([&[4], x, y].concat()))
}

/// The key of a passkey (RFC 9053 sections 2 and 7: key type 1, algorithm 3, parameters below zero).
pub(super) fn of_cose(bytes: &[u8]) -> Option<Key> {
    let (key, taken) = cbor::read(bytes)?;
    if taken != bytes.len() {
        return None;
    }
    let number = |at| key.at(at).and_then(Value::int);
    let part = |at| key.at(at).and_then(Value::bytes);
    match (number(1)?, number(3)?) {
        (2, -7) if number(-1) == Some(1) => point(part(-2)?, part(-3)?),
        (1, -8) if number(-1) == Some(6) => Some(Key::Ed25519(part(-2)?.to_vec())),
        (3, -257) => Some(Key::Rsa(part(-1)?.to_vec(), part(-2)?.to_vec())),
        _ => None,
    }
}

impl Key {
    /// The name of its algorithm in a token (RFC 7518, RFC 8037).
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) => "ES256",
            Self::P384(_) => "ES384",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(..) => "RS256",
        }
    }

    /// Whether it signed this.
    pub(super) fn signed(&self, form: Form, message: &[u8], seal: &[u8]) -> bool {
        let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, seal).is_ok()
        };
        match (self, form) {
            (Self::P256(key), Form::Fixed) => by(&signature::ECDSA_P256_SHA256_FIXED, key),
            (Self::P256(key), Form::Asn1) => by(&signature::ECDSA_P256_SHA256_ASN1, key),
            (Self::P384(key), Form::Fixed) => by(&signature::ECDSA_P384_SHA384_FIXED, key),
            (Self::P384(key), Form::Asn1) => by(&signature::ECDSA_P384_SHA384_ASN1, key),
            (Self::Ed25519(key), _) => by(&signature::ED25519, key),
            (Self::Rsa(n, e), _) => {
                rsa(n, e).verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, seal).is_ok()
            }
        }
    }

    /// The name of the algorithm by which an app signs who it is (SMART App Launch 2.2, 5.1): of RSA keys RS384; `None` for
    /// keys by which no app does.
    pub(crate) fn assertion_algorithm(&self) -> Option<&'static str> {
        match self {
            Self::P384(_) => Some("ES384"),
            Self::Rsa(..) => Some("RS384"),
            Self::P256(_) | Self::Ed25519(_) => None,
        }
    }

    /// Whether it signed this by [`Self::assertion_algorithm`].
    pub(crate) fn asserted(&self, message: &[u8], seal: &[u8]) -> bool {
        match self {
            Self::P384(_) => self.signed(Form::Fixed, message, seal),
            Self::Rsa(n, e) => {
                rsa(n, e).verify(&signature::RSA_PKCS1_2048_8192_SHA384, message, seal).is_ok()
            }
            Self::P256(_) | Self::Ed25519(_) => false,
        }
    }
}

/// A leading zero is how some write a number that is above zero.
fn rsa<'k>(n: &'k [u8], e: &'k [u8]) -> RsaPublicKeyComponents<&'k [u8]> {
    let n = n.iter().position(|byte| *byte != 0).map_or(&[][..], |at| &n[at..]);
    RsaPublicKeyComponents { n, e }
}
