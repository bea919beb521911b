//! Why somebody was not let in, each with a help entry that says what to do (S-047). None says whether an account exists
//! to somebody who has not proved who they are.

use clinical::words::Words;

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum DoorRefusal {
    /// The identity is proved and no account here is bound to it.
    NotLinked,
    /// The identity is bound and what its provider says of it changed: it waits for a new verification.
    IdentityChanged,
    /// The identity or passkey belongs to another account.
    BoundToAnother,
    /// The provider does not say that a second factor was used.
    NoSecondFactor,
    /// What the provider sent cannot be believed.
    TokenUnusable,
    /// The way back was used before, is too old, or began in another browser.
    CameBackLate,
    /// The provider says that it was stopped there.
    StoppedThere,
    /// The provider cannot be reached.
    ProviderSilent,
    /// The invitation was used before, is too old, or was replaced.
    InvitationOver,
    /// The account is suspended.
    Suspended,
    /// The account has ended.
    Ended,
    /// Nothing that the account was granted holds today.
    NothingGranted,
    /// Too many tries.
    TooMany,
    /// The passkey is not known here.
    PasskeyUnknown,
    /// The device did not confirm who holds it, or its answer cannot be believed.
    PasskeyRefused,
    /// The portal was opened by an EMR that the settings do not name.
    EmrNotListed,
    /// An EMR named no patient, or its own record of them cannot be read.
    NoPatientSent,
}

