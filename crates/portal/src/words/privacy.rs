//! Words of access, consent, broken glass, and the patient's own report.

super::catalogue! {
    ACCESS: "Who may look at what", "Qui peut voir quoi";
    ACCESS_LEAD: "Published for everybody, version {}. What is not in this table is not shown.", "Publié pour tous, version {}. Ce qui n’est pas dans ce tableau n’est pas montré.";
    ACCESS_FOOT: "Each look leaves a line that the patient can ask for. Name and allergies are never withheld: without them care is unsafe.", "Chaque consultation laisse une ligne que le patient peut demander. Le nom et les allergies ne sont jamais retenus\u{a0}: sans eux, les soins sont dangereux.";
    COL_ROLE: "Role", "Rôle";
    COL_PURPOSE: "Purpose", "But";
    COL_NEEDS: "What must be on file", "Ce qui doit être au dossier";
    COL_CONSENT: "Consent holds", "Le consentement vaut";
    YES: "yes", "oui";
    NO: "no", "non";

    REASON_TITLE: "Why do you open this record?", "Pourquoi ouvrez-vous ce dossier?";
    REASON_TEXT: "Nothing on file ties you to this patient. Choose why you look; it opens the record for this session.", "Rien au dossier ne vous lie à ce patient. Choisissez pourquoi vous regardez; cela ouvre le dossier pour cette session.";
    REASON_TOLD: "Your reason is kept. The privacy desk reviews it, and the patient reads it when they ask who looked.", "Votre motif est conservé. Le bureau de la vie privée le révise, et le patient le lit s’il demande qui a regardé.";
    REASON_WORDS: "In your own words", "Dans vos mots";
    REASON_WORDS_HINT: "May be left empty", "Peut rester vide";
    REASON_NOT_NEEDED: "Something on file ties you to this patient: the record opens without a reason.", "Un lien au dossier vous ouvre ce dossier sans motif.";
    OPEN_CHART: "Open the record", "Ouvrir le dossier";

    WITHHELD: "Withheld at the patient’s wish: {}", "Retenu à la demande du patient\u{a0}: {}";
    WITHHELD_SHORT: "Some of this record is withheld", "Une partie de ce dossier est retenue";
    WITHHELD_OPENED: "You broke glass: what is withheld is shown for up to 60 minutes", "Vous avez brisé la glace\u{a0}: ce qui est retenu est montré jusqu’à 60 minutes";
    WITHHELD_TEXT: "The record is incomplete for you. It may or may not hold data of these sorts.", "Le dossier est incomplet pour vous. Il contient ou non des données de ces sortes.";
    WITHHELD_WAYS: "How to see it", "Comment le voir";
    WITHHELD_ASK: "Ask the patient, who can lift the directive at any time.", "Demandez au patient, qui peut lever la directive en tout temps.";
    WITHHELD_DESK: "Ask the privacy desk, which can reach the patient for you.", "Demandez au bureau de la vie privée, qui peut joindre le patient pour vous.";
    GLASS: "In an emergency, break glass", "En cas d’urgence, briser la glace";
    GLASS_TEXT: "It shows what is withheld of this one patient for 60 minutes. A second person reviews it within a working day, and the patient is told by letter.", "Ceci montre ce qui est retenu de ce seul patient pendant 60 minutes. Une deuxième personne le révise en un jour ouvrable, et le patient est averti par lettre.";
    WAYS: "Ways to it", "Voies possibles";

    PRIVACY: "Privacy desk", "Vie privée";
    PRIVACY_LEAD: "{} to do. {} directives stand.", "{} à faire. {} directives en vigueur.";
    OWED: "To do", "À faire";
    OWED_EMPTY: "Nothing to do", "Rien à faire";
    OWED_EMPTY_TEXT: "No broken glass waits for review, and nobody waits to be told.", "Aucun bris de glace n’attend de révision, et personne n’attend d’être averti.";
    OWED_HOW: "What was found or done", "Ce qui a été trouvé ou fait";
    OWED_HOW_HINT: "Stays with the decision", "Reste avec la décision";
    OWED_DO: "It is done", "C’est fait";
    OWED_OWN: "You broke this glass: somebody else reviews it.", "Vous avez brisé cette glace\u{a0}: quelqu’un d’autre la révise.";
    OWED_DONE: "It is done and stays on file.", "C’est fait et reste au dossier.";
    DIRECTIVES: "Directives", "Directives";
    DIRECTIVES_NONE: "None stand.", "Aucune en vigueur.";
    OPENINGS: "Reasons and broken glass", "Motifs et bris de glace";
    OPENINGS_NONE: "Nobody opened a record without a relation.", "Personne n’a ouvert de dossier sans lien.";
    GLASS_MARK: "broke glass", "bris de glace";
    REASON_MARK: "said why", "a dit pourquoi";
    SINCE_BY: "since {}, recorded by {}", "depuis {}, noté par {}";
    UNTIL: "until {}", "jusqu’au {}";
    ENDED: "ended {}: {}", "terminée {}\u{a0}: {}";
    COL_PERSON: "Person", "Personne";
    COL_WHAT: "What", "Quoi";
    COL_WHEN: "When", "Quand";
    COL_WHO: "Who", "Qui";
    COL_REASON: "Reason", "Motif";

    CONSENT: "Consent", "Consentement";
    CONSENT_LEAD: "What this person does not want shown. A directive holds on every way out: screen, paper, delivery, export.", "Ce que cette personne ne veut pas montrer. Une directive vaut pour toute sortie\u{a0}: écran, papier, remise, exportation.";
    CONSENT_NEW: "Record a directive", "Noter une directive";
    CONSENT_CLASSES: "Which data; none chosen is everything but name and allergies", "Quelles données; sans choix, tout sauf le nom et les allergies";
    CONSENT_ROLES: "From which roles; none chosen and nobody named is everybody", "À quels rôles; sans choix ni nom, à tous";
    CONSENT_SITES: "Only what these sites keep; none chosen is all", "Seulement ce que ces lieux gardent; sans choix, tous";
    CONSENT_PEOPLE: "From these practitioners", "À ces praticiens";
    CONSENT_PEOPLE_HINT: "Directory ids, separated by commas", "Identifiants du répertoire, séparés par des virgules";
    CONSENT_PLACES: "From everybody at these places", "À tous dans ces lieux";
    CONSENT_DAYS: "Days until it ends", "Jours jusqu’à la fin";
    CONSENT_DAYS_HINT: "Empty is until the person ends it", "Vide\u{a0}: jusqu’à ce que la personne y mette fin";
    CONSENT_WHY: "The form it came on, or the person’s words", "Le formulaire reçu, ou les mots de la personne";
    CONSENT_WHY_HINT: "Required; stays with the directive", "Requis; reste avec la directive";
    CONSENT_DO: "Record it", "Noter";
    CONSENT_KEPT: "It is kept and holds from now on.", "C’est conservé et vaut dès maintenant.";
    CONSENT_END: "End it", "Y mettre fin";
    CONSENT_END_WHY: "Why it ends", "Pourquoi elle prend fin";
    CORRECTIONS: "Requests to correct", "Demandes de correction";
    CORRECTIONS_NONE: "None.", "Aucune.";
    CORRECTION_NEW: "Take a request", "Prendre une demande";
    CORRECTION_ASKED: "What is to be corrected, in the person’s words", "Ce qui est à corriger, dans les mots de la personne";
    CORRECTION_ABOUT: "Report it is about", "Rapport concerné";
    CORRECTION_ABOUT_HINT: "Its reference, as DiagnosticReport/… ; empty when it is about none", "Sa référence, p.\u{a0}ex. DiagnosticReport/…\u{a0}; vide si aucun";
    CORRECTION_DO: "Take it", "Prendre";
    CORRECTION_DECIDE: "What becomes of it", "Ce qu’il en advient";
    CORRECTED: "The source corrected it", "La source a corrigé";
    DISAGREED: "The source stands by it; the person’s statement goes with it", "La source maintient; la déclaration de la personne l’accompagne";
    WITHDRAWN: "The person takes it back", "La personne la retire";
    CORRECTION_STATEMENT: "What was done, or the statement word for word", "Ce qui a été fait, ou la déclaration mot pour mot";
    CORRECTION_DECIDE_DO: "Decide", "Décider";
    STATEMENT: "The patient disagrees with this report ({})", "Le patient n’est pas d’accord avec ce rapport ({})";

    HAND_TO: "Hand it on to", "Remettre à";
    HAND_TEAM: "The covering team", "L’équipe remplaçante";
    HAND_DO: "Hand it on", "Remettre";
    HAND_TEXT: "Its due time goes with it.", "Son échéance l’accompagne.";
    HANDED: "It is handed on, with its due time.", "C’est remis, avec son échéance.";

    OWN_REPORT: "The person’s own report", "Le rapport de la personne";
    OWN_REPORT_LEAD: "Who looked, in plain words, for the person to keep. Staff are named by role, first name and one letter.", "Qui a regardé, en mots simples, à remettre à la personne. Le personnel est nommé par rôle, prénom et une lettre.";
    OWN_REPORT_EN: "In English (PDF)", "En anglais (PDF)";
    OWN_REPORT_FR: "In French (PDF)", "En français (PDF)";
    LOOKS: "Who looked", "Qui a regardé";
    LOOKS_NONE: "Nobody did.", "Personne.";
    BY_MACHINE: "The record itself filed, checked or delivered something {} times.", "Le dossier lui-même a classé, vérifié ou remis quelque chose {} fois.";
    RESULTS: "What became of the results", "Ce que sont devenus les résultats";
    RESULTS_NONE: "None are on file.", "Aucun n’est au dossier.";
    CUT: "There is more than fits here.", "Il y en a plus que cette page ne peut contenir.";
    COL_WHY: "Why", "Pourquoi";
    COL_TO: "To whom", "À qui";
    COL_BECAME: "What became of it", "Ce qu’il en est";
}
