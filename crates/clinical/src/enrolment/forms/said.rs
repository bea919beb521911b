//! What is said of each defect and doubt: the reason, and what to do next.

use super::{Active, Defect, Doubt, Item};
use crate::words::Words;

fn listed(words: impl Iterator<Item = Words>) -> Words {
    let (en, fr): (Vec<String>, Vec<String>) = words.map(|one| (one.en, one.fr)).unzip();
    Words::new(en.join(", "), fr.join(", "))
}

fn active(sort: Active) -> Words {
    let (en, fr) = match sort {
        Active::Script => ("a script", "un script"),
        Active::Launch => {
            ("a link or command that opens something else", "un lien ou une commande qui ouvre autre chose")
        }
        Active::OnOpen => ("an action that starts by itself", "une action qui démarre d'elle-même"),
        Active::EmbeddedFile => ("another file inside it", "un autre fichier à l'intérieur"),
        Active::Xfa => ("an XML form", "un formulaire XML"),
        Active::RichMedia => ("film, sound or models", "du film, du son ou des modèles"),
    };
    Words::new(en, fr)
}

impl Defect {
    /// Stable code, for counts and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Document => "document",
            Self::Picture => "picture",
            Self::NotPdf => "not-pdf",
            Self::TooMuch => "too-much",
            Self::Damaged => "damaged",
            Self::Encrypted => "encrypted",
            Self::Active(_) => "active",
            Self::NotOurs => "not-ours",
            Self::Version(_) => "version",
            Self::OtherRequest => "other-request",
            Self::Differs(_) => "differs",
            Self::Unsigned => "unsigned",
            Self::Broken => "broken",
            Self::ChangedAfter => "changed-after",
            Self::Revoked => "revoked",
        }
    }

    /// What the applicant is told.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Empty => Words::new(
                "The attached file is empty. Attach the signed PDF again.",
                "Le fichier joint est vide. Joignez de nouveau le PDF signé.",
            ),
            Self::Document => Words::new(
                "The file is a word processor's document, not a PDF, whatever its name ends with. Sign the PDF that you \
                 downloaded, or export the document as PDF.",
                "Le fichier est un document de traitement de texte et non un PDF, quelle que soit la fin de son nom. Signez le \
                 PDF que vous avez téléchargé, ou exportez le document en PDF.",
            ),
            Self::Picture => Words::new(
                "The file is a picture, not a PDF. Scan or save it as PDF.",
                "Le fichier est une image et non un PDF. Numérisez-le ou enregistrez-le en PDF.",
            ),
            Self::NotPdf => Words::new(
                "The file is not a PDF. Send the PDF that you downloaded, signed.",
                "Le fichier n'est pas un PDF. Envoyez le PDF que vous avez téléchargé, signé.",
            ),
            Self::TooMuch => Words::new(
                "The file is larger than 10 MB or has more in it than a form can have. Download the form again and sign that one.",
                "Le fichier dépasse 10 Mo ou contient plus que ce qu'un formulaire peut contenir. Téléchargez de nouveau le \
                 formulaire et signez celui-là.",
            ),
            Self::Damaged => Words::new(
                "The PDF is damaged or was cut short, so nothing in it can be relied on. Save it again and send it once more.",
                "Le PDF est endommagé ou tronqué : on ne peut se fier à rien de ce qu'il contient. Enregistrez-le de nouveau et \
                 renvoyez-le.",
            ),
            Self::Encrypted => Words::new(
                "The PDF is locked with a password or encryption and cannot be opened. Save it without and send it again.",
                "Le PDF est verrouillé par un mot de passe ou un chiffrement et ne peut être ouvert. Enregistrez-le sans \
                 verrouillage et renvoyez-le.",
            ),
            Self::Active(found) => {
                let found = listed(found.iter().map(|sort| active(*sort)));
                Words::new(
                    format!(
                        "The PDF has something in it that our form does not have: {}. Download the form again and sign that one.",
                        found.en
                    ),
                    format!(
                        "Le PDF contient quelque chose que notre formulaire n'a pas : {}. Téléchargez de nouveau le formulaire \
                         et signez celui-là.",
                        found.fr
                    ),
                )
            }
            Self::NotOurs => Words::new(
                "The PDF is not one of the two forms, or its fields were lost when it was printed to a new PDF. Download the \
                 forms on the page of your request, sign in the file itself and send that.",
                "Le PDF n'est pas l'un des deux formulaires, ou ses champs ont été perdus à l'impression vers un nouveau PDF. \
                 Téléchargez les formulaires sur la page de votre demande, signez dans le fichier même et envoyez celui-ci.",
            ),
            Self::Version(found) => Words::new(
                format!(
                    "The form is of version {found}, which is not in force any more. Download it again and sign that one."
                ),
                format!(
                    "Le formulaire est de la version {found}, qui n'est plus en vigueur. Téléchargez-le de nouveau et signez \
                     celui-là."
                ),
            ),
            Self::OtherRequest => Words::new(
                "The form was printed for another request or another person. Download the forms on the page of your own request.",
                "Le formulaire a été imprimé pour une autre demande ou une autre personne. Téléchargez les formulaires sur la page \
                 de votre propre demande.",
            ),
            Self::Differs(items) => {
                let items = listed(items.iter().map(|item: &Item| item.words()));
                Words::new(
                    format!(
                        "The form says something else than your request: {}. Correct your request on its page if that is wrong, \
                         then download the form again and sign it.",
                        items.en
                    ),
                    format!(
                        "Le formulaire dit autre chose que votre demande : {}. Corrigez votre demande sur sa page si elle est \
                         inexacte, puis téléchargez de nouveau le formulaire et signez-le.",
                        items.fr
                    ),
                )
            }
            Self::Unsigned => Words::new(
                "The form is not signed: the box for the signature is empty. Sign in the box and send it again.",
                "Le formulaire n'est pas signé : le cadre de signature est vide. Signez dans le cadre et renvoyez-le.",
            ),
            Self::Broken => Words::new(
                "The digital signature does not fit the file: it was changed after it was signed. Download the form again and \
                 sign that one, as the last thing you do with it.",
                "La signature numérique ne correspond pas au fichier : il a été modifié après la signature. Téléchargez de nouveau \
                 le formulaire et signez celui-là, en dernier lieu.",
            ),
            Self::ChangedAfter => Words::new(
                "Something was added to the file after it was signed. Download the form again and sign that one, as the last \
                 thing you do with it.",
                "Quelque chose a été ajouté au fichier après la signature. Téléchargez de nouveau le formulaire et signez \
                 celui-là, en dernier lieu.",
            ),
            Self::Revoked => Words::new(
                "The certificate of the digital signature was taken back by who issued it. Sign with another one, or draw your \
                 signature in the box.",
                "Le certificat de la signature numérique a été révoqué par son émetteur. Signez avec un autre, ou dessinez votre \
                 signature dans le cadre.",
            ),
        }
    }
}

