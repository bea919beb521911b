//! Words of the first patient, safely.

super::catalogue! {
    TITLE: "Your first patient, safely", "Votre première personne, en toute sécurité";
    LEAD: "Three minutes with the screens you will use and a person who does not exist.", "Trois minutes avec les écrans que vous utiliserez et une personne qui n’existe pas.";
    MARK: "Practice: nobody here exists, and nothing you choose is in a record.", "Exercice\u{a0}: personne ici n’existe, et rien de ce que vous choisissez n’est dans un dossier.";
    STEP: "Step {} of {}", "Étape {} de {}";
    CHOOSE: "Choose", "Choisir";
    RIGHT: "Yes.", "Oui.";
    NOT_YET: "Not that one.", "Pas ce choix.";
    DONE: "You are ready", "Tout est prêt";
    DONE_TEXT: "From here on the people are real. Whatever you open is kept, and they may ask who looked.", "À partir d’ici, les personnes sont réelles. Tout ce que vous ouvrez est consigné, et elles peuvent demander qui a consulté.";
    TO_RECORD: "Go to the record", "Aller au dossier";
    STRAIGHT: "Go straight to the record, and do this later from your sign-in", "Aller directement au dossier et faire ceci plus tard depuis votre connexion";
    NOTHING: "Your seat opens no chart, so there is nothing to practise here.", "Votre poste n’ouvre aucun dossier\u{a0}; il n’y a donc rien à exercer ici.";
    AGAIN: "Practise with a person who does not exist", "S’exercer avec une personne qui n’existe pas";
    WHOLE: "Practise every screen on a practice copy", "S’exercer à tous les écrans sur une copie d’exercice";
    FOUND: "Found", "Trouvées";
}
