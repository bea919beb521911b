//! The two forms on paper (GUARANTEES S-040 to S-042): what is printed on them, and whether one that came back is right.
//!
//! A form is printed for one application, filled in, with its own id in a field, so that it finds its way back. Whoever
//! signs online signs the same words; nothing is asked on paper that is not asked there.

mod judge;
mod said;
mod text;

pub use judge::{Beside, Defect, Doubt, Item, Verdict, beside, judge};
pub use paper::inspect::Active;
pub use paper::sign::Anchors;

use super::statements::{SignedText, signed_text};
use super::{Facts, Tongue};
use crate::words::Words;
use paper::{Block, Look, Paper, Size};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Request for access.
    Request,
    /// Confidentiality agreement.
    Agreement,
}

impl Form {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Request, Self::Agreement];

    /// Stable code, as in the facts of an application.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Agreement => "agreement",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }
    /// Its number, as printed.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::Request => "OPOR-1",
            Self::Agreement => "OPOR-2",
        }
    }
    /// Version of its words in force: those that are signed online too. A form of another version is returned.
    #[must_use]
    pub fn version(self) -> &'static str {
        signed_text(self.code()).map_or("", |text| text.version)
    }
    /// Its title.
    #[must_use]
    pub fn title(self) -> Words {
        signed_text(self.code()).map(SignedText::title).unwrap_or_default()
    }
    /// What is signed, paragraph by paragraph.
    fn paragraphs(self, tongue: Tongue) -> &'static [&'static str] {
        let text = signed_text(self.code());
        text.map_or(&[], |text| if tongue == Tongue::Fr { text.fr } else { text.en })
    }
}

/// What a form is filled in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The application, as it is written: sixteen hexadecimal digits.
    pub application: String,
    /// `Kestrel, Bram`.
    pub name: String,
    /// The proved address.
    pub email: String,
    /// Profession in both languages.
    pub profession: Words,
    /// Number of the licence; empty when none is needed.
    pub licence: String,
    /// Names of the workplaces.
    pub workplaces: Vec<String>,
    /// The applicant's language.
    pub tongue: Tongue,
}

impl Subject {
    /// From what is on file, with the name of the profession.
    #[must_use]
    pub fn of(application: String, facts: &Facts, profession: Words) -> Self {
        let who = &facts.applicant;
        Self {
            application,
            name: who.name(),
            email: who.email.clone(),
            profession,
            licence: who.licence.clone(),
            workplaces: facts.workplaces.iter().map(|place| place.name.clone()).collect(),
            tongue: who.tongue,
        }
    }

    /// What the fields of a form hold.
    fn items(&self, form: Form, tongue: Tongue) -> Vec<(Item, String)> {
        let mut items = vec![
            (Item::Form, self.mark(form, tongue)),
            (Item::Application, self.application.clone()),
            (Item::Name, self.name.clone()),
            (Item::Email, self.email.clone()),
        ];
        if form == Form::Request {
            items.push((Item::Profession, tongue.of(&self.profession).to_owned()));
            items.push((Item::Licence, self.licence.clone()));
            items.push((Item::Workplaces, self.workplaces.join("\n")));
        }
        items
    }

    /// What the form says of itself: `opor/request/2026-11-23.1/en`.
    fn mark(&self, form: Form, tongue: Tongue) -> String {
        format!("opor/{}/{}/{}", form.code(), form.version(), tongue.code())
    }
}

/// A form, filled in, in the applicant's language. The same subject gives the same bytes.
#[must_use]
pub fn print(form: Form, subject: &Subject) -> Vec<u8> {
    printed(form, subject, subject.tongue)
}

fn printed(form: Form, subject: &Subject, tongue: Tongue) -> Vec<u8> {
    let of = |words: Words| tongue.of(&words).to_owned();
    let said = form.paragraphs(tongue).iter();
    let mut blocks: Vec<Block> = said.map(|text| Block::Paragraph((*text).to_owned())).collect();
    blocks.push(Block::Heading(of(text::who())));
    for (item, value) in subject.items(form, tongue) {
        blocks.push(Block::Field { label: of(item.words()), name: item.field(), value });
    }
    blocks.push(Block::Paragraph(of(text::how_to_sign())));
    blocks.push(Block::Signature { label: of(text::signature()), name: SIGNATURE });
    let head = of(Words::new(
        format!("Form {}, version {}, request {}", form.number(), form.version(), subject.application),
        format!("Formulaire {}, version {}, demande {}", form.number(), form.version(), subject.application),
    ));
    let page = of(Words::new("Page|of", "Page|de"));
    let (before, of_all) = page.split_once('|').unwrap_or_default();
    let paper = Paper {
        size: Size::Letter,
        head: vec![of(form.title()), head],
        foot: "One Person One Record".to_owned(),
        page: [before.to_owned(), of_all.to_owned()],
        blocks,
        look: Look::Plain,
    };
    paper.print().bytes
}

/// Name of the field of the signature.
const SIGNATURE: &str = "signature";

#[cfg(test)]
mod tests;
