//! The key by which the portal proves to an EMR that it is itself (SMART App Launch 2.2, 5.1; RFC 7523): RS384 or ES384. Its
//! public half is registered at the EMR.

use crate::accounts::base64url;
use fhir::Instant;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, RsaKeyPair};
use serde_json::{Value, json};

/// An assertion holds for as long, in seconds (SMART App Launch 2.2, 5.1.3: five minutes at most).
const SECONDS: i64 = 240;

enum Pair {
    P384(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// A private key.
pub struct ClientKey {
    pair: Pair,
    random: SystemRandom,
    kid: String,
}

/// The file holds no key that signs.
#[derive(Debug, thiserror::Error)]
#[error(
    "no P-384 or RSA key in PKCS #8 (DER). Make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -outform DER"
)]
pub struct NoClientKey;

impl ClientKey {
    /// A key of PKCS #8, under the name by which the EMR knows it.
    ///
    /// # Errors
    /// It is neither P-384 nor RSA.
    pub fn read(pkcs8: &[u8], kid: &str) -> Result<Self, NoClientKey> {
        let random = SystemRandom::new();
        let curve = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let pair = match EcdsaKeyPair::from_pkcs8(curve, pkcs8, &random) {
            Ok(pair) => Pair::P384(pair),
            Err(_) => Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| NoClientKey)?),
        };
        Ok(Self { pair, random, kid: kid.to_owned() })
    }

    /// Who we are, for the token endpoint; `one` is used once.
    pub(super) fn assertion(&self, client: &str, endpoint: &str, one: &str, now: Instant) -> Option<String> {
        let at = now.0.div_euclid(1_000_000);
        let algorithm = match self.pair {
            Pair::P384(_) => "ES384",
            Pair::Rsa(_) => "RS384",
        };
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": self.kid});
        let claims = json!({
            "iss": client, "sub": client, "aud": endpoint, "iat": at, "exp": at + SECONDS, "jti": one,
        });
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let seal = match &self.pair {
            Pair::P384(pair) => pair.sign(&self.random, signed.as_bytes()).ok()?.as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut seal = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA384, &self.random, signed.as_bytes(), &mut seal).ok()?;
                seal
            }
        };
        Some(format!("{signed}.{}", base64url::encode(&seal)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::keys::Key;
    use ring::signature::KeyPair as _;

    #[test]
    fn an_assertion_is_signed_by_the_key_for_that_endpoint_and_minutes() {
        let random = SystemRandom::new();
        let curve = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(curve, &random).expect("a key");
        let public = EcdsaKeyPair::from_pkcs8(curve, made.as_ref(), &random)
            .expect("it")
            .public_key()
            .as_ref()
            .to_vec();
        let key = ClientKey::read(made.as_ref(), "k-1").expect("a key");
        let text = key.assertion("opor", "https://emr.example/t", "1", Instant(7_000_000)).expect("signed");
        let parts: Vec<&str> = text.split('.').collect();
        let message = format!("{}.{}", parts[0], parts[1]);
        let seal = base64url::decode(parts[2]).expect("base64url");
        assert!(Key::P384(public).asserted(message.as_bytes(), &seal));
        let json = |part: &str| -> Value {
            serde_json::from_slice(&base64url::decode(part).expect("text")).expect("JSON")
        };
        assert_eq!(json(parts[0]), json!({"alg": "ES384", "typ": "JWT", "kid": "k-1"}));
        assert_eq!(
            json(parts[1]),
            json!({"iss": "opor", "sub": "opor", "aud": "https://emr.example/t", "iat": 7, "exp": 247, "jti": "1"})
        );
        assert!(ClientKey::read(b"no", "k-1").is_err());
    }
}
