//! Words of the way in from an EMR.

use super::catalogue;

catalogue! {
    LAUNCH: "Open a patient from your EMR", "Ouvrir un patient depuis votre DME";
    LAUNCH_LEAD: "Your EMR sends a ticket that names the patient. It holds once, for five minutes.", "Votre DME envoie un billet qui nomme le patient. Il vaut une fois, pendant cinq minutes.";
    TICKET: "Ticket", "Billet";
    TICKET_HINT: "Your EMR fills this in. Where it cannot, copy what it shows.", "Votre DME le remplit. Sinon, copiez ce qu’il affiche.";
    LAUNCH_DO: "Open", "Ouvrir";
    UNSURE: "The patient of your EMR is not found for sure", "Le patient de votre DME n’est pas trouvé avec certitude";
    UNSURE_SENT: "{} sent", "{} a envoyé";
    UNSURE_NONE: "Nobody here bears this number.", "Personne ici ne porte ce numéro.";
    UNSURE_OTHER: "Whoever bears this number here has another birth date. Open one only when you are sure.", "Qui porte ce numéro ici a une autre date de naissance. N’ouvrez qu’en étant sûr.";
    UNSURE_NO_NUMBER: "Your EMR sent no health card number, so nobody was looked for. Search for the patient yourself.", "Votre DME n’a envoyé aucun numéro de carte santé\u{a0}: personne n’a été cherché. Cherchez vous-même le patient.";
    UNSURE_SEVERAL: "What was sent fits several people or contradicts itself. Open one only when you are sure.", "Ce qui a été envoyé convient à plusieurs personnes ou se contredit. N’ouvrez qu’en étant sûr.";
    UNLINKED: "You are not signed in by your EMR", "Votre DME ne vous a pas connecté";
    UNLINKED_PERSON: "{} says who you are there, and no account here is tied to it.", "{} dit qui vous êtes chez lui, et aucun compte ici n’y est lié.";
    UNLINKED_FACTOR: "{} does not say that you signed in there by two steps, and health records need two.", "{} ne dit pas que vous vous y êtes connecté en deux étapes, et les dossiers de santé en exigent deux.";
    PATIENT_WAITS: "The patient of your EMR waits here for five minutes. The chart opens for whoever is signed in here.", "Le patient de votre DME attend ici cinq minutes. Le dossier s’ouvre pour qui est connecté ici.";
    SIGN_IN_FOR: "The patient of your EMR waits here for five minutes. Sign in as usual, and the chart opens.", "Le patient de votre DME attend ici cinq minutes. Connectez-vous comme d’habitude, et le dossier s’ouvre.";
    SIGN_IN_AND_GO: "Sign in and open the patient", "Se connecter et ouvrir le patient";
    GO_ON_AS: "Go on as {}", "Continuer comme {}";
    TIE_OFFER: "So that {} signs you in from now on, tie it to your account once.", "Pour que {} vous connecte désormais, liez-le une fois à votre compte.";
    TIE_LATER: "So that {} signs you in from now on, tie it to your account once: sign in here first.", "Pour que {} vous connecte désormais, liez-le une fois à votre compte\u{a0}: connectez-vous d’abord ici.";
    TIE_FIRST: "Tie {}", "Lier {}";
    SIGN_IN_AND_TIE: "Sign in and tie {}", "Se connecter et lier {}";
    NO_ACCOUNT: "You have no account here yet: apply for access", "Vous n’avez pas encore de compte ici\u{a0}: demandez l’accès";
    TIE: "Tie {} to your account", "Lier {} à votre compte";
    TIE_LEAD: "Whoever signs in at {} as the person below opens this portal with your account from then on.", "Qui se connecte chez {} comme la personne ci-dessous ouvrira désormais ce portail avec votre compte.";
    TIE_THERE: "At {} you are", "Chez {}, vous êtes";
    TIE_HERE: "Here you are", "Ici, vous êtes";
    TIE_CHECK: "Tie it only when both are you. You are told by mail.", "Ne liez que si les deux sont vous. Un courriel vous le confirme.";
    TIE_DO: "Tie it and open the patient", "Lier et ouvrir le patient";
    TIE_NOT: "Open the patient without tying", "Ouvrir le patient sans lier";
    UNSURE_ASK: "Ask the identity desk", "Demander au bureau d’identité";
    NUMBER: "Number", "Numéro";
}
