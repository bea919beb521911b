//! Words of the practice copy.

super::catalogue! {
    TITLE: "Practice copy", "Copie d’exercice";
    MARK: "Practice, nobody here is real", "Exercice, aucune personne réelle ici";
    ALIKE: "Same configuration and version as live, compared {}", "Même configuration et même version que le réel, comparées le {}";
    UNLIKE: "Unlike live since {}", "Différent du réel depuis le {}";
    UNREAD: "Live could not be compared", "Le réel n’a pas pu être comparé";
    NOT_YET: "Not compared with live yet", "Pas encore comparé au réel";
    LEAD: "The program of live with its configuration and invented people. What you do here changes nothing in live, and nothing leaves it.", "Le programme réel avec sa configuration et des personnes inventées. Ce que vous faites ici ne change rien au réel, et rien n’en sort.";
    COMPARED: "Compared with live", "Comparée au réel";
    VERSION: "Version of this program", "Version de ce programme";
    FINGERPRINT: "Fingerprint of the configuration that both share", "Empreinte de la configuration commune";
    PART: "Part", "Partie";
    WHAT: "What differs", "Ce qui diffère";
    SINCE: "Seen since", "Vu depuis";
    MORE: "and {} more", "et {} de plus";
    NOTHING: "Nothing that should be alike differs.", "Rien de ce qui devrait être identique ne diffère.";
    DO: "Ask whoever runs this copy to begin it anew: opor practice --fresh. What was practised goes with it.", "Demandez à la personne qui tient cette copie de la recommencer\u{a0}: opor practice --fresh. Ce qui a été exercé disparaît.";
    WHY_UNREAD: "Why: {}. What stands here is as it was seen last.", "Pourquoi\u{a0}: {}. Ce qui figure ici est tel que vu la dernière fois.";
    ALWAYS: "What always differs", "Ce qui diffère toujours";
    NONE: "No practice copy is set up for this record", "Aucune copie d’exercice n’est prévue pour ce dossier";
    NONE_TEXT: "This is no practice copy. Whoever runs this record can set one up: opor practice --like DIR --data DIR, and practice_at in its settings.", "Ceci n’est pas une copie d’exercice. La personne qui tient ce dossier peut en prévoir une\u{a0}: opor practice --like DIR --data DIR, et practice_at dans ses réglages.";
    SEATS_LEAD: "This is the practice copy: the same program and configuration as live, with invented people. Take a seat and try whatever you will do in live.", "Voici la copie d’exercice\u{a0}: le même programme et la même configuration que le réel, avec des personnes inventées. Prenez une place et essayez tout ce que vous ferez dans le réel.";
}
