//! What becomes of a form that was sent (GUARANTEES S-042, S-043): whether it is the applicant's, where it stands, and what
//! is answered. Nothing is dropped: what cannot be taken is held for a person, and the sender is told what to do where an
//! answer cannot do harm.

use super::Tongue;
use super::forms::{Form, Verdict};
use crate::words::Words;
use serde::{Deserialize, Serialize};

/// Answers to one address in a day; beyond, a person looks.
pub const ANSWERS_A_DAY: usize = 6;

/// Where something that was sent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Taken; nobody has judged it yet.
    Received,
    /// Right: it is on file.
    Filed,
    /// Something is wrong with it; the applicant was told what.
    Returned,
    /// A person must look at a form.
    Waiting,
    /// It is not certain whose it is; a person looks.
    Held,
    /// A machine sent it; nothing is owed.
    SetAside,
}

impl Standing {
    /// All, in order.
    pub const ALL: [Self; 6] =
        [Self::Received, Self::Filed, Self::Returned, Self::Waiting, Self::Held, Self::SetAside];

    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Filed => "filed",
            Self::Returned => "returned",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::SetAside => "set-aside",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.code() == code)
    }
    /// As people read it.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::Received => ("Taken, being checked", "Reçu, en vérification"),
            Self::Filed => ("Right, on file", "Conforme, au dossier"),
            Self::Returned => ("Returned with the reason", "Rendu avec le motif"),
            Self::Waiting => ("A person looks at it", "Une personne l'examine"),
            Self::Held => ("Held: not certain whose it is", "Retenu : provenance incertaine"),
            Self::SetAside => ("Sent by a machine, set aside", "Envoyé par une machine, mis de côté"),
        };
        Words::new(en, fr)
    }
    /// Somebody owns it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Waiting | Self::Held)
    }
}

/// What is known of a mail before its attachments are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrived {
    /// It could be read, and is not too large.
    pub is_readable: bool,
    /// A machine sent it (RFC 3834).
    pub is_automatic: bool,
    /// It says that a mail of ours was not delivered.
    pub is_bounce: bool,
    /// It names exactly one sender.
    pub has_one_sender: bool,
    /// That address is the one of an application that has not ended.
    pub is_registered: bool,
    /// It comes from the domain that it says.
    pub is_proved: bool,
}

/// Why something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It cannot be read, or is too large.
    Unreadable,
    /// A mail of ours did not arrive.
    Bounce,
    /// It names no sender, or several.
    Senders,
    /// No application has that address.
    Unregistered,
    /// Nothing proves that it comes from there.
    Unproved,
    /// The address was answered too often today.
    TooMany,
    /// Looking into it was begun and never ended.
    Interrupted,
    /// It could not be taken out of the mailbox, and stays there.
    Untaken,
}

impl Held {
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Bounce => "bounce",
            Self::Senders => "senders",
            Self::Unregistered => "unregistered",
            Self::Unproved => "unproved",
            Self::TooMany => "too-many",
            Self::Interrupted => "interrupted",
            Self::Untaken => "untaken",
        }
    }
    /// What the desk is told.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Unreadable => Words::new(
                "The mail cannot be read, or is larger than 25 MB. Ask the sender for an upload on the page of the request.",
                "Le courriel ne peut être lu ou dépasse 25 Mo. Demandez à l'expéditeur un téléversement sur la page de la demande.",
            ),
            Self::Bounce => Words::new(
                "A mail of ours was not delivered. Find another way to reach the applicant.",
                "Un de nos courriels n'a pas été remis. Trouvez un autre moyen de joindre la personne.",
            ),
            Self::Senders => Words::new(
                "The mail names no sender, or several. Nothing in it was taken.",
                "Le courriel ne nomme aucun expéditeur, ou plusieurs. Rien n'en a été retenu.",
            ),
            Self::Unregistered => Words::new(
                "No open request has the address that it was sent from. Nothing in it was taken.",
                "Aucune demande en cours n'a l'adresse d'où il a été envoyé. Rien n'en a été retenu.",
            ),
            Self::Unproved => Words::new(
                "Nothing proves that the mail comes from the address that it names. Nothing in it was taken.",
                "Rien ne prouve que le courriel vient de l'adresse indiquée. Rien n'en a été retenu.",
            ),
            Self::Interrupted => Words::new(
                "Looking into the mail was begun and never ended, so no machine does it again. Ask the sender for the form on paper or a new PDF; do not open the file here.",
                "L'examen du courriel a commencé sans jamais finir; aucune machine ne recommence. Demandez le formulaire sur papier ou un nouveau PDF; n'ouvrez pas le fichier ici.",
            ),
            Self::Untaken => Words::new(
                "A mail could not be taken out of the mailbox; the mails behind it are. It stays there under the name that stands here. Look at it with a mail program, then take it out or let it be fetched again.",
                "Un courriel n'a pu être retiré de la boîte; les suivants le sont. Il y reste sous le nom indiqué ici. Examinez-le avec un logiciel de courriel, puis retirez-le ou laissez-le être repris.",
            ),
            Self::TooMany => Words::new(
                "The address was answered several times today. Call the applicant before anything else is sent.",
                "Cette adresse a reçu plusieurs réponses aujourd'hui. Appelez la personne avant tout autre envoi.",
            ),
        }
    }
}