impl DoorRefusal {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::NotLinked,
        Self::IdentityChanged,
        Self::BoundToAnother,
        Self::NoSecondFactor,
        Self::TokenUnusable,
        Self::CameBackLate,
        Self::StoppedThere,
        Self::ProviderSilent,
        Self::InvitationOver,
        Self::Suspended,
        Self::Ended,
        Self::NothingGranted,
        Self::TooMany,
        Self::PasskeyUnknown,
        Self::PasskeyRefused,
        Self::EmrNotListed,
        Self::NoPatientSent,
    ];

    /// Stable code: people read it to the help desk, and the help entry stands under it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotLinked => "not-linked",
            Self::IdentityChanged => "identity-changed",
            Self::BoundToAnother => "bound-to-another",
            Self::NoSecondFactor => "no-second-factor",
            Self::TokenUnusable => "token-unusable",
            Self::CameBackLate => "came-back-late",
            Self::StoppedThere => "stopped-there",
            Self::ProviderSilent => "provider-silent",
            Self::InvitationOver => "invitation-over",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::NothingGranted => "nothing-granted",
            Self::TooMany => "too-many",
            Self::PasskeyUnknown => "passkey-unknown",
            Self::PasskeyRefused => "passkey-refused",
            Self::EmrNotListed => "emr-not-listed",
            Self::NoPatientSent => "no-patient-sent",
        }
    }

    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    /// What happened, in one sentence.
    #[must_use]
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Self::NotLinked => (
                "You proved who you are, and no account here is tied to this identity.",
                "Vous avez prouvé qui vous êtes, et aucun compte ici n'est lié à cette identité.",
            ),
            Self::IdentityChanged => (
                "Your organisation's sign-in describes you otherwise than when it was tied to your account.",
                "La connexion de votre organisme vous décrit autrement que lorsqu'elle a été liée à votre compte.",
            ),
            Self::BoundToAnother => (
                "This identity is tied to another account already.",
                "Cette identité est déjà liée à un autre compte.",
            ),
            Self::NoSecondFactor => (
                "Your organisation signed you in without a second step, and health records need one.",
                "Votre organisme vous a connecté sans deuxième étape, et les dossiers de santé en exigent une.",
            ),
            Self::TokenUnusable => (
                "What your organisation's sign-in sent back could not be verified.",
                "Ce que la connexion de votre organisme a renvoyé n'a pas pu être vérifié.",
            ),
            Self::CameBackLate => (
                "This way back from the sign-in was used before, is older than ten minutes, or began in another browser.",
                "Ce retour de connexion a déjà servi, date de plus de dix minutes ou a commencé dans un autre navigateur.",
            ),
            Self::StoppedThere => (
                "The sign-in was stopped at your organisation.",
                "La connexion a été interrompue chez votre organisme.",
            ),
            Self::ProviderSilent => (
                "Your organisation's sign-in does not answer.",
                "La connexion de votre organisme ne répond pas.",
            ),
            Self::InvitationOver => (
                "This invitation was used, has been replaced, or is older than 14 days.",
                "Cette invitation a servi, a été remplacée ou date de plus de 14 jours.",
            ),
            Self::Suspended => ("Your account is suspended.", "Votre compte est suspendu."),
            Self::Ended => ("Your account has ended.", "Votre compte a pris fin."),
            Self::NothingGranted => {
                ("No access of yours holds today.", "Aucun de vos accès n'est valable aujourd'hui.")
            }
            Self::TooMany => (
                "There were too many tries from here in the last minutes.",
                "Il y a eu trop d'essais d'ici ces dernières minutes.",
            ),
            Self::PasskeyUnknown => {
                ("This passkey is not known here.", "Cette clé d'accès n'est pas connue ici.")
            }
            Self::PasskeyRefused => (
                "The device did not confirm that it is you, so the passkey was not taken.",
                "L'appareil n'a pas confirmé que c'est bien vous; la clé d'accès n'a pas été acceptée.",
            ),
            Self::EmrNotListed => (
                "This portal was opened by an EMR that is not known here, so nothing was asked of it.",
                "Ce portail a été ouvert par un DME qui n'est pas connu ici; rien ne lui a été demandé.",
            ),
            Self::NoPatientSent => (
                "Your EMR named no patient, or its record of the patient could not be read.",
                "Votre DME n'a nommé aucun patient, ou sa fiche du patient n'a pas pu être lue.",
            ),
        };
        Words::new(en, fr)
    }

    /// What to do next.
    #[must_use]
    pub fn help(self) -> Words {
        let (en, fr) = match self {
            Self::NotLinked => (
                "If you have an invitation, open it: it ties this identity to your account. If you chose another account at your organisation by mistake, sign out there and choose again. A familiar e-mail address is not enough: the identity behind it must be the one you were invited with. If you have no account yet, apply for access.",
                "Si vous avez une invitation, ouvrez-la : elle lie cette identité à votre compte. Si vous avez choisi un autre compte de votre organisme par erreur, déconnectez-vous-en et recommencez. Une adresse connue ne suffit pas : l'identité derrière elle doit être celle de l'invitation. Si vous n'avez pas encore de compte, demandez l'accès.",
            ),
            Self::IdentityChanged => (
                "This happens when a guest account was reset or given to somebody else. Your access waits; call the coordinator, who verifies who you are as the first time and sends a new invitation.",
                "Cela arrive quand un compte invité a été réinitialisé ou remis à quelqu'un d'autre. Votre accès attend; appelez le coordonnateur, qui vérifie votre identité comme la première fois et envoie une nouvelle invitation.",
            ),
            Self::BoundToAnother => (
                "One identity signs in to one account. If you were invited a second time, your new access was added to the account you have: sign in as usual. Otherwise call the coordinator.",
                "Une identité ouvre un seul compte. Si l'on vous a invité une seconde fois, le nouvel accès s'ajoute au compte que vous avez : connectez-vous comme d'habitude. Sinon, appelez le coordonnateur.",
            ),
            Self::NoSecondFactor => (
                "Turn on two-step sign-in at your organisation (an app, a key or a passkey), sign out there, and come back. Or use a passkey here if you have set one up.",
                "Activez la connexion en deux étapes chez votre organisme (application, clé ou clé d'accès), déconnectez-vous-en, puis revenez. Ou utilisez ici une clé d'accès si vous en avez une.",
            ),
            Self::TokenUnusable => (
                "Start again from the sign-in page and not from a saved link. If it stays so, tell the help desk the time and this code: it is for them to settle with your organisation.",
                "Recommencez depuis la page de connexion et non depuis un lien enregistré. Si cela persiste, donnez l'heure et ce code au soutien : c'est à eux de le régler avec votre organisme.",
            ),
            Self::CameBackLate => (
                "Start again from the sign-in page, and finish within ten minutes in the same browser window. Cookies of this site must be allowed.",
                "Recommencez depuis la page de connexion et terminez en moins de dix minutes dans la même fenêtre. Les témoins de ce site doivent être permis.",
            ),
            Self::StoppedThere => (
                "If you pressed cancel, start again. If your organisation refused you, ask its help desk: it may have to allow this portal for you.",
                "Si vous avez annulé, recommencez. Si votre organisme vous a refusé, demandez à son soutien : il doit peut-être permettre ce portail pour vous.",
            ),
            Self::ProviderSilent => (
                "Try again in a few minutes, or use a passkey if you have set one up. The duty desk has been told.",
                "Réessayez dans quelques minutes, ou utilisez une clé d'accès si vous en avez une. La garde en est avertie.",
            ),
            Self::InvitationOver => (
                "If you have set up your sign-in with it, sign in as usual. Otherwise ask the coordinator for a new invitation.",
                "Si vous avez déjà préparé votre connexion avec elle, connectez-vous comme d'habitude. Sinon, demandez une nouvelle invitation au coordonnateur.",
            ),
            Self::Suspended => (
                "Accounts are suspended when a licence, an employment or the yearly module lapses, or after 90 days without use. Call the coordinator; your account and its history stay.",
                "Un compte est suspendu quand un permis, un emploi ou le module annuel expire, ou après 90 jours sans usage. Appelez le coordonnateur; votre compte et son historique restent.",
            ),
            Self::Ended => (
                "Apply for access again if your work needs it.",
                "Demandez de nouveau l'accès si votre travail l'exige.",
            ),
            Self::NothingGranted => (
                "Your access at each place has ended or has not begun. Speak with your manager or the coordinator.",
                "Votre accès à chaque lieu a pris fin ou n'a pas commencé. Parlez à votre gestionnaire ou au coordonnateur.",
            ),
            Self::TooMany => (
                "Wait 15 minutes and try again. In an emergency call the help desk.",
                "Attendez 15 minutes et réessayez. En cas d'urgence, appelez le soutien.",
            ),
            Self::PasskeyUnknown => (
                "Choose another passkey, or sign in with your organisation. A passkey is removed when an account ends or its holder removes it.",
                "Choisissez une autre clé d'accès, ou connectez-vous par votre organisme. Une clé est retirée à la fin d'un compte ou par son titulaire.",
            ),
            Self::PasskeyRefused => (
                "Try again and confirm with your fingerprint, face or the device's own code. If it stays so, sign in with your organisation and set up a new passkey.",
                "Réessayez et confirmez par empreinte, visage ou code de l'appareil. Si cela persiste, connectez-vous par votre organisme et créez une nouvelle clé.",
            ),
            Self::EmrNotListed => (
                "Sign in here as usual and search for the patient. To open the portal from your EMR, ask its maker to register this portal, and give the help desk the name of your EMR and this code: they list its address here.",
                "Connectez-vous ici comme d'habitude et cherchez le patient. Pour ouvrir le portail depuis votre DME, demandez à son fabricant d'y inscrire ce portail, et donnez le nom du DME et ce code au soutien : c'est lui qui inscrit son adresse ici.",
            ),
            Self::NoPatientSent => (
                "Open a patient in your EMR and open the portal from there again. If it stays so, sign in here and search for the patient, and tell the help desk the time and this code.",
                "Ouvrez un patient dans votre DME, puis ouvrez de nouveau le portail de là. Si cela persiste, connectez-vous ici et cherchez le patient, et donnez l'heure et ce code au soutien.",
            ),
        };
        Words::new(en, fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s047_each_refusal_code_has_a_help_entry_of_its_own_in_both_languages() {
        let mut seen = std::collections::BTreeSet::new();
        for refusal in DoorRefusal::ALL {
            assert_eq!(DoorRefusal::from_code(refusal.code()), Some(refusal));
            for words in [refusal.words(), refusal.help()] {
                assert!(words.en.ends_with('.') && words.fr.ends_with('.'), "{refusal}");
                assert!(seen.insert(words.en) && seen.insert(words.fr), "{refusal}");
            }
        }
    }
}
