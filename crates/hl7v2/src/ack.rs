//! Acknowledgements (HL7 v2.5.1 2.9): written in the original and the enhanced mode, for messages that could be
//! read and for bytes that could not, and read from a peer.

use std::borrow::Cow;
use std::fmt;

use crate::charset::Charset;
use crate::delimiters::Delimiters;
use crate::escape::escape;
use crate::message::{Message, skip_leading};
use crate::path::Path;
use crate::problem::Unreadable;

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

/// One ERR segment to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckError {
    /// ERR-2: where, if it can be said.
    pub location: Option<Path>,
    /// ERR-3.
    pub code: ErrorCode,
    /// ERR-4.
    pub severity: Severity,
    /// ERR-8: for people, naming field and fix.
    pub message: String,
}

impl From<&Unreadable> for AckError {
    fn from(why: &Unreadable) -> AckError {
        let code = match why {
            Unreadable::Empty | Unreadable::NoMsh { .. } => ErrorCode::SegmentSequence,
            Unreadable::TooShortHeader => ErrorCode::RequiredFieldMissing,
            Unreadable::DelimitersRepeat { .. } | Unreadable::BadDelimiter { .. } => ErrorCode::DataType,
            Unreadable::UnknownCharset { .. } => ErrorCode::TableValueNotFound,
            Unreadable::TooLarge { .. } => ErrorCode::Internal,
        };
        let location = why.field().parse().unwrap_or_else(|_| Path::segment(why.field()));
        AckError { location: Some(location), code, severity: Severity::Error, message: why.to_string() }
    }
}

/// An acknowledgement being written. Sender and receiver are those of the message, swapped; delimiters, version,
/// processing id and character set are its own.
#[derive(Debug, Clone)]
pub struct Ack {
    echo: Echo,
    code: AckCode,
    errors: Vec<AckError>,
    text: String,
}

/// What an answer takes over from the message, as characters with their escapes.
#[derive(Debug, Clone)]
struct Echo {
    delimiters: Delimiters,
    /// MSH-3 to MSH-6.
    parties: [String; 4],
    trigger: String,
    control_id: String,
    processing_id: String,
    version: String,
    charset_label: String,
    charset: Charset,
    enhanced: bool,
}

impl Ack {
    /// The first answer to a message: CA, CE or CR in enhanced mode, otherwise AA, AE or AR.
    pub fn first(message: &Message, outcome: Outcome) -> Ack {
        let echo = Echo::of_message(message);
        let code = AckCode::of(outcome, echo.enhanced);
        Ack { echo, code, errors: Vec::new(), text: String::new() }
    }

    /// The answer of the application: AA, AE or AR in either mode.
    pub fn application(message: &Message, outcome: Outcome) -> Ack {
        let echo = Echo::of_message(message);
        Ack { echo, code: AckCode::of(outcome, false), errors: Vec::new(), text: String::new() }
    }

    /// The refusal of bytes that are no readable message, with as much of their header as can be made out.
    pub fn refuse(bytes: &[u8], why: &Unreadable) -> Ack {
        Ack::refuse_with(bytes, AckError::from(why))
    }

    /// The refusal (AR or CR) of bytes for a reason of the caller's own, as in a frame beyond the limit.
    pub fn refuse_with(bytes: &[u8], error: AckError) -> Ack {
        let echo = Echo::of_bytes(bytes);
        let code = AckCode::of(Outcome::Reject, echo.enhanced);
        Ack { echo, code, errors: vec![error], text: String::new() }
    }

    /// Adds an ERR segment.
    #[must_use]
    pub fn error(mut self, error: AckError) -> Ack {
        self.errors.push(error);
        self
    }

