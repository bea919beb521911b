//! What applicants and managers are written. Mails name what is to be done and never a patient; secrets stand as blanks.

use crate::enrolment::links::ApproveLink;
use crate::mailing::{Blank, Draft, HERE};
use clinical::enrolment::{Contact, Event, Tongue};
use fhir::Instant;
use store::{ApplicationId, ApplicationRow};

/// Where an invitation is opened, before its secret.
pub const INVITED: &str = "/sign-in/invited/";

/// To whom, about what, when.
pub(crate) struct To<'t> {
    pub(crate) address: &'t str,
    pub(crate) tongue: Tongue,
    pub(crate) application: ApplicationId,
    pub(crate) at: Instant,
}

impl To<'_> {
    fn draft(&self, sort: &'static str, blank: Blank, en: (&str, String), fr: (&str, String)) -> Draft {
        let (subject, body) = match self.tongue {
            Tongue::En => en,
            Tongue::Fr => fr,
        };
        Draft {
            sort,
            to: self.address.to_owned(),
            tongue: self.tongue,
            subject: subject.to_owned(),
            body,
            blank: Some(blank),
            application: self.application,
            at: self.at,
        }
    }

    /// The code that proves the address.
    pub(crate) fn code(&self, handle: &str, minutes: i64) -> Draft {
        let blank = Blank::Code { handle: handle.to_owned(), at: self.at };
        self.draft(
            "code",
            blank,
            (
                "Your code for opor",
                format!("Your code is {HERE}. It is good for {minutes} minutes, in the browser in which you asked for it.\n\nIf you did not ask for it, do nothing: without the code nothing happens.\n"),
            ),
            (
                "Votre code pour opor",
                format!("Votre code est {HERE}. Il vaut {minutes} minutes, dans le navigateur où vous l'avez demandé.\n\nSi vous ne l'avez pas demandé, ne faites rien : sans le code, rien ne se passe.\n"),
            ),
        )
    }

    /// The application is kept, with the link to go on.
    pub(crate) fn kept(&self, number: &str, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "resume",
            blank,
            (
                "Your application for access is kept",
                format!("Application {number} is kept at each step. To go on in another browser, open this link once:\n\n{HERE}\n"),
            ),
            (
                "Votre demande d'accès est conservée",
                format!("La demande {number} est conservée à chaque étape. Pour continuer dans un autre navigateur, ouvrez ce lien une fois :\n\n{HERE}\n"),
            ),
        )
    }

    /// It was sent.
    pub(crate) fn sent(&self, number: &str, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "sent",
            blank,
            (
                "Your application for access was sent",
                format!("Application {number} was sent. You can see at any time who has it:\n\n{HERE}\n\nNext: a coordinator verifies who you are, and your workplace says yes.\n"),
            ),
            (
                "Votre demande d'accès est envoyée",
                format!("La demande {number} est envoyée. Vous pouvez voir en tout temps qui l'a :\n\n{HERE}\n\nEnsuite : un coordonnateur vérifie votre identité et votre lieu de travail accepte.\n"),
            ),
        )
    }

    /// A manager is asked; `again` when it is the reminder.
    pub(crate) fn asked(
        &self,
        applicant: &str,
        place: &str,
        link: (usize, usize, i64),
        again: bool,
    ) -> Draft {
        let (workplace, administrator, at) = link;
        let blank =
            Blank::Approve(ApproveLink { application: self.application, workplace, administrator, at });
        let sort = if again { "approve-reminder" } else { "approve" };
        let (en, fr) = if again {
            (
                "Reminder: does this person work with you?",
                "Rappel : cette personne travaille-t-elle avec vous?",
            )
        } else {
            ("Does this person work with you?", "Cette personne travaille-t-elle avec vous?")
        };
        self.draft(
            sort,
            blank,
            (en, format!("{applicant} asks for access to the provincial record for their work at {place}. If they work there, say so by this link; it takes one click:\n\n{HERE}\n\nIf they do not, say so by the same link.\n")),
            (fr, format!("{applicant} demande l'accès au dossier provincial pour son travail à {place}. Si cette personne y travaille, dites-le par ce lien; un clic suffit :\n\n{HERE}\n\nSinon, dites-le par le même lien.\n")),
        )
    }

    /// A video call is agreed.
    pub(crate) fn meets(&self, time: &str, room: &str, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "meeting",
            blank,
            (
                "Your video call with the enrolment desk",
                format!("You meet a coordinator on {time} (Atlantic time), for five minutes. Have a document with your picture ready, and open this room then:\n\n{room}\n\nFor another time, go on here:\n\n{HERE}\n"),
            ),
            (
                "Votre appel vidéo avec le bureau des adhésions",
                format!("Vous rencontrez un coordonnateur le {time} (heure de l'Atlantique), cinq minutes. Ayez une pièce d'identité avec photo et ouvrez alors cette salle :\n\n{room}\n\nPour une autre heure, continuez ici :\n\n{HERE}\n"),
            ),
        )
    }

    /// Nobody came to a video call.
    pub(crate) fn missed(&self, time: &str, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "missed",
            blank,
            (
                "We missed you at the video call",
                format!("Nobody came to the call of {time}. Nothing is lost: pick another time, or another way to be verified, here:\n\n{HERE}\n"),
            ),
            (
                "Nous vous avons manqué à l'appel vidéo",
                format!("Personne n'est venu à l'appel de {time}. Rien n'est perdu : choisissez ici une autre heure ou une autre façon d'être vérifié :\n\n{HERE}\n"),
            ),
        )
    }

    /// It is the applicant's again.
    pub(crate) fn given_back(&self, question: &str, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "returned",
            blank,
            (
                "Your application for access: a question",
                format!("The enrolment desk asks:\n\n{question}\n\nEverything is kept. Answer here:\n\n{HERE}\n"),
            ),
            (
                "Votre demande d'accès : une question",
                format!("Le bureau des adhésions demande :\n\n{question}\n\nTout est conservé. Répondez ici :\n\n{HERE}\n"),
            ),
        )
    }

    /// Refused, with the way to appeal.
    pub(crate) fn refused(&self, reason: &str, days: i64, links: i64) -> Draft {
        let blank = Blank::Resume(self.application, links, self.at);
        self.draft(
            "refused",
            blank,
            (
                "Your application for access was refused",
                format!("The reason:\n\n{reason}\n\nWithin {days} days you can ask that somebody else looks at it:\n\n{HERE}\n"),
            ),
            (
                "Votre demande d'accès est refusée",
                format!("Le motif :\n\n{reason}\n\nDans les {days} jours, vous pouvez demander que quelqu'un d'autre l'examine :\n\n{HERE}\n"),
            ),
        )
    }

    /// The account is ready.
    pub(crate) fn ready(&self, account: &str, invitation: Option<i64>) -> Draft {
        let way = invitation.map_or(Blank::Page("/sign-in"), |number| Blank::Invitation {
            account: account.to_owned(),
            number,
        });
        self.draft(
            "ready",
            way,
            (
                "Your access is ready",
                format!("Your access is ready. Set up how you sign in, and sign in for the first time:\n\n{HERE}\n\nThere is no password to remember.\n"),
            ),
            (
                "Votre accès est prêt",
                format!("Votre accès est prêt. Choisissez comment vous vous connectez et connectez-vous une première fois :\n\n{HERE}\n\nIl n'y a aucun mot de passe à retenir.\n"),
            ),
        )
    }

    /// The access was suspended, opened again or ended by the desk.
    pub(crate) fn access_turned(&self, by: Event, reason: &str) -> Draft {
        let (sort, page, en, fr) = match by {
            Event::Suspend => (
                "access-suspended",
                "/sign-in/help",
                (
                    "Your access is suspended",
                    "The enrolment desk has suspended your access. Call it when this is not right.",
                ),
                (
                    "Votre accès est suspendu",
                    "Le bureau des adhésions a suspendu votre accès. Appelez-le si ce n'est pas exact.",
                ),
            ),
            Event::Resume => (
                "access-resumed",
                "/sign-in",
                ("Your access is open again", "Sign in as before."),
                ("Votre accès est rouvert", "Connectez-vous comme avant."),
            ),
            _ => (
                "access-ended",
                "/join",
                ("Your access has ended", "You can apply anew at any time."),
                ("Votre accès a pris fin", "Vous pouvez présenter une nouvelle demande en tout temps."),
            ),
        };
        self.draft(
            sort,
            Blank::Page(page),
            (en.0, format!("{}. The reason:\n\n{reason}\n\n{}\n\n{HERE}\n", en.0, en.1)),
            (fr.0, format!("{}. Le motif :\n\n{reason}\n\n{}\n\n{HERE}\n", fr.0, fr.1)),
        )
    }

    /// A new link to set up how one signs in.
    pub(crate) fn invited_again(&self, account: &str, number: i64) -> Draft {
        self.draft(
            "invited-again",
            Blank::Invitation { account: account.to_owned(), number },
            (
                "A new link to set up your sign-in",
                format!("The enrolment desk has verified that you asked for it. Set up how you sign in by this link; it is good once, for 14 days, and the one before it is good no more:\n\n{HERE}\n"),
            ),
            (
                "Un nouveau lien pour préparer votre connexion",
                format!("Le bureau des adhésions a vérifié que vous l'avez demandé. Préparez votre connexion par ce lien; il sert une fois, pendant 14 jours, et le précédent ne vaut plus :\n\n{HERE}\n"),
            ),
        )
    }

    /// It lapsed.
    pub(crate) fn lapsed(&self, number: &str) -> Draft {
        self.draft(
            "lapsed",
            Blank::Page("/join"),
            (
                "Your application for access lapsed",
                format!("Nothing was done with application {number} in time, so it has ended. You can begin anew at any time:\n\n{HERE}\n"),
            ),
            (
                "Votre demande d'accès est échue",
                format!("Rien n'a été fait à temps avec la demande {number}; elle a pris fin. Vous pouvez recommencer en tout temps :\n\n{HERE}\n"),
            ),
        )
    }
}

/// To the applicant.
pub(crate) fn applicant(row: &ApplicationRow, tongue: Tongue, at: Instant) -> To<'_> {
    To { address: &row.address, tongue, application: row.id, at }
}

/// To an administrator of a workplace, in the applicant's language.
pub(crate) fn administrator(
    who: &Contact,
    tongue: Tongue,
    application: ApplicationId,
    at: Instant,
) -> To<'_> {
    To { address: &who.email, tongue, application, at }
}
