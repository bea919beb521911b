//! Reading acknowledgements of peers.

use super::AckCode;
use crate::message::Message;
use crate::problem::Unreadable;
use crate::tree::Segment;

/// An acknowledgement as a peer sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckRead {
    /// MSA-1.
    pub code: AckCode,
    /// MSA-2: the control id it answers.
    pub control_id: String,
    /// MSH-10: its own.
    pub own_control_id: String,
    /// MSA-3, or the first text for people in ERR.
    pub text: String,
    /// What the ERR segments say.
    pub errors: Vec<ErrRead>,
}

/// One ERR segment as a peer sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrRead {
    /// Where, as in `PID-3`; empty if it is not said.
    pub location: String,
    /// Code of ERR-3.1 (or ERR-1.4.1 of old).
    pub code: String,
    /// ERR-4.
    pub severity: String,
    /// ERR-8, else ERR-7, else the name of the code.
    pub text: String,
}

/// Why bytes are no acknowledgement. Whoever waits goes on waiting: this answers nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AckReadError {
    /// Not even a message.
    #[error("the answer cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
    /// A message without MSA.
    #[error("the answer ({kind}) has no MSA segment: it is no acknowledgement")]
    NoMsa {
        /// MSH-9 of it.
        kind: String,
    },
    /// MSA-1 is not in table 0008.
    #[error("MSA-1 is \"{code}\": the codes are AA, AE, AR, CA, CE, CR")]
    UnknownCode {
        /// What stands there.
        code: String,
    },
}

impl AckRead {
    /// Reads the bytes of a frame.
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<AckRead, AckReadError> {
        AckRead::of(&Message::parse(bytes)?)
    }

    /// Reads a message.
    pub fn of(message: &Message) -> Result<AckRead, AckReadError> {
        let msa = message.segment_named("MSA");
        if msa.is_missing() {
            return Err(AckReadError::NoMsa { kind: message.segment(0).field(9).decoded().into_owned() });
        }
        let code = msa.field(1).text();
        let code =
            AckCode::parse(&code).ok_or_else(|| AckReadError::UnknownCode { code: code.into_owned() })?;
        let errors: Vec<ErrRead> = message.all_named("ERR").map(|err| ErrRead::of(&err)).collect();
        let mut text = msa.field(3).text().into_owned();
        if text.is_empty() {
            text =
                errors.iter().map(|err| err.text.clone()).find(|text| !text.is_empty()).unwrap_or_default();
        }
        Ok(AckRead {
            code,
            control_id: msa.field(2).text().trim().to_owned(),
            own_control_id: message.header().control_id().into_owned(),
            text,
            errors,
        })
    }
}

impl ErrRead {
    fn of(err: &Segment<'_>) -> ErrRead {
        let new = err.field(2);
        let place = if new.is_empty() { err.field(1) } else { new };
        let (segment, field) = (place.comp(1).text(), place.comp(3).text());
        let location = if segment.is_empty() || field.is_empty() {
            segment.into_owned()
        } else {
            format!("{segment}-{field}")
        };
        let old = err.field(1).comp(4);
        let code = err.field(3);
        let first_text = [err.field(8).text(), err.field(7).text(), code.comp(2).text(), old.sub(2).text()];
        let code = if code.is_empty() { old.text() } else { code.text() };
        ErrRead {
            location,
            code: code.into_owned(),
            severity: err.field(4).text().into_owned(),
            text: first_text.into_iter().find(|text| !text.is_empty()).unwrap_or_default().into_owned(),
        }
    }
}