impl Doubt {
    /// Stable code, for counts and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Drawn => "drawn",
            Self::UnknownSigner { .. } => "unknown-signer",
            Self::Unlisted { .. } => "unlisted",
            Self::OtherName(_) => "other-name",
            Self::UnreadSignature => "unread-signature",
            Self::Scan => "scan",
            Self::Redrawn => "redrawn",
        }
    }

    /// What the enrolment desk is told.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Drawn => Words::new(
                "The signature is drawn or a picture. Compare it with the licence or another document.",
                "La signature est dessinée ou une image. Comparez-la avec le permis ou un autre document.",
            ),
            Self::UnknownSigner { name, issuer } => Words::new(
                format!(
                    "The digital signature fits the file. Its certificate, \"{name}\" by \"{issuer}\", comes from nobody \
                     known here or does not hold today. Say whether it is believed."
                ),
                format!(
                    "La signature numérique correspond au fichier. Son certificat, « {name} » de « {issuer} », ne vient de \
                     personne de connu ici ou n'est pas valable aujourd'hui. Dites s'il est accepté."
                ),
            ),
            Self::Unlisted { issuer, of } if of.is_empty() => Words::new(
                format!(
                    "The digital signature is good. Whether its certificate was taken back since cannot be told: there is no \
                     list of revoked certificates of \"{issuer}\" here. Say whether it is believed."
                ),
                format!(
                    "La signature numérique est bonne. On ne peut dire si son certificat a été révoqué depuis : il n'y a ici \
                     aucune liste de révocation de « {issuer} ». Dites s'il est accepté."
                ),
            ),
            Self::Unlisted { issuer, of } => Words::new(
                format!(
                    "The digital signature is good. Whether its certificate was taken back since cannot be told: the list of \
                     revoked certificates of \"{issuer}\" here is of {of} UTC and over. Say whether it is believed."
                ),
                format!(
                    "La signature numérique est bonne. On ne peut dire si son certificat a été révoqué depuis : la liste de \
                     révocation de « {issuer} » présente ici est du {of} UTC et périmée. Dites s'il est accepté."
                ),
            ),
            Self::OtherName(name) => Words::new(
                format!(
                    "The digital signature is good and bears another name: \"{name}\". Say whether it is the same person."
                ),
                format!(
                    "La signature numérique est bonne et porte un autre nom : « {name} ». Dites s'il s'agit de la même personne."
                ),
            ),
            Self::UnreadSignature => Words::new(
                "There is a digital signature of a kind that is not checked here. Check it with another program, or ask for \
                 another signature.",
                "Il y a une signature numérique d'un genre qui n'est pas vérifié ici. Vérifiez-la avec un autre programme, ou \
                 demandez une autre signature.",
            ),
            Self::Scan => Words::new(
                "The file is a scan. Say which form it is, and compare every line and the signature with the request.",
                "Le fichier est une numérisation. Dites de quel formulaire il s'agit, et comparez chaque ligne et la signature \
                 avec la demande.",
            ),
            Self::Redrawn => Words::new(
                "The pages do not look as they were printed. Compare the words with the form in force.",
                "Les pages ne sont pas telles qu'elles ont été imprimées. Comparez les mots avec le formulaire en vigueur.",
            ),
        }
    }
}
