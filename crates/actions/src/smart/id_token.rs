//! Who the user is, signed for an app (OpenID Connect Core 1.0 section 2), and the key by which anybody can check it.

use super::seconds;
use crate::accounts::base64url;
use fhir::Instant;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// An ID token is believed for as long, in minutes.
const MINUTES: i64 = 5;

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// The key that signs ID tokens. Cheap to clone.
#[derive(Clone)]
pub struct IdKey {
    pair: Arc<Pair>,
    random: SystemRandom,
    kid: String,
}

/// The file holds no key that signs.
#[derive(Debug, thiserror::Error)]
#[error("no P-256 or RSA key in PKCS #8 (DER). Remove the file; the next start makes a new key")]
pub struct NoKey;

impl IdKey {
    /// A new key, as [`Self::read`] reads it (PKCS #8).
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn fresh() -> Result<Vec<u8>, NoKey> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        made.map(|document| document.as_ref().to_vec()).map_err(|_| NoKey)
    }

    /// A key of PKCS #8: P-256 signs by ES256, RSA by RS256.
    ///
    /// # Errors
    /// It is neither.
    pub fn read(pkcs8: &[u8]) -> Result<Self, NoKey> {
        let random = SystemRandom::new();
        let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = match EcdsaKeyPair::from_pkcs8(curve, pkcs8, &random) {
            Ok(pair) => Pair::P256(pair),
            Err(_) => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| NoKey)?),
        };
        let public: &[u8] = match &pair {
            Pair::P256(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
        };
        let kid = base64url::encode(&Sha256::digest(public)[..12]);
        Ok(Self { pair: Arc::new(pair), random, kid })
    }

    /// The name of its algorithm (RFC 7518).
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match &*self.pair {
            Pair::P256(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// The public half as a JWK Set (RFC 7517).
    #[must_use]
    pub fn published(&self) -> Value {
        let part = base64url::encode;
        let key = match &*self.pair {
            Pair::P256(pair) => {
                // The point uncompressed: a mark, then both numbers.
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": part(&point[1..33]), "y": part(&point[33..])})
            }
            Pair::Rsa(pair) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "n": part(&public.n), "e": part(&public.e)})
            }
        };
        let mut key = key;
        key["kid"] = json!(self.kid);
        key["use"] = json!("sig");
        key["alg"] = json!(self.algorithm());
        json!({ "keys": [key] })
    }

    /// Who `subject` is, for `app`; nothing when the machine gives no randomness.
    pub(super) fn sign(
        &self,
        base: &str,
        app: &str,
        subject: &str,
        nonce: &str,
        fhir_user: Option<&str>,
        now: Instant,
    ) -> Option<String> {
        let at = seconds(now);
        let header = json!({"alg": self.algorithm(), "typ": "JWT", "kid": self.kid});
        let mut claims = json!({
            "iss": base, "sub": subject, "aud": app, "iat": at, "exp": at + MINUTES * 60,
        });
        if !nonce.is_empty() {
            claims["nonce"] = json!(nonce);
        }
        if let Some(user) = fhir_user {
            claims["fhirUser"] = json!(format!("{base}/{user}"));
        }
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let seal = match &*self.pair {
            Pair::P256(pair) => pair.sign(&self.random, signed.as_bytes()).ok()?.as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut seal = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut seal).ok()?;
                seal
            }
        };
        Some(format!("{signed}.{}", base64url::encode(&seal)))
    }
}
