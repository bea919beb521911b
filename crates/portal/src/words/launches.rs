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
    UNSURE_ASK: "Ask the identity desk", "Demander au bureau d’identité";
    NUMBER: "Number", "Numéro";
}
