//! Acknowledgements (HL7 v2.5.1 2.9): written in the original and the enhanced mode, for messages that could be
//! read and for bytes that could not, and read from a peer.

mod read;
mod write;

use std::fmt;

use crate::message::Message;

pub use read::{AckRead, AckReadError, ErrRead};
pub use write::{Ack, AckError};

/// HL7 table 0008.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AckCode {
    /// Application accept.
    Aa,
    /// Application error.
    Ae,
    /// Application reject.
    Ar,
    /// Commit accept.
    Ca,
    /// Commit error.
    Ce,
    /// Commit reject.
    Cr,
}

/// What an acknowledgement says, whichever mode says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// AA, CA.
    Accept,
    /// AE, CE.
    Error,
    /// AR, CR.
    Reject,
}

impl AckCode {
    /// Two letters of table 0008.
    pub fn as_str(self) -> &'static str {
        match self {
            AckCode::Aa => "AA",
            AckCode::Ae => "AE",
            AckCode::Ar => "AR",
            AckCode::Ca => "CA",
            AckCode::Ce => "CE",
            AckCode::Cr => "CR",
        }
    }

    /// Reads table 0008; small letters and blanks around are tolerated.
    pub fn parse(text: &str) -> Option<AckCode> {
        let all = [AckCode::Aa, AckCode::Ae, AckCode::Ar, AckCode::Ca, AckCode::Ce, AckCode::Cr];
        all.into_iter().find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
    }

    /// What it says.
    pub fn outcome(self) -> Outcome {
        match self {
            AckCode::Aa | AckCode::Ca => Outcome::Accept,
            AckCode::Ae | AckCode::Ce => Outcome::Error,
            AckCode::Ar | AckCode::Cr => Outcome::Reject,
        }
    }

    /// True for CA, CE, CR: the bytes are safe, the application has not spoken yet.
    pub fn is_accept_ack(self) -> bool {
        matches!(self, AckCode::Ca | AckCode::Ce | AckCode::Cr)
    }

    fn of(outcome: Outcome, commit: bool) -> AckCode {
        match (outcome, commit) {
            (Outcome::Accept, false) => AckCode::Aa,
            (Outcome::Error, false) => AckCode::Ae,
            (Outcome::Reject, false) => AckCode::Ar,
            (Outcome::Accept, true) => AckCode::Ca,
            (Outcome::Error, true) => AckCode::Ce,
            (Outcome::Reject, true) => AckCode::Cr,
        }
    }
}

impl fmt::Display for AckCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When the sender wants an acknowledgement (HL7 table 0155).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// AL.
    Always,
    /// NE.
    Never,
    /// ER: only if something went wrong.
    OnError,
    /// SU: only if all went well.
    OnSuccess,
}

impl Wanted {
    /// MSH-15 of a message. Original mode: always, as the one answer there is. Enhanced mode with an empty MSH-15:
    /// never. A code that is not in table 0155: always, as a peer that waits must not wait in vain.
    pub fn accept_ack(message: &Message) -> Wanted {
        let header = message.header();
        if header.is_enhanced() { Wanted::read(&header.accept_ack()) } else { Wanted::Always }
    }

    /// MSH-16 of a message, read the same way.
    pub fn application_ack(message: &Message) -> Wanted {
        let header = message.header();
        if header.is_enhanced() { Wanted::read(&header.application_ack()) } else { Wanted::Always }
    }

    /// Whether to send an acknowledgement that says `outcome`.
    pub fn includes(self, outcome: Outcome) -> bool {
        match self {
            Wanted::Always => true,
            Wanted::Never => false,
            Wanted::OnError => outcome != Outcome::Accept,
            Wanted::OnSuccess => outcome == Outcome::Accept,
        }
    }

    fn read(code: &str) -> Wanted {
        match code.trim() {
            "" | "\"\"" | "NE" => Wanted::Never,
            "ER" => Wanted::OnError,
            "SU" => Wanted::OnSuccess,
            _ => Wanted::Always,
        }
    }
}

/// HL7 table 0357, the error code of ERR-3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// 100.
    SegmentSequence,
    /// 101.
    RequiredFieldMissing,
    /// 102.
    DataType,
    /// 103.
    TableValueNotFound,
    /// 200.
    UnsupportedMessageType,
    /// 201.
    UnsupportedEventCode,
    /// 202.
    UnsupportedProcessingId,
    /// 203.
    UnsupportedVersion,
    /// 204.
    UnknownKey,
    /// 205.
    DuplicateKey,
    /// 206.
    RecordLocked,
    /// 207.
    Internal,
}

impl ErrorCode {
    /// Number and name as in the table.
    pub fn parts(self) -> (&'static str, &'static str) {
        match self {
            ErrorCode::SegmentSequence => ("100", "Segment sequence error"),
            ErrorCode::RequiredFieldMissing => ("101", "Required field missing"),
            ErrorCode::DataType => ("102", "Data type error"),
            ErrorCode::TableValueNotFound => ("103", "Table value not found"),
            ErrorCode::UnsupportedMessageType => ("200", "Unsupported message type"),
            ErrorCode::UnsupportedEventCode => ("201", "Unsupported event code"),
            ErrorCode::UnsupportedProcessingId => ("202", "Unsupported processing id"),
            ErrorCode::UnsupportedVersion => ("203", "Unsupported version id"),
            ErrorCode::UnknownKey => ("204", "Unknown key identifier"),
            ErrorCode::DuplicateKey => ("205", "Duplicate key identifier"),
            ErrorCode::RecordLocked => ("206", "Application record locked"),
            ErrorCode::Internal => ("207", "Application internal error"),
        }
    }
}

/// HL7 table 0516, the severity of ERR-4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// E.
    Error,
    /// F.
    Fatal,
    /// I.
    Information,
    /// W.
    Warning,
}

impl Severity {
    /// One letter of table 0516.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "E",
            Severity::Fatal => "F",
            Severity::Information => "I",
            Severity::Warning => "W",
        }
    }
}
