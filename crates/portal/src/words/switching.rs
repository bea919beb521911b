//! Words of the guard between two charts.

use super::catalogue;

catalogue! {
    SWITCHED: "Another chart is open", "Un autre dossier est ouvert";
    SWITCHED_WHAT: "Nothing was done", "Rien n’a été fait";
    SWITCHED_FOR: "This page was made for {}.", "Cette page a été faite pour {}.";
    SWITCHED_OPEN: "Since then you opened {}.", "Depuis, vous avez ouvert {}.";
    SWITCHED_WRITTEN: "What you wrote is here to be copied; it is not kept.", "Ce que vous avez écrit est ici à copier; ce n’est pas gardé.";
    SWITCHED_NEXT: "Open the chart that you mean and do it there.", "Ouvrez le dossier voulu et faites-le là.";
    SWITCHED_UNNAMED: "This page was made for another person than the one whose chart is open now.", "Cette page a été faite pour une autre personne que celle dont le dossier est ouvert.";
    SWITCHED_GO: "Open {}", "Ouvrir {}";
}
