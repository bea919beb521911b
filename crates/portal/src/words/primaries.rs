//! Words of the page on which a wrong primary care provider is withdrawn.

super::catalogue! {
    TITLE: "Primary care provider", "Fournisseur de soins primaires";
    LEAD: "Who stands as the primary care provider of this person, and who says so. News and copies go by it.", "Qui figure comme fournisseur de soins primaires de cette personne, et qui le dit. Les nouvelles et les copies suivent cela.";
    NOBODY: "Nobody stands as primary care provider", "Personne ne figure comme fournisseur de soins primaires";
    NOBODY_TEXT: "No list and no message names one. News of visits goes to the delivery desk, which finds out who must know.", "Aucune liste et aucun message n’en nomme. Les nouvelles des visites vont au bureau des livraisons, qui établit qui doit le savoir.";
    SAID_BY: "Who says so", "Qui le dit";
    SAID_BY_NONE: "nobody says so now; something was sent to them", "personne ne le dit maintenant; quelque chose leur a été envoyé";
    WITHDRAWN: "Withdrawn on {} by {}: {}", "Retiré le {} par {}\u{a0}: {}";
    WITHDRAWN_MARK: "not used", "non utilisé";
    ORDERED: "What they order themselves, and copies that name them, go to them all the same. What was sent stays listed below, and a correction of it goes to them too.", "Ce qu’ils demandent eux-mêmes et les copies qui les nomment leur parviennent quand même. Ce qui a été envoyé reste listé ci-dessous, et toute correction leur parvient aussi.";
    WHY: "Why", "Pourquoi";
    WHY_HINT: "Stands in the sentence of every route that does not use them", "Figure dans la phrase de chaque acheminement qui ne les utilise pas";
    WHY_PROPOSE_HINT: "The delivery desk reads it and decides", "Le bureau des livraisons le lit et décide";
    WHY_BACK_HINT: "Stays with the history", "Reste à l’historique";
    WITHDRAW: "Withdraw: not their patient", "Retirer\u{a0}: pas leur patient";
    PROPOSE: "Tell the delivery desk: not our patient", "Dire au bureau des livraisons\u{a0}: pas notre patient";
    RESTORE: "Take the withdrawal back", "Annuler le retrait";
    WAITS: "What waits for the delivery desk", "Ce qui attend le bureau des livraisons";
    WAITS_OPEN: "Open it at the desk", "L’ouvrir au bureau";
    HISTORY: "History", "Historique";
    SENT: "What was sent to them of this person", "Ce qui leur a été envoyé de cette personne";
    SENT_SHOWN: "Showing {} of {}.", "{} affichés sur {}.";
    SENT_NONE: "Nothing was sent to them.", "Rien ne leur a été envoyé.";
    STILL_OPEN: "still open", "encore ouvert";
    DONE_WITHDRAWN: "Withdrawn. From now on nothing is routed by it, and every sentence says why.", "Retiré. Rien n’est plus acheminé d’après cela, et chaque phrase dit pourquoi.";
    DONE_RESTORED: "The withdrawal is taken back. Whoever states them is believed again.", "Le retrait est annulé. Qui les déclare est de nouveau cru.";
    DONE_PROPOSED: "The delivery desk has it now, with a clock. Until it decides, routing stays as it is.", "Le bureau des livraisons l’a maintenant, avec un délai. D’ici sa décision, l’acheminement reste tel quel.";
    OPEN: "Who is the primary care provider?", "Qui est le fournisseur de soins primaires\u{a0}?";
}