/// What is done with a mail before its attachments are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is the applicant's: its attachments are judged.
    Judge,
    /// Held for a person; the sender is answered when that cannot do harm.
    Hold(Held, bool),
    /// A machine's; nothing is owed.
    SetAside,
}

/// Whether a mail is the applicant's. A mail is answered where its sender is proved, or where the address is one that was
/// proved to be an applicant's: whoever else is named as the sender of a forged mail hears nothing of it from us.
#[must_use]
pub fn admit(mail: Arrived) -> Admission {
    if !mail.is_readable {
        return Admission::Hold(Held::Unreadable, false);
    }
    if mail.is_bounce {
        return Admission::Hold(Held::Bounce, false);
    }
    if mail.is_automatic {
        return Admission::SetAside;
    }
    match (mail.has_one_sender, mail.is_registered, mail.is_proved) {
        (false, ..) => Admission::Hold(Held::Senders, false),
        (true, false, proved) => Admission::Hold(Held::Unregistered, proved),
        (true, true, false) => Admission::Hold(Held::Unproved, true),
        (true, true, true) => Admission::Judge,
    }
}

/// Where something stands once its files are judged.
#[must_use]
pub fn standing(verdicts: &[Verdict]) -> Standing {
    if verdicts.iter().any(Verdict::is_for_a_person) {
        Standing::Waiting
    } else if verdicts.is_empty() || verdicts.iter().any(|verdict| !verdict.is_right()) {
        Standing::Returned
    } else {
        Standing::Filed
    }
}

/// A letter: subject and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

fn letter(subject: &Words, body: &Words, tongue: Tongue) -> Letter {
    Letter { subject: tongue.of(subject).to_owned(), body: tongue.of(body).to_owned() }
}

/// The answer to files that were judged: what is right, what is wrong with each and what to do, what a person looks at,
/// and which form is still awaited.
#[must_use]
pub fn answer(files: &[(String, Verdict)], awaited: &[Form], tongue: Tongue) -> Letter {
    let verdicts: Vec<Verdict> = files.iter().map(|(_, verdict)| verdict.clone()).collect();
    let subject = match standing(&verdicts) {
        Standing::Filed => Words::new("Your forms have come in", "Vos formulaires sont arrivés"),
        Standing::Waiting => {
            Words::new("Your forms are being looked at", "Vos formulaires sont en cours d'examen")
        }
        _ => Words::new("Your forms: what is still to do", "Vos formulaires : ce qu'il reste à faire"),
    };
    let mut body = Words::default();
    let mut say = |words: Words| {
        for (text, more) in [(&mut body.en, words.en), (&mut body.fr, words.fr)] {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&more);
        }
    };
    if files.is_empty() {
        say(Words::new(
            "There was no file in your mail. Attach the two signed PDF forms and send it again.",
            "Votre courriel ne contenait aucun fichier. Joignez les deux formulaires PDF signés et renvoyez-le.",
        ));
    }
    for (name, verdict) in files {
        let what = match verdict.form {
            Some(form) => form.title(),
            None => Words::new("File", "Fichier"),
        };
        let mut lines = Words::new(format!("{} ({name})", what.en), format!("{} ({name})", what.fr));
        let mut add = |words: &Words| {
            lines.en.push_str(&format!("\n  {}", words.en));
            lines.fr.push_str(&format!("\n  {}", words.fr));
        };
        if verdict.is_right() {
            add(&Words::new("It is right and on file.", "Il est conforme et au dossier."));
        }
        for defect in &verdict.defects {
            add(&defect.words());
        }
        if verdict.is_for_a_person() {
            add(&Words::new(
                "A coordinator looks at the signature within one working day. You need not do anything now.",
                "Une personne du bureau des adhésions examine la signature d'ici un jour ouvrable. Vous n'avez rien à faire pour \
                 l'instant.",
            ));
        }
        say(lines);
    }
    let awaited: Vec<Words> = awaited.iter().map(|form| form.title()).collect();
    if !awaited.is_empty() {
        let (en, fr): (Vec<&str>, Vec<&str>) =
            awaited.iter().map(|words| (words.en.as_str(), words.fr.as_str())).unzip();
        say(Words::new(
            format!("Still awaited: {}. Both forms are on the page of your request.", en.join(", ")),
            format!(
                "Encore attendu : {}. Les deux formulaires sont sur la page de votre demande.",
                fr.join(", ")
            ),
        ));
    }
    letter(&subject, &body, tongue)
}

