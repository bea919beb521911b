//! Words of the list of a practice's team.

super::catalogue! {
    TEAM: "Team list", "Liste de l’équipe";
    LEAD: "Reports that were handed to the team of {}, or came to it because nobody opened them in time. Each has an owner and a clock until one of you takes it.", "Comptes rendus remis à l’équipe de {}, ou venus à elle parce que personne ne les a ouverts à temps. Chacun a un responsable et un délai jusqu’à ce que l’un de vous le prenne.";
    EMPTY: "Nothing waits for the team", "Rien n’attend l’équipe";
    EMPTY_TEXT: "What somebody hands to the team stands here until one of you takes it. Looked at {}.", "Ce que quelqu’un remet à l’équipe figure ici jusqu’à ce que l’un de vous le prenne. Consulté {}.";
    NO_PLACE: "You work at no practice of the directory today, so you are in no team. Ask the directory desk.", "Vous ne travaillez aujourd’hui à aucune clinique du répertoire; vous n’êtes donc d’aucune équipe. Demandez au bureau du répertoire.";
    COL_OWNER: "Owner until then", "Responsable d’ici là";
    WAS_FOR: "was for {}", "était pour {}";
    TAKE: "Take it", "Prendre";
    TAKE_TEXT: "It is yours then, with the same due time, and stands on your home. To give it back, open it and hand it on to the team.", "Il est alors à vous, avec la même échéance, et figure à votre accueil. Pour le rendre, ouvrez-le et remettez-le à l’équipe.";
    TAKEN: "It is yours now and stands on your home.", "Il est à vous maintenant et figure à votre accueil.";
    MORE: "Showing {} of {}, the most urgent first; the rest follows as these are taken.", "{} affichés sur {}, les plus urgents d’abord; les autres suivent à mesure que ceux-ci sont pris.";
    WITHHELD_ONE: "{} more is withheld from you at the patient’s wish; the desk that owns it has it.", "{} autre vous est retenu à la demande du patient; le bureau qui en répond l’a.";
    WITHHELD: "{} more are withheld from you at the patients’ wish; the desks that own them have them.", "{} autres vous sont retenus à la demande des patients; les bureaux qui en répondent les ont.";
    NAMED: "Named teams", "Équipes nommées";
    NAMED_LEAD: "A named team is some of you with a list of their own. A report can be handed to it; whoever of it is there takes it. When nobody of it is there, what waits goes to the team of the practice, with its clock.", "Une équipe nommée, ce sont quelques-uns d’entre vous avec une liste à eux. Un compte rendu peut lui être remis; celui qui est présent le prend. Quand personne n’en est présent, ce qui attend va à l’équipe de la clinique, avec son délai.";
    NAMED_NONE: "No team has been named here yet.", "Aucune équipe n’a encore été nommée ici.";
    NEW: "Name a team", "Nommer une équipe";
    CHANGE: "Change or end it", "La modifier ou y mettre fin";
    NAME: "Name of the team", "Nom de l’équipe";
    NAME_HINT: "As you call it, for example Diabetes or Tuesday clinic. Colleagues read it when they hand something on.", "Comme vous l’appelez, par exemple Diabète ou Clinique du mardi. Les collègues la lisent quand ils remettent quelque chose.";
    MEMBERS: "Who is of it", "Qui en fait partie";
    NOT_THERE: "not there today", "absent aujourd’hui";
    KEEP: "Keep the team", "Garder l’équipe";
    END: "End the team", "Mettre fin à l’équipe";
    END_TEXT: "What waits for it goes to the team of the practice at once, with its clock.", "Ce qui l’attend va aussitôt à l’équipe de la clinique, avec son délai.";
    KEPT: "The team is as you said, from now on.", "L’équipe est dorénavant comme vous l’avez dit.";
    ENDED: "The team has ended. What waited for it is with the team of the practice.", "L’équipe a pris fin. Ce qui l’attendait est avec l’équipe de la clinique.";
    NAMED_WAITS_ONE: "{} report waits", "{} compte rendu attend";
    NAMED_WAITS: "{} reports wait", "{} comptes rendus attendent";
    HOME_ONE: "{} report waits for your team", "{} compte rendu attend votre équipe";
    HOME_MANY: "{} reports wait for your team", "{} comptes rendus attendent votre équipe";
}
