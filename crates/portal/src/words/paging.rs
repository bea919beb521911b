//! Words of calls about what is critical.

super::catalogue! {
    NAME: "You were called", "Vous avez été appelé";
    LEAD: "{}: {} (number {}) has been open since {}. It belongs to the {} now.", "{}\u{a0}: {} (numéro {}) est ouvert depuis le {}. Revient maintenant au {}.";
    WAITS: "Say that you have it, then sign in and open it, or telephone whoever is responsible.", "Dites que vous l’avez, puis connectez-vous et ouvrez-le, ou téléphonez à la personne responsable.";
    ANSWER: "I have it", "Je l’ai";
    TAKEN: "{} has it until {}. What is still open then goes to the next.", "{} l’a jusqu’au {}. Ce qui est encore ouvert alors passe au suivant.";
    ENDED: "It has ended: {}.", "C’est terminé\u{a0}: {}.";
    MORE_OPEN: "Something about it is still open: sign in to see who has it.", "Quelque chose à ce sujet est encore ouvert\u{a0}: connectez-vous pour voir qui en répond.";
    PASSED: "Since this call it has been passed on or called about again. Use the link of the latest call, or sign in to see who has it.", "Depuis cet appel, cela a été transmis ou rappelé. Utilisez le lien du dernier appel, ou connectez-vous pour voir qui en répond.";
    NOT_HERE: "This page shows nothing about a patient. What it is about opens after signing in.", "Cette page ne montre rien d’un patient. Ce dont il s’agit s’ouvre après connexion.";
    SIGN_IN: "Sign in", "Se connecter";
    DESK: "Somebody was called about this and has not answered.", "Quelqu’un a été appelé à ce sujet et n’a pas répondu.";
    DESK_ANSWER: "I have it: stop calling", "Je l’ai\u{a0}: cesser d’appeler";
    DESK_HINT: "You have at least half an hour; what is still open then goes to the next.", "Vous avez au moins une demi-heure; ce qui est encore ouvert alors passe au suivant.";
    DESK_DONE: "You have it now. What is still open when your time is over goes to the next.", "Vous l’avez maintenant. Ce qui est encore ouvert à la fin de votre délai passe au suivant.";
    OWED_TO: "{} has not opened this critical result.", "{} n’a pas ouvert ce résultat critique.";
}
