//! Words of calls about critical results.

super::catalogue! {
    NAME: "You were called", "Vous avez été appelé";
    LEAD: "{}: a critical result (number {}) has been open since {}. It belongs to the {} now.", "{}\u{a0}: un résultat critique (numéro {}) est ouvert depuis le {}. Il revient maintenant au {}.";
    WAITS: "Say that you have it, then sign in and open the result or telephone whoever is responsible.", "Dites que vous l’avez, puis connectez-vous et ouvrez le résultat, ou téléphonez à la personne responsable.";
    ANSWER: "I have it", "Je l’ai";
    TAKEN: "{} has it until {}. If it is not opened or read back by then, the next is called.", "{} l’a jusqu’au {}. S’il n’est ni ouvert ni relu d’ici là, on appelle le suivant.";
    ENDED: "It has ended: the result was opened or read back. Nothing more is needed.", "C’est terminé\u{a0}: le résultat a été ouvert ou relu. Rien d’autre n’est requis.";
    NOT_HERE: "This page shows nothing about a patient. The result itself opens after signing in.", "Cette page ne montre rien d’un patient. Le résultat s’ouvre après connexion.";
    SIGN_IN: "Sign in", "Se connecter";
    DESK: "Somebody was called about this and has not answered.", "Quelqu’un a été appelé à ce sujet et n’a pas répondu.";
    DESK_ANSWER: "I have it: stop calling", "Je l’ai\u{a0}: cesser d’appeler";
    DESK_HINT: "You have half an hour; then the next is called.", "Vous avez une demi-heure; ensuite on appelle le suivant.";
    DESK_DONE: "You have it now. In half an hour the next is called.", "Vous l’avez maintenant. Dans une demi-heure, on appelle le suivant.";
    OWED_TO: "{} has not opened this critical result.", "{} n’a pas ouvert ce résultat critique.";
}
