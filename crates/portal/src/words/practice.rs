//! Words of a practice's own status page.

super::catalogue! {
    TITLE: "Status of {}", "État de {}";
    NAME: "Practice status", "État du cabinet";
    LEAD: "What was sent to this practice in the last seven days, as of {}. Nothing here is about a patient.", "Ce qui a été envoyé à ce cabinet depuis sept jours, au {}. Rien ici ne concerne un patient.";
    WAITING: "The oldest report that has not been taken was made {}. It is offered again all the time.", "Le plus ancien rapport qui n’a pas été pris date du {}. Il est offert sans cesse.";
    ALL_TAKEN: "Nothing waits: everything sent so far was taken, or a person has it.", "Rien n’attend\u{a0}: tout ce qui a été envoyé a été pris, ou une personne s’en occupe.";
    SENT: "Sent in the last seven days", "Envoyé depuis sept jours";
    SENT_NONE: "Nothing was addressed to this practice in the last seven days.", "Rien n’a été adressé à ce cabinet depuis sept jours.";
    COL_TYPE: "Type", "Type";
    COL_SENT: "Sent", "Envoyés";
    COL_ACCEPTED: "Acknowledged", "Confirmés";
    COL_WAITING: "Not acknowledged", "Non confirmés";
    COL_OLDEST: "Oldest of these", "Le plus ancien";
    TEST: "Last test result", "Dernier résultat d’essai";
    COL_LINE: "Line", "Ligne";
    COL_WHEN: "Sent at", "Envoyé le";
    COL_STATE: "How it stands", "État";
    FACTS: "Facts in use", "Faits en usage";
    FACTS_TEXT: "Results go by these. If one is wrong, call the directory desk.", "Les résultats suivent ces faits. Si l’un est faux, appelez le bureau du répertoire.";
    COL_WAY: "Way", "Voie";
    COL_ADDRESS: "Address", "Adresse";
    COL_EMR: "EMR profile", "Profil du DME";
    IN_USE: "in use", "en service";
    NOT_IN_USE: "not in use", "pas en service";
    IN_DOUBT: "doubted: {}", "en doute\u{a0}: {}";
    CONTACT: "to be confirmed by {}", "à confirmer avant le {}";
    CONTACT_DOUBTED: "in doubt: another way is used", "en doute\u{a0}: une autre voie est utilisée";
    PEOPLE: "Who works here", "Qui exerce ici";
    HERE: "receives", "reçoit";
    INCIDENTS: "What is not as it should be", "Ce qui n’est pas comme il se doit";
    INCIDENTS_NONE: "Nothing, and nothing in the last seven days.", "Rien, et rien depuis sept jours.";
    INCIDENT: "incident {}, since {}", "incident {}, depuis {}";
    ENDED: "incident {}, from {} to {}", "incident {}, de {} à {}";
}
