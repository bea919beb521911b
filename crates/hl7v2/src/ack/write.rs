//! Writing acknowledgements.

use std::borrow::Cow;

use super::{AckCode, ErrorCode, Outcome, Severity};
use crate::charset::Charset;
use crate::delimiters::Delimiters;
use crate::escape::escape;
use crate::message::{Message, skip_leading};
use crate::path::Path;
use crate::problem::Unreadable;

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

    /// The answer to a header (FHS, BHS) whose messages come in frames of their own, or to its trailer: it has sender and
    /// receiver where a message has them, and its number in FHS-11 or BHS-11.
    pub fn wrapping(header: &[u8], outcome: Outcome) -> Ack {
        let echo = Echo::of_wrapping(header);
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
        let field = |n: usize| one_line(&msh.field(n).decoded());
        let label = field(18);
        let Delimiters { component, repetition, .. } = message.delimiters;
        let cut = |b: &u8| *b == component || Some(*b) == repetition;
        let known = label.as_bytes().split(cut).next().and_then(crate::charset::declared).is_some();
        Echo {
            delimiters: message.delimiters,
            parties: [3, 4, 5, 6].map(field),
            trigger: one_line(&msh.field(9).comp(2).decoded()),
            control_id: field(10),
            processing_id: field(11),
            version: field(12),
            charset_label: if known { label } else { String::new() },
            charset: message.charset,
            enhanced: message.header().is_enhanced(),
        }
    }

    /// What is said where nothing is known.
    fn of_nothing() -> Echo {
        Echo {
            delimiters: Delimiters::default(),
            parties: [const { String::new() }; 4],
            trigger: String::new(),
            control_id: String::new(),
            processing_id: String::from("P"),
            version: String::from("2.5.1"),
            charset_label: String::new(),
            charset: Charset::Utf8,
            enhanced: false,
        }
    }

    /// Of a header of a file or batch, which has no version, type or mode (HL7 v2.5.1 2.15.2).
    fn of_wrapping(bytes: &[u8]) -> Echo {
        let mut echo = Echo::of_nothing();
        let line = Charset::Guessed.decode(bytes);
        let Ok((delimiters, _)) = Delimiters::of_header(line.as_bytes()) else { return echo };
        let fields: Vec<&str> = line.split(char::from(delimiters.field)).collect();
        let safe = |n: usize| one_line(fields.get(n - 1).copied().unwrap_or(""));
        echo.delimiters = delimiters;
        echo.parties = [3, 4, 5, 6].map(safe);
        echo.control_id = safe(11);
        echo
    }

    /// Makes out what it can of a header that cannot be read by the rules.
    fn of_bytes(bytes: &[u8]) -> Echo {
        let text = &bytes[skip_leading(bytes)..];
        let end = memchr::memchr2(b'\r', b'\n', text).unwrap_or(text.len());
        let line = Charset::Guessed.decode(&text[..end]);
        let mut echo = Echo::of_nothing();
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
        let safe = |n: usize| one_line(field(n));
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
        // Such a message mixes two sets, and what is taken over was read as UTF-8: so is the answer.
        if self.charset == Charset::Guessed {
            return text.into_owned().into_bytes();
        }
        let plain: String = text.chars().map(|c| if self.charset.encode_char(c) { c } else { '?' }).collect();
        self.charset.encode(&plain).map_or_else(|_| plain.as_bytes().to_vec(), Cow::into_owned)
    }
}

/// A value that is taken over must not break the answer, or its frame, in two: it ends where a line does. What is odd and
/// breaks nothing stays, so that the sender finds its control id again.
fn one_line(text: &str) -> String {
    text.split(|c: char| c < ' ' && c != '\t').next().unwrap_or("").to_owned()
}
