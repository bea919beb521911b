//! Words of the books: what is accounted for, who is on call, what is not as it should be.

super::catalogue! {
    MENU: "Books", "Comptes";
    LEAD: "Everything accepted is done, under way with a clock, or somebody’s. Counted at {}.", "Tout ce qui est accepté est fait, en cours avec une échéance, ou confié à quelqu’un. Compté à {}.";
    BALANCED: "Nothing is unaccounted for", "Rien n’échappe aux comptes";
    NOT_BALANCED: "{} accepted items are accounted for by nobody. Call the site lead.", "Personne ne rend compte de {} éléments acceptés. Appelez le responsable du site.";
    SETTLED: "Messages up to number {} were counted once; every row is counted again each night.", "Les messages jusqu’au numéro {} ont été comptés une fois; toutes les lignes le sont de nouveau chaque nuit.";
    KINDS: "What is owed, by kind", "Ce qui est dû, par genre";
    FEEDS: "Messages, by feed", "Messages, par flux";
    RECIPIENTS: "Deliveries, by recipient", "Remises, par destinataire";
    COL_KIND: "Kind", "Genre";
    COL_FEED: "Feed", "Flux";
    COL_RECIPIENT: "Recipient", "Destinataire";
    COL_MADE: "Made", "Créés";
    COL_DONE: "Done", "Faits";
    COL_PENDING: "Under way", "En cours";
    COL_OWNED: "With a person", "Chez une personne";
    COL_WITHOUT: "With nobody", "Chez personne";
    COL_RECEIVED: "Received", "Reçus";
    COL_REFUSED: "Refused", "Refusés";
    COL_ACCEPTED: "Accepted", "Acceptés";
    COL_WAITING: "Waiting", "En attente";
    COL_FILED: "Filed", "Versés";
    COL_KEPT: "Kept", "Gardés";
    COL_HELD: "Held", "Retenus";
    COL_DUE: "Due", "Dus";
    COL_CONFIRMED: "Confirmed", "Confirmés";
    COL_OTHER: "Another way", "Autrement";
    INCIDENTS: "Not as it should be", "Ce qui ne va pas";
    NO_INCIDENTS: "No feed and no receiver is silent, and the books balance.", "Aucun flux ni destinataire n’est muet, et les comptes sont équilibrés.";
    LATELY: "Lately, and over", "Récemment, et terminé";
    SINCE: "since {}", "depuis {}";
    FROM_TO: "{} to {}", "de {} à {}";
    OWNER: "{}, by {}", "{}, avant {}";
    ON_CALL: "On call now", "De garde maintenant";
    COL_DESK: "Desk", "Bureau";
    COL_WHO: "Who", "Qui";
    COL_PHONE: "Telephone", "Téléphone";
    NOBODY: "nobody", "personne";
    NO_CALENDAR: "There is no on-call calendar: nobody is named for what escalates. Write cover.toml.", "Il n’y a pas de calendrier de garde\u{a0}: personne n’est nommé pour les escalades. Écrivez cover.toml.";
    GAPS: "Hours of the next fourteen days that nobody has", "Heures des quatorze prochains jours sans personne";
    CANARIES: "Daily test result, by receiver", "Résultat d’essai quotidien, par destinataire";
    COL_SENT: "Sent", "Envoyé";
    COL_TAKEN: "Acknowledged", "Confirmé";
    COL_STATE: "How it stands", "Où il en est";
    NO_RECEIVERS: "No receiver takes test results.", "Aucun destinataire ne prend de résultats d’essai.";
}
