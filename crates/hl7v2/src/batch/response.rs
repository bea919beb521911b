//! The answer to a file or batch: the answers to its messages, wrapped as it was (HL7 v2.5.1 2.10.3.1).

use super::{Contents, Envelope};
use crate::delimiters::Delimiters;
use crate::escape::escape;

/// What wraps the answers.
#[derive(Debug, Clone)]
pub struct Response {
    /// FHS, when there was one.
    file: Option<String>,
    /// BHS.
    batch: String,
    /// What follows the count in BTS.
    comment: String,
    separator: char,
}

impl Response {
    /// To a buffer: `control_id` is its own number (BHS-11), `time` its creation in HL7's form, `comment` (BTS-2) what is
    /// odd about what came. All answers stand in one batch.
    #[must_use]
    pub fn to(contents: &Contents<'_>, control_id: &str, time: &str, comment: &str) -> Self {
        let file = contents.file.as_ref().filter(|file| file.header.is_some());
        let batch = contents.batches.iter().find(|batch| batch.header.is_some());
        let first = batch.or(file).and_then(|envelope| envelope.header);
        let read = first.and_then(|header| Delimiters::of_header(header).ok());
        let delimiters = read.map_or_else(Delimiters::default, |read| read.0);
        let say = |text: &str| escape(text, &delimiters).into_owned();
        let separator = char::from(delimiters.field);
        let header = |name: &str, of: &Envelope<'_>| {
            let party = |n: usize| say(&of.header_field(n));
            let mut fields = vec![
                format!("{name}{separator}{}", delimiters.encoding_characters()),
                party(5),
                party(6),
                party(3),
                party(4),
                say(time),
            ];
            fields.extend([const { String::new() }; 3]);
            fields.extend([say(control_id), say(&of.header_field(11))]);
            let separator = separator.to_string();
            fields.join(&separator).trim_end_matches(&separator).to_owned()
        };
        let nobody = Envelope::default();
        Self {
            file: file.map(|file| header("FHS", file)),
            batch: header("BHS", batch.or(file).unwrap_or(&nobody)),
            comment: say(comment),
            separator,
        }
    }

    /// With the answers in the order of the messages.
    #[must_use]
    pub fn build(&self, answers: &[Vec<u8>]) -> Vec<u8> {
        let separator = self.separator;
        let mut out = Vec::new();
        if let Some(file) = &self.file {
            out.extend_from_slice(file.as_bytes());
            out.push(b'\r');
        }
        out.extend_from_slice(self.batch.as_bytes());
        out.push(b'\r');
        for answer in answers {
            out.extend_from_slice(answer);
            if answer.last() != Some(&b'\r') {
                out.push(b'\r');
            }
        }
        let mut trailer = format!("BTS{separator}{}", answers.len());
        if !self.comment.is_empty() {
            trailer.push(separator);
            trailer.push_str(&self.comment);
        }
        out.extend_from_slice(trailer.as_bytes());
        out.push(b'\r');
        if self.file.is_some() {
            out.extend_from_slice(format!("FTS{separator}1\r").as_bytes());
        }
        out
    }
}
