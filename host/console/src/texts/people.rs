//! People.

texts! {
    find_person_why: "Whether somebody is served and why, and what is held about them. The number stands in no address.", "Si quelqu’un est servi et pourquoi, et ce qui est conservé à son sujet. Le numéro ne figure dans aucune adresse.";
    not_written_yet: "They have not written yet", "Cette personne n’a pas encore écrit";
    nobody_known: "Nobody is known by this: give a number such as +250788123456, a user id or a person’s id.", "Personne n’est connu ainsi : donnez un numéro comme +250788123456, un identifiant ou l’identifiant d’une personne.";
    is_served: "Is served", "Est servi";
    person_in: "In: answered here", "Oui : réponse ici";
    person_out: "Out", "Non";
    bucket: "Bucket, of 10,000", "Lot, sur 10 000";
    always_in: "Always in", "Toujours servi";
    always_out: "Always out", "Jamais servi";
    by_percentage: "By the percentage", "Selon le pourcentage";
    done_list: "The list is changed, and in force.", "La liste est changée et en vigueur.";
    what_is_held: "What is held", "Ce qui est conservé";
    nothing_held: "Nothing is held but that they are known.", "Rien n’est conservé, sinon que la personne est connue.";
    export: "Export all of it", "Tout exporter";
    forget: "Forget", "Oublier";
    forget_will: "Everything that is held is deleted for good, as if they had written “forget me”. It cannot be undone.", "Tout ce qui est conservé est supprimé pour de bon, comme si la personne avait écrit « oublie-moi ». C’est irréversible.";
    write_word: "Write {n} to confirm", "Écrivez {n} pour confirmer";
    wrong_word: "Nothing was deleted: the word was not written.", "Rien n’a été supprimé : le mot n’a pas été écrit.";
    done_forget: "They are forgotten.", "Cette personne est oubliée.";
}