    /// Sets MSA-3. Without it, messages before version 2.5 get the text of the first error there.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Ack {
        self.text = text.into();
        self
    }

    /// The code it will carry.
    pub fn code(&self) -> AckCode {
        self.code
    }

    /// MSH-10 of the message answered, as it stood there.
    pub fn answers(&self) -> &str {
        &self.echo.control_id
    }

    /// Writes it. `control_id` is its own MSH-10, `time` its MSH-7 in HL7's form.
    pub fn build(&self, control_id: &str, time: &str) -> Vec<u8> {
        let echo = &self.echo;
        let delimiters = &echo.delimiters;
        let say = |text: &str| escape(text, delimiters).into_owned();
        let component = char::from(delimiters.component);
        let [application, facility, to_application, to_facility] = &echo.parties;
        let kind = if echo.trigger.is_empty() {
            "ACK".to_owned()
        } else {
            format!("ACK{component}{}{component}ACK", echo.trigger)
        };
        let mut lines = vec![
            vec![
                format!("MSH{}{}", char::from(delimiters.field), delimiters.encoding_characters()),
                to_application.clone(),
                to_facility.clone(),
                application.clone(),
                facility.clone(),
                say(time),
                String::new(),
                kind,
                say(control_id),
                echo.processing_id.clone(),
                echo.version.clone(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                echo.charset_label.clone(),
            ],
            vec!["MSA".to_owned(), self.code.to_string(), echo.control_id.clone(), say(&self.msa_text())],
        ];
        lines.extend(self.errors.iter().map(|error| self.err(error)));
        let mut text = String::new();
        for mut line in lines {
            while line.last().is_some_and(String::is_empty) {
                line.pop();
            }
            text.push_str(&line.join(&char::from(delimiters.field).to_string()));
            text.push('\r');
        }
        echo.encode(&text)
    }

    fn msa_text(&self) -> Cow<'_, str> {
        if !self.text.is_empty() || self.echo.has_err_fields() {
            return Cow::Borrowed(&self.text);
        }
        self.errors.first().map_or(Cow::Borrowed(""), |error| Cow::Borrowed(&error.message))
    }

    fn err(&self, error: &AckError) -> Vec<String> {
        let delimiters = &self.echo.delimiters;
        let say = |text: &str| escape(text, delimiters).into_owned();
        let component = char::from(delimiters.component).to_string();
        let (number, name) = error.code.parts();
        if !self.echo.has_err_fields() {
            // ERR-1 of old: segment, its number, field, and the code as sub-components.
            let sub = char::from(delimiters.subcomponent.unwrap_or(delimiters.component)).to_string();
            let code = [number, name, "HL70357"].join(&sub);
            let place = match &error.location {
                Some(at) => [at.segment.clone(), at.occurrence.to_string(), at.field.to_string()],
                None => [String::new(), String::new(), String::new()],
            };
            return vec!["ERR".to_owned(), [place.join(&component), code].join(&component)];
        }
        let location = error.location.as_ref().map_or_else(String::new, |at| {
            let mut parts = vec![at.segment.clone(), at.occurrence.to_string()];
            if at.field > 0 {
                parts.push(at.field.to_string());
            }
            if at.rep.is_some() || at.comp.is_some() {
                parts.push(at.rep.unwrap_or(1).to_string());
            }
            parts.extend(at.comp.map(|n| n.to_string()));
            parts.extend(at.sub.map(|n| n.to_string()));
            parts.join(&component)
        });
        let code = [number, name, "HL70357"].join(&component);
        let severity = error.severity.as_str().to_owned();
        let [empty5, empty6, empty7] = [(); 3].map(|()| String::new());
        vec![
            "ERR".to_owned(),
            String::new(),
            location,
            code,
            severity,
            empty5,
            empty6,
            empty7,
            say(&error.message),
        ]
    }
}

impl Echo {
    fn of_message(message: &Message) -> Echo {
        let msh = message.segment(0);
        let field = |n: usize| without_controls(&msh.field(n).decoded());
        let label = field(18);
        let known = crate::charset::declared(message.header().charset().as_bytes()).is_some();
        Echo {
            delimiters: message.delimiters,
            parties: [3, 4, 5, 6].map(field),
            trigger: without_controls(&msh.field(9).comp(2).decoded()),
            control_id: field(10),
            processing_id: field(11),
            version: field(12),
            charset_label: if known { label } else { String::new() },
            charset: message.charset,
            enhanced: message.header().is_enhanced(),
        }
    }

    /// Makes out what it can of a header that cannot be read by the rules.
    fn of_bytes(bytes: &[u8]) -> Echo {
        let text = &bytes[skip_leading(bytes)..];
        let end = memchr::memchr2(b'\r', b'\n', text).unwrap_or(text.len());
        let line = Charset::Guessed.decode(&text[..end]);
        let mut echo = Echo {
            delimiters: Delimiters::default(),
            parties: [const { String::new() }; 4],
            trigger: String::new(),
            control_id: String::new(),
            processing_id: String::from("P"),
            version: String::from("2.5.1"),
            charset_label: String::new(),
            charset: Charset::Utf8,
            enhanced: false,
        };
        if !line.starts_with("MSH") {
            return echo;
        }
        let separator = match Delimiters::of_header(line.as_bytes()) {
            Ok((delimiters, _)) => {
                echo.delimiters = delimiters;
                char::from(delimiters.field)
            }
            Err(_) => '|',
        };
        let fields: Vec<&str> = line.split(separator).collect();
        let field = |n: usize| fields.get(n - 1).copied().unwrap_or("");
        let safe = |n: usize| without_controls(field(n));
        echo.parties = [3, 4, 5, 6].map(safe);
        let kind = safe(9);
        echo.trigger.extend(kind.split(char::from(echo.delimiters.component)).nth(1));
        echo.control_id = safe(10);
        if !field(11).is_empty() {
            echo.processing_id = safe(11);
        }
        if !field(12).is_empty() {
            echo.version = safe(12);
        }
        echo.enhanced = !field(15).is_empty() || !field(16).is_empty();
        echo
    }

    /// ERR-2 to ERR-8 exist since version 2.5.
    fn has_err_fields(&self) -> bool {
        let version = self.version.split(char::from(self.delimiters.component)).next().unwrap_or("");
        let mut parts = version.trim().split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (2, 5)
    }

    fn encode(&self, text: &str) -> Vec<u8> {
        let text = match self.charset {
            Charset::Utf16Le | Charset::Utf16Be => Cow::Owned(format!("\u{FEFF}{text}")),
            _ => Cow::Borrowed(text),
        };
        if let Ok(bytes) = self.charset.encode(&text) {
            return bytes.into_owned();
        }
        let plain: String = text.chars().map(|c| if self.charset.encode_char(c) { c } else { '?' }).collect();
        self.charset.encode(&plain).map_or_else(|_| plain.as_bytes().to_vec(), Cow::into_owned)
    }
}

/// A value that is taken over must not break the answer, or its frame, in two.
fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

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
    fn of(err: &crate::tree::Segment<'_>) -> ErrRead {
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
