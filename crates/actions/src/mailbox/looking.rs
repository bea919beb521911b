//! What the enrolment desk sees of what was sent: the list with its clocks, one with its forms beside the application, and
//! what an applicant sees of their own.

use super::judging::opened;
use super::{Said, SaidFile, Setup, said_of, standing_of, subject_of};
use crate::enrolment::turn::facts_of;
use crate::lists::Part;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::forms::{Beside, Form, beside, print};
use clinical::enrolment::mailbox::Standing;
use clinical::words::Words;
use fhir::Instant;
use std::sync::Arc;
use store::{ApplicationId, ApplicationRow, MailId, MailIn, ObligationState, View};

/// Lines of what waits, of each standing; how many more there are is said.
const LINES: usize = 200;
/// What is settled, on one page.
const SETTLED: usize = 30;
/// Lines of one application.
const OF_ONE: usize = 20;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which.
    pub id: MailId,
    /// When it came.
    pub at: Instant,
    /// By mail or upload.
    pub is_mail: bool,
    /// Who sent it; empty when nobody or several.
    pub sender: String,
    /// Subject, or the file's name.
    pub subject: String,
    /// Where it stands.
    pub standing: Standing,
    /// By when its owner must act; none once it is settled.
    pub due: Option<Instant>,
    /// The application, when it is known.
    pub application: Option<ApplicationId>,
    /// Times it came.
    pub copies: u32,
    /// Why it is held.
    pub held: Option<Words>,
    /// Its files.
    pub files: Vec<LineFile>,
    /// What a person said of it.
    pub note: String,
}

/// One file of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFile {
    /// Name.
    pub name: String,
    /// Code of the form; empty where it cannot be read.
    pub form: String,
    /// `right`, `returned`, `person`, `accepted`, `refused`.
    pub stands: String,
    /// Every defect and doubt.
    pub words: Vec<Words>,
}

fn line(reading: &Reading<'_>, row: &MailIn) -> Result<Line, Refusal> {
    let Said { held, files, note, .. } = said_of(row);
    let owed = match row.settled {
        None => reading.view.obligation(row.obligation)?,
        Some(_) => None,
    };
    let due = owed.and_then(|owed| match owed.state {
        ObligationState::Open { due, .. } => Some(due),
        ObligationState::Ended { .. } => None,
    });
    let of = |SaidFile { name, form, stands, words, .. }: SaidFile| LineFile { name, form, stands, words };
    Ok(Line {
        id: row.id,
        at: row.at,
        is_mail: row.way == "mail",
        sender: row.sender.clone(),
        subject: row.subject.clone(),
        standing: standing_of(row),
        due,
        application: (row.application != ApplicationId::default()).then_some(row.application),
        copies: row.copies,
        held: held.map(clinical::enrolment::mailbox::Held::words),
        files: files.into_iter().map(of).collect(),
        note,
    })
}

/// Look: what was sent, what waits first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// How many that are settled stand before the first that is shown.
    pub settled: usize,
}

/// Answer to [`Sent`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentView {
    /// What somebody owns, the oldest first.
    pub open: Vec<Line>,
    /// How many somebody owns in all.
    pub all_open: usize,
    /// What was settled, the latest first.
    pub settled: Vec<Line>,
    /// Which part of it is shown.
    pub settled_part: Part,
    /// How many ever came, by where they stand.
    pub counts: Vec<(Standing, u64)>,
}

impl Sealed for Sent {}
impl Look for Sent {
    type View = SentView;
    const PERMISSION: Permission = Permission::ReadApplications;
    fn object(&self) -> String {
        "mail-in".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<SentView>, Refusal> {
        let mut open = Vec::new();
        for standing in Standing::ALL.into_iter().filter(|standing| standing.is_open()) {
            for row in reading.view.mails_in(standing.code(), LINES)? {
                open.push(line(reading, &row)?);
            }
        }
        open.sort_by_key(|line| (line.due, line.at));
        let (rows, settled_part) = Part::of(
            reading.view.settled_mails_in(Part::reads(self.settled, SETTLED))?,
            self.settled,
            SETTLED,
        );
        let settled = rows.iter().map(|row| line(reading, row)).collect::<Result<Vec<_>, _>>()?;
        let counts = reading.view.mail_counts()?;
        let counts: Vec<(Standing, u64)> =
            counts.into_iter().filter_map(|(code, n)| Some((Standing::from_code(&code)?, n))).collect();
        let all_open: u64 = counts.iter().filter(|(standing, _)| standing.is_open()).map(|(_, n)| n).sum();
        let all_open = usize::try_from(all_open).unwrap_or(usize::MAX);
        Ok(Seen::nobody(SentView { open, all_open, settled, settled_part, counts }))
    }
}

/// Look: one that was sent, its forms beside the application.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Which.
    pub mail: MailId,
    /// What opening relies on.
    pub setup: Arc<Setup>,
}

