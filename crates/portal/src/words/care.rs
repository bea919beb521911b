//! Words of medicines, problems and plans.

super::catalogue! {
    MEDICATIONS: "Medications", "Médicaments";
    MEDICATIONS_LEAD: "One line for each medicine: where it stands, and what happened with it.", "Une ligne par médicament\u{a0}: où il en est, et ce qui s’est passé.";
    MEDICATIONS_LIMITS: "Only what hospitals and pharmacies have sent here. Ask the patient what they take; a medicine that is not listed may still be taken.", "Seulement ce que les hôpitaux et pharmacies ont envoyé ici. Demandez au patient ce qu’il prend; un médicament absent de la liste est peut-être pris.";
    NO_MEDICATIONS: "No medicine in this record", "Aucun médicament au dossier";
    NO_MEDICATIONS_TEXT: "No hospital or pharmacy has sent one. This does not say that the patient takes none: ask.", "Aucun hôpital ni pharmacie n’en a envoyé. Cela ne dit pas que le patient n’en prend pas\u{a0}: demandez.";
    IN_USE: "In use", "En cours";
    WITHOUT_ORDER: "Dispensed or given, no order on file", "Remis ou donné, sans ordonnance au dossier";
    STOPPED_OR_ENDED: "Stopped or ended", "Arrêté ou terminé";
    STARTED: "Started", "Débuté";
    ON_HOLD: "On hold", "Suspendu";
    NO_ORDER: "No order here", "Sans ordonnance ici";
    STOPPED: "Stopped", "Arrêté";
    ENDED: "Ended", "Terminé";
    COL_MEDICINE: "Medicine", "Médicament";
    COL_SINCE: "Since", "Depuis";
    COL_STATE: "State", "État";
    COL_STEPS: "What happened", "Ce qui s’est passé";
    NO_DATE: "date not stated", "date non précisée";
    EARLIER_ONE: "{} earlier", "{} plus ancien";
    EARLIER_MANY: "{} earlier", "{} plus anciens";
    STEP_ORDERED: "ordered", "prescrit";
    STEP_STOPPED: "stopped", "arrêté";
    STEP_DISPENSED: "dispensed", "remis";
    STEP_GIVEN: "given", "donné";
    STEP_NOT_GIVEN: "not given", "non donné";
    ALL_MEDICATIONS: "all medicines", "tous les médicaments";

    PROBLEMS: "Problems and allergies", "Problèmes et allergies";
    PROBLEMS_LEAD: "As hospitals, clinics and public health have sent them; what is over stands last.", "Tels qu’envoyés par les hôpitaux, les cliniques et la santé publique; ce qui est terminé vient en dernier.";
    ALLERGIES: "Allergies and intolerances", "Allergies et intolérances";
    NO_ALLERGIES: "No allergies recorded. Nobody has asked yet.", "Aucune allergie inscrite. Personne n’a encore demandé.";
    PROBLEM_LIST: "Problems", "Problèmes";
    NO_PROBLEMS: "No problem has been sent here. The clinic’s own list is not in this record.", "Aucun problème n’a été envoyé ici. La liste de la clinique n’est pas dans ce dossier.";
    VACCINATIONS: "Vaccinations", "Vaccinations";
    NO_VACCINATIONS: "No vaccination has been sent here.", "Aucune vaccination n’a été envoyée ici.";
    PROCEDURES: "Procedures", "Interventions";
    NO_PROCEDURES: "No procedure has been sent here.", "Aucune intervention n’a été envoyée ici.";
    UNSURE: "Not confirmed", "Non confirmé";
    OVER: "Over", "Terminé";
    OF_A_VISIT: "Of a visit", "D’une visite";
    NOT_GIVEN: "Not given", "Non donné";
    LOT: "Lot {}", "Lot {}";
    ALL_PROBLEMS: "all", "tous";

    PLANS: "Plans", "À venir";
    PLANS_LEAD: "Appointments, referrals and orders: what is still open stands first.", "Rendez-vous, demandes de consultation et ordonnances\u{a0}: ce qui est ouvert vient en premier.";
    APPOINTMENT: "Appointment", "Rendez-vous";
    APPOINTMENTS: "Appointments to come", "Rendez-vous à venir";
    PAST_APPOINTMENTS: "Past or called off", "Passés ou annulés";
    NO_APPOINTMENTS: "No appointment has been sent here. Clinics that do not send theirs are not in this list.", "Aucun rendez-vous n’a été envoyé ici. Les cliniques qui n’envoient pas les leurs n’y sont pas.";
    REFERRALS: "Referrals", "Demandes de consultation";
    NO_REFERRALS: "No referral in this record", "Aucune demande de consultation au dossier";
    NO_REFERRALS_TEXT: "One that was faxed or mailed outside this record is not shown here.", "Une demande envoyée par télécopie ou par la poste hors de ce dossier n’est pas montrée ici.";
    WAITING: "Ordered, no result yet", "Demandé, sans résultat";
    NO_WAITING: "No order here waits for a result.", "Aucune ordonnance ici n’attend de résultat.";
    CANCELLED: "Called off", "Annulé";
    MISSED: "Missed", "Manqué";
    ASKED_FOR: "Not confirmed yet", "Pas encore confirmé";
    WAITLIST: "On a waitlist", "Sur une liste d’attente";
    FROM: "from {}", "de {}";
    TO: "to {}", "à {}";
    COMING: "To come", "À venir";

    LOOKED: "You last looked {}.", "Votre dernière consultation\u{a0}: {}.";
    LOOKED_NEVER: "You have not opened this chart before.", "Vous n’avez pas encore ouvert ce dossier.";
    SINCE_NOTHING: "Nothing new since then.", "Rien de nouveau depuis.";
    SINCE: "Since then: {}.", "Depuis\u{a0}: {}.";
    NEW_REPORTS_ONE: "{} report", "{} rapport";
    NEW_REPORTS_MANY: "{} reports", "{} rapports";
    NEW_RESULTS_ONE: "{} laboratory report", "{} rapport de laboratoire";
    NEW_RESULTS_MANY: "{} laboratory reports", "{} rapports de laboratoire";
    NEW_VISITS_ONE: "{} visit with news", "{} visite avec du nouveau";
    NEW_VISITS_MANY: "{} visits with news", "{} visites avec du nouveau";
    NEW_MEDICATIONS_ONE: "{} change of medicines", "{} changement de médicaments";
    NEW_MEDICATIONS_MANY: "{} changes of medicines", "{} changements de médicaments";
    WRONG: "Something is missing or wrong", "Quelque chose manque ou est inexact";

    KEY_MEDICATIONS: "medications", "médicaments";
    KEY_PROBLEMS: "problems and allergies", "problèmes et allergies";
    KEY_PLANS: "plans", "à venir";
}
