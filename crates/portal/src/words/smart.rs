//! Words of apps of other makers.

use super::catalogue;

catalogue! {
    AUTHORIZE: "Let an app in?", "Laisser entrer une application\u{a0}?";
    ASKS: "{} asks to work with this record on your behalf.", "{} demande à travailler avec ce dossier en votre nom.";
    ASKS_WHERE: "It comes back to {}. Whoever made it answers for what it does; what it looks at stands in the activity log under your name.", "Elle revient à {}. Son fournisseur répond de ce qu’elle fait\u{a0}; ce qu’elle consulte figure au journal d’activité sous votre nom.";
    ABOUT: "About this person", "Au sujet de cette personne";
    MAY: "It may", "Elle pourra";
    UNTIL: "It sees no more than you see. It ends when you sign out, unless it says otherwise above; you end it at any time under Apps.", "Elle ne voit rien de plus que vous. Cela prend fin à votre déconnexion, sauf indication contraire ci-dessus\u{a0}; vous y mettez fin en tout temps sous Applications.";
    YES: "Let it in", "La laisser entrer";
    NO: "Do not let it in", "Ne pas la laisser entrer";
    CHOOSE: "Which person is it about?", "De quelle personne s’agit-il\u{a0}?";
    CHOOSE_LEAD: "{} works with one person’s record at a time.", "{} travaille avec le dossier d’une personne à la fois.";
    CHOOSE_DO: "Choose {}", "Choisir {}";
    CHOOSE_NOBODY: "Nobody was found. Write a health card number, or a name with a birth date.", "Personne n’a été trouvé. Écrivez un numéro de carte santé, ou un nom avec une date de naissance.";
    GOING: "Back to the app", "Retour à l’application";
    GOING_LEAD: "You go on by yourself. If nothing happens, press the button.", "Vous passez d’office. Si rien ne se passe, appuyez sur le bouton.";
    GOING_DO: "Go on to {}", "Continuer vers {}";
    APPS: "Apps", "Applications";
    OPEN_LEAD: "Apps of other makers that open at this person. They show whom they are about themselves.", "Applications d’autres fournisseurs qui s’ouvrent pour cette personne. Elles montrent elles-mêmes de qui il s’agit.";
    OPEN_NONE: "No app is set up to open from here", "Aucune application ne s’ouvre d’ici";
    OPEN_NONE_TEXT: "Ask your coordinator which apps could be.", "Demandez à votre coordonnateur lesquelles pourraient l’être.";
    OPEN_DO: "Open {}", "Ouvrir {}";
    OWN: "Apps that you let in", "Applications que vous avez laissées entrer";
    OWN_LEAD: "What each may do on your behalf, and until when.", "Ce que chacune peut faire en votre nom, et jusqu’à quand.";
    OWN_NONE: "You have let no app in", "Vous n’avez laissé entrer aucune application";
    OWN_NONE_TEXT: "An app that you open asks you first.", "Une application que vous ouvrez vous le demande d’abord.";
    SINCE: "Since {}, until {} at the latest.", "Depuis le {}, jusqu’au {} au plus tard.";
    OFFLINE: "Goes on after you sign out.", "Continue après votre déconnexion.";
    TAKE_BACK: "Take it back", "Le retirer";
    REGISTERED: "Apps of other makers", "Applications d’autres fournisseurs";
    REGISTERED_LEAD: "Registered from the machine of this record (opor application). Where the settings let apps ask for it themselves, each waits here for you.", "Inscrites depuis la machine de ce dossier (opor application). Là où les réglages permettent aux applications de le demander, chacune attend ici votre décision.";
    WAITS: "It asked to be registered itself, and is let in by nobody until you approve it. Do so only when you know who makes it and expect it: its name is its own word.", "Elle a demandé elle-même son inscription et n’entre pas avant votre accord. Ne l’accordez que si vous savez qui la fait et l’attendez\u{a0}: son nom n’est que sa parole.";
    APPROVE: "Approve it", "L’accepter";
    REFUSE_APP: "Refuse it", "La refuser";
    END_APP: "Let it in no more", "Ne plus la laisser entrer";
    COL_BACK: "Comes back to", "Revient à";
    REGISTERED_NONE: "No app is registered", "Aucune application n’est inscrite";
    COL_PROOF: "Proves itself by", "Se prouve par";
    COL_MOST: "At most", "Au plus";
    COL_SINCE: "Since", "Depuis";
    BY_NOTHING: "nothing: it runs in a browser", "rien\u{a0}: elle tourne dans un navigateur";
    BY_SECRET: "a secret", "un secret";
    BY_KEY: "its own key", "sa propre clé";
    ENDED: "Let in no more since {}", "N’entre plus depuis le {}";
}
