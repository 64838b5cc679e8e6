//! Audit and settings.

texts! {
    none: "none", "aucun";
    audit_lead: "Who did what, by which way, and what it was before.", "Qui a fait quoi, par quelle voie, et ce que c’était avant.";
    who: "Who", "Qui";
    act: "Act", "Acte";
    when: "When", "Quand";
    on_what: "On what", "Sur quoi";
    changed_to: "Change", "Changement";
    nothing_found: "Nothing was found", "Rien n’a été trouvé";
    nothing_found_why: "Try it with fewer filters.", "Essayez avec moins de filtres.";
    operators: "Operators", "Opérateurs";
    role: "Role", "Rôle";
    made: "Made", "Créé";
    token_used: "Token last used", "Jeton utilisé";
    revoked: "revoked", "révoqué";
    revoke: "Revoke", "Révoquer";
    revoke_will: "{who} may do nothing any more, at once.", "{who} ne peut plus rien faire, immédiatement.";
    new_token: "New token", "Nouveau jeton";
    set: "Set", "Appliquer";
    add_operator: "Add an operator", "Ajouter un opérateur";
    token_made: "The token of {who}. It is shown this once:", "Le jeton de {who}. Il n’est affiché qu’une fois :";
    every_language: "every language", "toutes les langues";
    words_hint: "Words; {name} stands for the person’s name", "Texte ; {name} est remplacé par le nom de la personne";
    save: "Save", "Enregistrer";
    remove: "Remove", "Retirer";
    done_saved: "It is saved.", "C’est enregistré.";
    done_removed: "It is removed.", "C’est retiré.";
    done_role: "The role is changed, and sessions with the old one have ended.", "Le rôle est changé, et les sessions avec l’ancien sont terminées.";
    done_revoked: "It is revoked.", "C’est révoqué.";
    numbers: "Business numbers", "Numéros de l’entreprise";
    number_sends: "sends", "envoie";
    the_business: "The business", "L’entreprise";
    the_business_why: "From the configuration; a change is in force after a restart, or a reload where the documents say so.", "De la configuration ; un changement vaut après un redémarrage, ou un rechargement là où la documentation le dit.";
    hours_open: "open now", "ouvert maintenant";
    hours_closed: "closed now", "fermé maintenant";
    not_set: "not set", "non défini";
}
