//! Words of the status: what an operator sees at 03:00.

super::catalogue! {
    MENU: "Status", "État";
    LEAD: "Looked at {}. Where scripts run, the page looks again by itself.", "Vu à {}. Là où les scripts s’exécutent, la page regarde de nouveau d’elle-même.";
    AGAIN: "Look again", "Regarder de nouveau";
    SINCE: "since {}", "depuis {}";
    WHAT_TO_DO: "What the runbook says", "Ce que dit le manuel d’astreinte";
    ABOVE: "The runbook says it above.", "Le manuel d’astreinte le dit plus haut.";
    UNSEEN: "Not watched", "Non surveillé";
    UNSEEN_LEAD: "What nobody set up, or what cannot be seen from this process. Nothing here is taken for well.", "Ce que personne n’a mis en place, ou ce que ce processus ne peut voir. Rien de ceci n’est tenu pour bon.";
    QUIET: "As it should be", "En ordre";
    RUNBOOK: "Runbook", "Manuel d’astreinte";
    RUNBOOK_LEAD: "It is in the program and opens without a network.", "Il est dans le programme et s’ouvre sans réseau. Il est écrit en anglais.";
    BACK: "Back to the status", "Retour à l’état";
}