/// The answer to a mail that is held; `None` in which language the sender reads: both.
#[must_use]
pub fn held_answer(held: Held, tongue: Option<Tongue>) -> Letter {
    let subject =
        Words::new("Your mail could not be taken yet", "Votre courriel n'a pas encore pu être retenu");
    let body = match held {
        Held::Unproved => Words::new(
            "A mail with forms came that names your address, and nothing proves that it came from there. Nothing in it was \
             taken. If you sent it, upload the forms on the page of your request instead. If you did not, you need not do \
             anything; the enrolment desk looks at it.",
            "Un courriel avec des formulaires est arrivé en indiquant votre adresse, et rien ne prouve qu'il en venait. Rien n'en \
             a été retenu. Si vous l'avez envoyé, téléversez plutôt les formulaires sur la page de votre demande. Sinon, vous \
             n'avez rien à faire; le bureau des adhésions l'examine.",
        ),
        _ => Words::new(
            "There is no open request with the address you wrote from, so nothing in your mail was taken. Send the forms from \
             the address that your request names, or upload them on its page.",
            "Aucune demande en cours n'a l'adresse d'où vous écrivez : rien de votre courriel n'a été retenu. Envoyez les \
             formulaires depuis l'adresse indiquée dans votre demande, ou téléversez-les sur sa page.",
        ),
    };
    match tongue {
        Some(tongue) => letter(&subject, &body, tongue),
        None => Letter {
            subject: format!("{} / {}", subject.en, subject.fr),
            body: format!("{}\n\n{}", body.en, body.fr),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::forms::{Defect, Doubt};

    const APPLICANT: Arrived = Arrived {
        is_readable: true,
        is_automatic: false,
        is_bounce: false,
        has_one_sender: true,
        is_registered: true,
        is_proved: true,
    };

    #[test]
    fn s043_only_a_proved_mail_from_the_registered_address_is_judged() {
        // Every combination: exactly one is judged.
        let mut judged = 0;
        for bits in 0_u32..64 {
            let on = |n: u32| bits & 1 << n != 0;
            let mail = Arrived {
                is_readable: on(0),
                is_automatic: on(1),
                is_bounce: on(2),
                has_one_sender: on(3),
                is_registered: on(4),
                is_proved: on(5),
            };
            if admit(mail) == Admission::Judge {
                assert_eq!(mail, APPLICANT);
                judged += 1;
            }
        }
        assert_eq!(judged, 1);
    }

    #[test]
    fn s043_spoofed_aliased_and_forwarded_mails_are_held_and_only_those_who_may_hear_are_answered() {
        let spoofed = Arrived { is_proved: false, ..APPLICANT };
        assert_eq!(admit(spoofed), Admission::Hold(Held::Unproved, true));
        let aliased = Arrived { is_registered: false, ..APPLICANT };
        assert_eq!(admit(aliased), Admission::Hold(Held::Unregistered, true));
        let stranger = Arrived { is_registered: false, is_proved: false, ..APPLICANT };
        assert_eq!(admit(stranger), Admission::Hold(Held::Unregistered, false), "no answer to a forged name");
    }

    #[test]
    fn s042_nothing_of_a_machine_is_answered() {
        assert_eq!(admit(Arrived { is_automatic: true, ..APPLICANT }), Admission::SetAside);
        let bounce = Arrived { is_automatic: true, is_bounce: true, ..APPLICANT };
        assert_eq!(admit(bounce), Admission::Hold(Held::Bounce, false));
    }

    fn verdict(defects: Vec<Defect>, doubts: Vec<Doubt>) -> Verdict {
        Verdict { form: Some(Form::Request), defects, doubts }
    }

    #[test]
    fn s040_the_answer_says_each_reason_and_what_is_awaited() {
        let wrong = verdict(vec![Defect::Unsigned, Defect::Version("2025-1".into())], Vec::new());
        let files = [("form.pdf".to_owned(), wrong.clone())];
        for tongue in [Tongue::En, Tongue::Fr] {
            let letter = answer(&files, &[Form::Agreement], tongue);
            for defect in &wrong.defects {
                assert!(letter.body.contains(tongue.of(&defect.words())), "{}", letter.body);
            }
            assert!(letter.body.contains(tongue.of(&Form::Agreement.title())), "{}", letter.body);
        }
        assert!(answer(&[], &[], Tongue::En).body.starts_with("There was no file"));
    }

    #[test]
    fn one_form_to_look_at_keeps_the_mail_with_a_person_and_one_defect_returns_it() {
        let right = || verdict(Vec::new(), Vec::new());
        let wrong = || verdict(vec![Defect::Unsigned], Vec::new());
        let drawn = || verdict(Vec::new(), vec![Doubt::Drawn]);
        assert_eq!(standing(&[right(), right()]), Standing::Filed);
        assert_eq!(standing(&[right(), wrong()]), Standing::Returned);
        assert_eq!(standing(&[drawn(), wrong()]), Standing::Waiting);
        assert_eq!(standing(&[]), Standing::Returned);
    }
}
