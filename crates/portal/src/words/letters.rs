//! Words of the letters that wait to be posted.

super::catalogue! {
    LETTERS: "Letters to post", "Lettres à poster";
    LEAD: "Reports that go by no other way. Print each, count its pages, post it, and confirm it here.", "Comptes rendus sans autre voie. Imprimez chacun, comptez ses pages, postez-le et confirmez-le ici.";
    EMPTY: "Zero letters", "Aucune lettre";
    EMPTY_TEXT: "Every report went by another way.", "Chaque compte rendu est parti par une autre voie.";
    COL_ADDRESS: "Address", "Adresse";
    PRINT_EN: "Letter in English (PDF)", "Lettre en anglais (PDF)";
    PRINT_FR: "Letter in French (PDF)", "Lettre en français (PDF)";
    PAGES: "Pages in the envelope", "Pages dans l’enveloppe";
    PAGES_HINT: "Every page says how many there are", "Chaque page dit combien il y en a";
    IN_FRENCH: "Printed in French", "Imprimée en français";
    POSTED_DO: "It is in the post", "C’est posté";
    POSTED: "It is confirmed; its delivery has ended.", "C’est confirmé; sa remise est terminée.";
}
