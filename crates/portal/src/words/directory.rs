//! Words of the provider directory: places, people, what is doubted, and what is proposed.

super::catalogue! {
    MENU: "Directory", "Répertoire";
    LEAD: "Where results go: who practises where, by which way they are reached, and who is away.", "Où vont les résultats\u{a0}: qui exerce où, par quelle voie, et qui est absent.";
    PROPOSED: "Proposed changes", "Changements proposés";
    PROPOSED_NONE: "Nothing is proposed.", "Rien n’est proposé.";
    FROM: "{}, from {}, {}", "{}, source\u{a0}: {}, {}";
    COL_FACT: "What", "Quoi";
    COL_IS: "As it is", "Tel quel";
    COL_WOULD: "As it would be", "Tel que proposé";
    NOT_THERE: "not there", "absent";
    REASON: "How you know", "Comment vous le savez";
    REASON_HINT: "These words stay with the change under your name.", "Ces mots restent avec le changement, à votre nom.";
    APPLY: "Apply", "Appliquer";
    DISMISS: "Do not apply", "Ne pas appliquer";
    DECIDED: "It is decided.", "C’est décidé.";
    SENT: "It is proposed; the directory desk decides.", "C’est proposé; le bureau du répertoire décide.";
    PROPOSE: "Propose a change", "Proposer un changement";
    PROPOSE_TEXT: "Write the facts as they should be, in the form of the directory file.", "Écrivez les faits tels qu’ils devraient être, dans la forme du fichier du répertoire.";
    FACTS: "Facts", "Faits";
    WHY: "Why", "Pourquoi";
    WHY_HINT: "Who said so, and when it holds from", "Qui l’a dit, et à partir de quand";
    SEND: "Propose", "Proposer";
    DOUBTED: "Doubted or overdue", "En doute ou à confirmer";
    DOUBTED_NONE: "Every contact was confirmed in time.", "Chaque coordonnée a été confirmée à temps.";
    OVERDUE: "to be confirmed since {}", "à confirmer depuis le {}";
    IN_DOUBT: "doubted: {}", "en doute\u{a0}: {}";
    PLACES: "Places and ways", "Lieux et voies";
    COL_PLACE: "Place", "Lieu";
    COL_WAYS: "Ways", "Voies";
    NOT_IN_USE: "not in use", "pas en service";
    PEOPLE: "People", "Personnes";
    COL_NAME: "Name", "Nom";
    COL_CLASS: "Class", "Classe";
    COL_WHERE: "Works at", "Travaille à";
    COL_AWAY: "Away", "Absence";
    FACILITY: "facility", "établissement";
    COMMUNITY: "community", "communauté";
    BOTH: "both", "les deux";
    NOWHERE: "nowhere today", "nulle part aujourd’hui";
    CHANGES: "Latest changes", "Derniers changements";
}
