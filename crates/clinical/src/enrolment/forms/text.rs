//! The words of the forms beside those that are signed, in both languages.

use crate::words::Words;

pub(super) fn who() -> Words {
    Words::new("Who signs", "Qui signe")
}

pub(super) fn signature() -> Words {
    Words::new("Signature", "Signature")
}

pub(super) fn how_to_sign() -> Words {
    Words::new(
        "Sign in the box: with a digital signature, or draw it in your PDF program. Send this PDF from the address above, or \
         upload it on the page of your request. What is wrong above is changed on that page; print the form again then.",
        "Signez dans le cadre : par une signature numérique, ou en la dessinant dans votre logiciel PDF. Envoyez ce PDF depuis \
         l'adresse ci-dessus, ou téléversez-le sur la page de votre demande. Ce qui est inexact ci-dessus se corrige sur cette \
         page; imprimez alors le formulaire de nouveau.",
    )
}