/// A file beside the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownFile {
    /// The file.
    pub file: LineFile,
    /// Each field, on the form and in the application.
    pub beside: Vec<Beside>,
}

impl Sealed for Shown {}
impl Look for Shown {
    type View = (Line, Vec<ShownFile>);
    const PERMISSION: Permission = Permission::ReadApplications;
    fn object(&self) -> String {
        format!("mail-in/{}", self.mail)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Self::View>, Refusal> {
        let opened = opened(reading.view, self.mail, &self.setup)?;
        let line = line(reading, &opened.row)?;
        let subject = match reading.view.application(opened.row.application)? {
            Some(application) => Some(subject_of(application.id, &facts_of(&application)?)),
            None => None,
        };
        let files = opened.files();
        let shown = line.files.iter().zip(&files).map(|(file, (_, bytes))| ShownFile {
            file: file.clone(),
            beside: subject.as_ref().map(|subject| beside(bytes, subject)).unwrap_or_default(),
        });
        let shown = shown.collect();
        Ok(Seen::nobody((line, shown)))
    }
}

/// Look: the bytes of a file, to be kept and opened by another program. Only of files that nothing active was found in.
#[derive(Debug, Clone)]
pub struct AttachedFile {
    /// Which mail.
    pub mail: MailId,
    /// Which file, from 0.
    pub file: usize,
    /// What opening relies on.
    pub setup: Arc<Setup>,
}

/// Answer to [`AttachedFile`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Sealed for AttachedFile {}
impl Look for AttachedFile {
    type View = Attached;
    const PERMISSION: Permission = Permission::ReadApplications;
    fn object(&self) -> String {
        format!("mail-in/{}/file/{}", self.mail, self.file)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Attached>, Refusal> {
        let opened = opened(reading.view, self.mail, &self.setup)?;
        let said = said_of(&opened.row);
        let is_safe =
            |file: &&SaidFile| matches!(file.stands.as_str(), "right" | "person" | "accepted" | "refused");
        said.files.get(self.file).filter(is_safe).ok_or_else(Refusal::not_found)?;
        let (_, bytes) = opened.files().into_iter().nth(self.file).ok_or_else(Refusal::not_found)?;
        Ok(Seen::nobody(Attached { bytes }))
    }
}

/// The application that a browser goes on with.
pub(super) fn of_browser(view: &View, handle: &[u8]) -> Result<ApplicationRow, Refusal> {
    if handle.is_empty() {
        return Err(Refusal::not_found());
    }
    view.application_by_handle(handle)?.ok_or_else(Refusal::not_found)
}

/// Look: the forms of the application that a browser goes on with, and what was sent for it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
}

/// Answer to [`Paper`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperView {
    /// The address from which forms may be sent.
    pub address: String,
    /// Each form, and whether it is on file.
    pub forms: Vec<(Form, bool)>,
    /// What was sent, the latest first.
    pub sent: Vec<Line>,
}

impl Sealed for Paper {}
impl Look for Paper {
    type View = PaperView;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        "application/forms".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PaperView>, Refusal> {
        let application = of_browser(reading.view, &self.handle)?;
        let facts = facts_of(&application)?;
        let rows = reading.view.mails_in_of(application.id, OF_ONE)?;
        let sent = rows.iter().map(|row| line(reading, row)).collect::<Result<_, _>>()?;
        let forms = Form::ALL.map(|form| (form, facts.form(form.code()).is_some())).to_vec();
        Ok(Seen::nobody(PaperView { address: application.address, forms, sent }))
    }
}

/// Look: a form of the application that a browser goes on with, filled in, to be signed.
#[derive(Debug, Clone)]
pub struct Blank {
    /// SHA-256 of the browser's secret.
    pub handle: Vec<u8>,
    /// Code of the form.
    pub form: String,
}

impl Sealed for Blank {}
impl Look for Blank {
    type View = Attached;
    const PERMISSION: Permission = Permission::Enrol;
    fn object(&self) -> String {
        format!("application/forms/{}", self.form)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Attached>, Refusal> {
        let form = Form::from_code(&self.form).ok_or_else(Refusal::not_found)?;
        let application = of_browser(reading.view, &self.handle)?;
        let subject = subject_of(application.id, &facts_of(&application)?);
        Ok(Seen::nobody(Attached { bytes: print(form, &subject) }))
    }
}
