//! Writing a message from scratch.

use crate::charset::Charset;
use crate::delimiters::Delimiters;
use crate::escape::escape;
use crate::path::Path;

/// Writes a message segment by segment. Texts are escaped, trailing empty parts left out, segments end in CR.
/// Mistakes are kept and told by [`Builder::build`].
///
/// ```
/// let bytes = hl7v2::Builder::new()
///     .comps(9, &["ORU", "R01", "ORU_R01"])
///     .field(10, "42")
///     .segment("PID").field(1, "1").comps(3, &["1234567890", "", "", "NS", "JHN"]).rep(3, &["77", "", "", "QE2", "MR"])
///     .build()?;
/// let message = hl7v2::Message::parse(bytes).expect("readable");
/// assert_eq!(message.segment_named("PID").field(3).rep(1).comp(4).text(), "QE2");
/// # Ok::<(), hl7v2::BuildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    delimiters: Delimiters,
    segments: Vec<Draft>,
    mistake: Option<BuildError>,
}

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Not three letters or digits starting with a letter.
    #[error("\"{name}\" is no segment name: use three capitals or digits, as in PID or ZX1")]
    SegmentName {
        /// The name given.
        name: String,
    },
    /// Not a place that can be written.
    #[error(
        "\"{path}\" cannot be written: name a field like PID-3.1, segments in order, and leave MSH-1 and MSH-2"
    )]
    Place {
        /// The place given.
        path: String,
    },
    /// The delimiters lack a level that the content needs.
    #[error("the delimiters have none for {level}: declare all four, for example ^~\\&")]
    NoDelimiter {
        /// `repetitions` or `sub-components`.
        level: &'static str,
    },
    /// The character set lacks a character.
    #[error("\"{character}\" cannot be written in {charset}: use UNICODE UTF-8")]
    NotInCharset {
        /// The first character missing.
        character: char,
        /// Name of the set.
        charset: &'static str,
    },
}

type Subs = Vec<String>;
type Comps = Vec<Subs>;
type Reps = Vec<Comps>;

#[derive(Debug, Clone)]
struct Draft {
    name: String,
    /// Field 1 first; the texts are escaped already.
    fields: Vec<Reps>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl Builder {
    /// Begins with MSH and the recommended delimiters.
    pub fn new() -> Builder {
        Builder::with(Delimiters::default())
    }

    /// Begins with MSH and these delimiters.
    pub fn with(delimiters: Delimiters) -> Builder {
        let msh = Draft { name: String::from("MSH"), fields: Vec::new() };
        Builder { delimiters, segments: vec![msh], mistake: None }
    }

    /// Begins a new segment; the fields that follow go into it.
    #[must_use]
    pub fn segment(mut self, name: &str) -> Builder {
        let good = name.len() == 3
            && name.bytes().all(|b| b.is_ascii_alphanumeric())
            && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !good {
            self.mistake.get_or_insert(BuildError::SegmentName { name: name.to_owned() });
        }
        self.segments.push(Draft { name: name.to_owned(), fields: Vec::new() });
        self
    }

    /// Field `n` of the current segment becomes one text.
    #[must_use]
    pub fn field(self, n: usize, text: &str) -> Builder {
        self.comps(n, &[text])
    }

    /// Field `n` of the current segment becomes one repetition of these components.
    #[must_use]
    pub fn comps(mut self, n: usize, comps: &[&str]) -> Builder {
        let rep = self.comps_of(comps);
        if let Some(field) = self.field_mut(n) {
            *field = vec![rep];
        }
        self
    }

    /// Adds a repetition of these components to field `n` of the current segment.
    #[must_use]
    pub fn rep(mut self, n: usize, comps: &[&str]) -> Builder {
        let rep = self.comps_of(comps);
        if let Some(field) = self.field_mut(n) {
            field.push(rep);
        }
        self
    }

    /// Field `n` of the current segment becomes these bytes as they are, delimiters and escapes included. Line
    /// breaks and other control characters become blanks, as they would break the message.
    #[must_use]
    pub fn raw(mut self, n: usize, raw: &str) -> Builder {
        let kept = raw.split(|c: char| c.is_control() && c != '\t').collect::<Vec<_>>().join(" ");
        if let Some(field) = self.field_mut(n) {
            *field = vec![vec![vec![kept]]];
        }
        self
    }

    /// One text at a path such as `PID-3(2).4.1`. The segment must be there, or be the next of its name, which is
    /// then begun.
    #[must_use]
    pub fn set(mut self, path: &str, text: &str) -> Builder {
        let mistake = || BuildError::Place { path: path.to_owned() };
        let Ok(place) = path.parse::<Path>() else {
            self.mistake.get_or_insert_with(mistake);
            return self;
        };
        let mut of_name = self.segments.iter().enumerate().filter(|(_, draft)| draft.name == place.segment);
        let have = of_name.clone().count();
        let index = match of_name.nth(place.occurrence - 1) {
            Some((index, _)) => index,
            None if have + 1 == place.occurrence => {
                self = self.segment(&place.segment);
                self.segments.len() - 1
            }
            None => {
                self.mistake.get_or_insert_with(mistake);
                return self;
            }
        };
        let text = escape(text, &self.delimiters).into_owned();
        if place.segment == "MSH" && place.field <= 2 {
            self.mistake.get_or_insert_with(mistake);
            return self;
        }
        let field = at(&mut self.segments[index].fields, place.field);
        let rep = at(field, place.rep.unwrap_or(1));
        *at(at(rep, place.comp.unwrap_or(1)), place.sub.unwrap_or(1)) = text;
        self
    }

    /// The message in UTF-8. Say so in MSH-18 if it may hold more than ASCII.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        self.text().map(String::into_bytes)
    }

