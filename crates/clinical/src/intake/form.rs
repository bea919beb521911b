//! Oddities of form that the reader of HL7 v2 tolerated, in both languages.

use crate::words::Words;
use hl7v2::{Problem, ProblemKind};

/// The oddity in words; English is the reader's own sentence.
pub(crate) fn words(problem: &Problem) -> Words {
    let place = if problem.field > 0 {
        format!("segment {}, champ {}", problem.segment + 1, problem.field)
    } else {
        format!("segment {}", problem.segment + 1)
    };
    let said = match &problem.kind {
        ProblemKind::LeadingBytes(n) => format!("{n} octets avant MSH ont été sautés"),
        ProblemKind::ExtraEncodingCharacters(n) => {
            format!("{n} caractères de MSH-2 après le cinquième n'ont pas de sens")
        }
        ProblemKind::DoubledEscapeCharacter => {
            "MSH-2 porte deux fois le caractère d'échappement ; lu comme une fois".to_owned()
        }
        ProblemKind::UndeclaredNotUtf8 => {
            "MSH-18 ne nomme aucun jeu de caractères et ce n'est pas de l'UTF-8 ; lu en windows-1252"
                .to_owned()
        }
        ProblemKind::CharsetMismatch { declared, read_as } => {
            format!("MSH-18 dit « {declared} » mais les octets ne le sont pas ; lus en {read_as}")
        }
        ProblemKind::AlternateCharsets => {
            "MSH-18 nomme plusieurs jeux de caractères ; le premier vaut pour tout le message".to_owned()
        }
        ProblemKind::UndecodableBytes => {
            "des octets ne sont pas des caractères du jeu de MSH-18 ; ils sont conservés".to_owned()
        }
        ProblemKind::LooksLikeUtf8 => {
            "les octets ressemblent à de l'UTF-8, MSH-18 dit autre chose ; lus comme le dit MSH-18".to_owned()
        }
        ProblemKind::ContinuationLine => {
            "un saut de ligne dans le champ a été conservé comme texte ; envoyez \\.br\\".to_owned()
        }
        ProblemKind::SecondHeader => "un deuxième MSH ; envoyez un seul message par trame".to_owned(),
        ProblemKind::BatchSegment => "un segment de lot à l'intérieur du message".to_owned(),
        ProblemKind::LowercaseName => "un nom de segment en minuscules".to_owned(),
        _ => "une anomalie de forme a été tolérée".to_owned(),
    };
    Words::new(problem.to_string(), format!("{place} : {said}"))
}
