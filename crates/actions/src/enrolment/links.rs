//! What proves by mail: the code of an address, the link to go on, the link by which a manager answers. Each follows from
//! the key of the data folder and what it is about, so that nothing secret is kept.

use crate::sign_in::{TokenKey, unhex};
use fhir::Instant;
use hmac::Mac as _;
use std::fmt::Write as _;
use store::ApplicationId;

/// Bytes of the seal of a link.
const SEAL_BYTES: usize = 16;
/// Days for which a link to go on is good (ours: a mailbox that is read by somebody else later opens nothing; the
/// address and a new code always do).
pub(crate) const RESUME_DAYS: i64 = 14;
/// Codes have six digits.
const CODES: u64 = 1_000_000;

/// The link by which a manager answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApproveLink {
    /// The application.
    pub application: ApplicationId,
    /// Which of its workplaces, from 0.
    pub workplace: usize,
    /// Which administrator there, from 0.
    pub administrator: usize,
    /// When it was sent first, in microseconds: what was sent for a former request answers nothing.
    pub at: i64,
}

/// The link to go on with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResumeLink {
    /// The application.
    pub application: ApplicationId,
    /// How many were used before, or made void by a proof of the address: another one is good no more.
    pub number: i64,
    /// When it was written, in microseconds.
    pub at: i64,
}

impl ResumeLink {
    /// Whether it is still good by its age.
    #[must_use]
    pub fn is_young(&self, now: Instant) -> bool {
        now < Instant(self.at).plus_minutes(RESUME_DAYS * 24 * 60)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

impl TokenKey {
    fn enrolment_seal(&self, said: &str) -> Vec<u8> {
        let mut mac = self.mac();
        // Begins otherwise than what bearer tokens, pages and invitations say, so that none can stand for another.
        mac.update(format!("opor-enrolment.{said}").as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// The code that proves an address, for the browser that asked and when it asked.
    #[must_use]
    pub fn address_code(&self, handle: &[u8], at: i64) -> String {
        let seal = self.enrolment_seal(&format!("code.{}.{at}", hex(handle)));
        let number = seal.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        format!("{:06}", number % CODES)
    }

    fn sealed(&self, sort: &str, said: &str) -> String {
        let seal = self.enrolment_seal(&format!("{sort}.{said}"));
        format!("{said}-{}", hex(&seal[..SEAL_BYTES.min(seal.len())]))
    }

    fn said<'t>(&self, sort: &str, token: &'t str) -> Option<&'t str> {
        let (said, seal) = token.rsplit_once('-')?;
        let seal = unhex(seal)?;
        let ours = self.enrolment_seal(&format!("{sort}.{said}"));
        let differs = ours.iter().zip(&seal).fold(0u8, |differs, (a, b)| differs | (a ^ b));
        (seal.len() == SEAL_BYTES && differs == 0).then_some(said)
    }

    /// The last part of the link to go on with an application.
    #[must_use]
    pub fn resume_token(&self, link: ResumeLink) -> String {
        let ResumeLink { application, number, at } = link;
        self.sealed("resume", &format!("{application}-{number:x}-{at:x}"))
    }

    /// What a link to go on says, when this record made it.
    #[must_use]
    pub fn read_resume(&self, token: &str) -> Option<ResumeLink> {
        let mut parts = self.said("resume", token)?.splitn(3, '-');
        Some(ResumeLink {
            application: parts.next()?.parse().ok()?,
            number: i64::from_str_radix(parts.next()?, 16).ok()?,
            at: i64::from_str_radix(parts.next()?, 16).ok()?,
        })
    }

    /// The last part of the link by which a manager answers.
    #[must_use]
    pub fn approve_token(&self, link: ApproveLink) -> String {
        let ApproveLink { application, workplace, administrator, at } = link;
        self.sealed("approve", &format!("{application}-{workplace:x}-{administrator:x}-{at:x}"))
    }

    /// What such a link says, when this record made it.
    #[must_use]
    pub fn read_approve(&self, token: &str) -> Option<ApproveLink> {
        let mut parts = self.said("approve", token)?.splitn(4, '-');
        Some(ApproveLink {
            application: parts.next()?.parse().ok()?,
            workplace: usize::from_str_radix(parts.next()?, 16).ok()?,
            administrator: usize::from_str_radix(parts.next()?, 16).ok()?,
            at: i64::from_str_radix(parts.next()?, 16).ok()?,
        })
    }
}

/// What stands in place of a blank of a mail; `None` when it is none of ours.
pub(crate) fn secret(key: &TokenKey, portal: &str, blank: &str) -> Option<String> {
    let (what, of) = blank.split_once(':')?;
    match what {
        "code" => {
            let (handle, at) = of.split_once('.')?;
            Some(key.address_code(&unhex(handle)?, at.parse().ok()?))
        }
        "resume" => {
            let mut parts = of.splitn(3, '.');
            let token = key.resume_token(ResumeLink {
                application: parts.next()?.parse().ok()?,
                number: parts.next()?.parse().ok()?,
                at: parts.next()?.parse().ok()?,
            });
            Some(format!("{portal}/join/go/{token}"))
        }
        "approve" => {
            let mut parts = of.splitn(4, '.');
            let link = ApproveLink {
                application: parts.next()?.parse().ok()?,
                workplace: parts.next()?.parse().ok()?,
                administrator: parts.next()?.parse().ok()?,
                at: parts.next()?.parse().ok()?,
            };
            Some(format!("{portal}/join/yes/{}", key.approve_token(link)))
        }
        "invitation" => {
            let (account, number) = of.split_once('.')?;
            Some(key.invitation(account, number.parse().ok()?))
        }
        "portal" => Some(format!("{portal}{of}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s036_a_code_is_of_one_browser_one_moment_and_one_record() {
        let key = TokenKey([7; 32]);
        let code = key.address_code(&[1; 32], 5);
        assert_eq!(code.len(), 6);
        assert_eq!(code, key.address_code(&[1; 32], 5));
        assert_ne!(code, key.address_code(&[2; 32], 5));
        assert_ne!(code, key.address_code(&[1; 32], 6));
        assert_ne!(code, TokenKey([8; 32]).address_code(&[1; 32], 5));
    }

    #[test]
    fn a_link_says_what_it_was_made_for_and_no_sign_of_it_can_be_changed() {
        let key = TokenKey([7; 32]);
        let link = ApproveLink { application: ApplicationId(0x1a2b), workplace: 1, administrator: 0, at: 77 };
        let token = key.approve_token(link);
        assert_eq!(key.read_approve(&token), Some(link));
        assert!(key.read_resume(&token).is_none(), "one sort does not stand for another");
        let on = ResumeLink { application: ApplicationId(9), number: 3, at: 77 };
        assert_eq!(key.read_resume(&key.resume_token(on)), Some(on));
        let days = |days: i64| Instant(77).plus_minutes(days * 24 * 60);
        assert!(on.is_young(days(13)) && !on.is_young(days(RESUME_DAYS)));
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            assert!(key.read_approve(&String::from_utf8(bytes).unwrap()).is_none());
        }
    }
}
