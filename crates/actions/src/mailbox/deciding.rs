//! What a person at the enrolment desk says of something that was sent.

use super::judging::{awaited, opened, put_on_file, settled, write_to};
use super::{Said, SaidFile, Setup, said_of, standing_of, tongue_of};
use crate::enrolment::desk::unrelated;
use crate::enrolment::turn::{Turn, facts_of};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::enrolment::forms::Form;
use clinical::enrolment::mailbox::{Letter, Standing};
use clinical::words::Words;
use fhir::PersonId;
use std::sync::Arc;
use store::{Changes, MailId};

/// Characters of a reason that are kept.
const REASON_LIMIT_CHARS: usize = 1_000;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The signature of a file is the applicant's: it goes on file as this form.
    Accept {
        /// Which file, from 0.
        file: usize,
        /// Code of the form.
        form: String,
    },
    /// It is not: the applicant is told why.
    Return {
        /// Which file, from 0.
        file: usize,
        /// Why, in words for the applicant.
        reason: String,
    },
    /// Nothing more is to be done with what was held.
    Dismiss {
        /// Why.
        reason: String,
    },
}

/// Act: decide about something that waits.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which.
    pub mail: MailId,
    /// What is said.
    pub ruling: Ruling,
    /// What judging relies on.
    pub setup: Arc<Setup>,
}

fn reason_of(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(REASON_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Say why, in words for the applicant.",
            "Dites pourquoi, dans des mots pour la personne qui demande.",
        ));
    }
    Ok(text)
}

fn decided() -> Refusal {
    Refusal::conflict(
        "This has been decided already. Open the list again to see how.",
        "Ceci est déjà décidé. Rouvrez la liste pour voir comment.",
    )
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::HandleApplication;
    fn object(&self) -> String {
        format!("mail-in/{}/decide", self.mail)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.mail_in(self.mail)?.ok_or_else(Refusal::not_found)?;
        let said = said_of(&row);
        match &self.ruling {
            Ruling::Dismiss { reason } => {
                if standing_of(&row) != Standing::Held {
                    return Err(decided());
                }
                let (reason, now) = (reason_of(reason)?, reading.context.now);
                let said = Said { note: reason.clone(), ..said };
                let words = Words::new(reason.clone(), reason);
                let mut changes = Changes::default();
                let by = reading.context.actor.name.as_str();
                settled(reading.view, &row, (Standing::SetAside, &said), (by, &words), &mut changes, now)?;
                Ok((changes, None))
            }
            Ruling::Accept { file, form } => {
                let form = Form::from_code(form).ok_or_else(|| {
                    Refusal::unreadable(
                        "Say which form it is: the request or the agreement.",
                        "Dites de quel formulaire il s'agit : la demande ou l'engagement.",
                    )
                })?;
                self.looked(reading, *file, Ok(form))
            }
            Ruling::Return { file, reason } => self.looked(reading, *file, Err(reason_of(reason)?)),
        }
    }
}

impl Decide {
    /// Somebody has looked at a file: it is this form, or it is returned with a reason.
    fn looked(
        &self,
        reading: &Reading<'_>,
        file: usize,
        found: Result<Form, String>,
    ) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (view, now, actor) = (reading.view, reading.context.now, &reading.context.actor);
        let opened = opened(view, self.mail, &self.setup)?;
        let mut said = said_of(&opened.row);
        if standing_of(&opened.row) != Standing::Waiting {
            return Err(decided());
        }
        let waiting = said.files.get_mut(file).filter(|file| file.stands == "person").ok_or_else(decided)?;
        let application = view.application(opened.row.application)?.ok_or_else(Refusal::not_found)?;
        let facts = facts_of(&application)?;
        let (address, tongue, id) = (application.address.clone(), tongue_of(&facts), application.id);
        let mut turn = Turn::begin(reading, application, &actor.name)?;
        unrelated(reading, &turn)?;
        if let Ok(form) = &found
            && !waiting.form.is_empty()
            && waiting.form != form.code()
        {
            return Err(Refusal::conflict(
                "The file says itself that it is the other form. Accept it as that one, or return it.",
                "Le fichier dit lui-même être l'autre formulaire. Acceptez-le comme tel ou rendez-le.",
            ));
        }
        let letter = match &found {
            Ok(form) => {
                form.code().clone_into(&mut waiting.form);
                "accepted".clone_into(&mut waiting.stands);
                put_on_file(&mut turn, *form, &waiting.sha256, &actor.name, now);
                accepted(*form, &awaited(&turn))
            }
            Err(reason) => {
                "refused".clone_into(&mut waiting.stands);
                waiting.words.push(Words::new(reason.clone(), reason.clone()));
                turn.note("form-returned", Words::new(reason.clone(), reason.clone()));
                returned(waiting, reason)
            }
        };
        let letter =
            Letter { subject: tongue.of(&letter.0).to_owned(), body: tongue.of(&letter.1).to_owned() };
        turn.go_on()?;
        let mut changes = turn.finish()?.0;
        write_to(view, &mut changes, (&address, tongue, id), letter, now)?;
        let at = if said.files.iter().any(|file| file.stands == "person") {
            Standing::Waiting
        } else if said.files.iter().any(|file| matches!(file.stands.as_str(), "returned" | "refused")) {
            Standing::Returned
        } else {
            Standing::Filed
        };
        settled(view, &opened.row, (at, &said), (&actor.name, &at.words()), &mut changes, now)?;
        Ok((changes, None))
    }
}

fn accepted(form: Form, awaited: &[Form]) -> (Words, Words) {
    let subject = Words::new("A form is on file", "Un formulaire est au dossier");
    let title = form.title();
    let mut body = Words::new(
        format!("{}: a coordinator has looked at the signature; the form is right and on file.", title.en),
        format!("{} : la signature a été examinée; le formulaire est conforme et au dossier.", title.fr),
    );
    for form in awaited {
        let title = form.title();
        body.en.push_str(&format!("\n\nStill awaited: {}.", title.en));
        body.fr.push_str(&format!("\n\nEncore attendu : {}.", title.fr));
    }
    (subject, body)
}

fn returned(file: &SaidFile, reason: &str) -> (Words, Words) {
    let subject = Words::new("A form is still to do", "Un formulaire est encore à faire");
    let body = Words::new(
        format!("{}: a coordinator has looked at it. It cannot go on file yet.\n\n{reason}", file.name),
        format!(
            "{} : ce fichier a été examiné. Il ne peut pas encore aller au dossier.\n\n{reason}",
            file.name
        ),
    );
    (subject, body)
}