    /// The message in another set; MSH-18 is the caller's to fill in.
    pub fn build_in(&self, charset: Charset) -> Result<Vec<u8>, BuildError> {
        let text = self.text()?;
        let missing = |character| BuildError::NotInCharset { character, charset: charset.name() };
        charset.encode(&text).map(std::borrow::Cow::into_owned).map_err(missing)
    }

    /// The message as characters.
    pub fn text(&self) -> Result<String, BuildError> {
        if let Some(mistake) = &self.mistake {
            return Err(mistake.clone());
        }
        let mut out = String::new();
        for draft in &self.segments {
            out.push_str(&draft.name);
            let mut line = String::new();
            let skip = if draft.name == "MSH" {
                out.push(char::from(self.delimiters.field));
                out.push_str(&self.delimiters.encoding_characters());
                2
            } else {
                0
            };
            for field in draft.fields.iter().skip(skip) {
                line.push(char::from(self.delimiters.field));
                line.push_str(&self.print_field(field)?);
            }
            out.push_str(line.trim_end_matches(char::from(self.delimiters.field)));
            out.push('\r');
        }
        Ok(out)
    }

    fn print_field(&self, reps: &Reps) -> Result<String, BuildError> {
        let component = Some(self.delimiters.component);
        let mut written = Vec::with_capacity(reps.len());
        for rep in reps {
            let mut comps = Vec::with_capacity(rep.len());
            for subs in rep {
                comps.push(join(subs, self.delimiters.subcomponent, "sub-components")?);
            }
            written.push(join(&comps, component, "components")?);
        }
        join(&written, self.delimiters.repetition, "repetitions")
    }

    fn comps_of(&self, comps: &[&str]) -> Comps {
        comps.iter().map(|text| vec![escape(text, &self.delimiters).into_owned()]).collect()
    }

    fn field_mut(&mut self, n: usize) -> Option<&mut Reps> {
        let draft = self.segments.last_mut()?;
        if n == 0 || (draft.name == "MSH" && n <= 2) {
            let path = format!("{}-{n}", draft.name);
            self.mistake.get_or_insert(BuildError::Place { path });
            return None;
        }
        Some(at(&mut draft.fields, n))
    }
}

/// Part `n` (1-based) of a list that grows as needed.
fn at<T: Default + Clone>(list: &mut Vec<T>, n: usize) -> &mut T {
    let n = n.max(1);
    if list.len() < n {
        list.resize(n, T::default());
    }
    &mut list[n - 1]
}

/// Joins parts, leaving out empty ones at the end.
fn join(parts: &[String], delimiter: Option<u8>, level: &'static str) -> Result<String, BuildError> {
    let filled = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
    match (&parts[..filled], delimiter) {
        ([], _) => Ok(String::new()),
        ([only], _) => Ok(only.clone()),
        (several, Some(byte)) => Ok(several.join(&char::from(byte).to_string())),
        (_, None) => Err(BuildError::NoDelimiter { level }),
    }
}
