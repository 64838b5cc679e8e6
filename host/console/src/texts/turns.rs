//! The list of turns.

texts! {
    why: "Why", "Pourquoi";
    came_to: "Came to", "Résultat";
    turns_lead: "Every answered message, the newest first.", "Chaque message répondu, du plus récent au plus ancien.";
    search_turns: "Search", "Rechercher";
    search_turns_by: "name · end of a number · words of the answer · turn-14", "nom · fin d’un numéro · mots de la réponse · turn-14";
    last_hour: "last hour", "dernière heure";
    last_day: "last 24 hours", "dernières 24 heures";
    last_week: "last 7 days", "7 derniers jours";
    last_month: "last 30 days", "30 derniers jours";
    all_agents: "All agents", "Tous les agents";
    show: "Show", "Afficher";
    only: "Only", "Seulement";
    all_outcomes: "All", "Tous";
    outcome_apology: "Apology", "Excuse";
    outcome_handed: "Handed over", "Transmis";
    outcome_model: "By the model", "Par le modèle";
    outcome_tests: "Tests of the phone", "Tests du téléphone";
    no_turns: "Nothing fits", "Rien ne correspond";
    no_turns_why: "Try fewer letters, a longer period or no filters. Older messages may be on the next page.", "Essayez moins de lettres, une période plus longue ou sans filtres. Des messages plus anciens sont peut-être à la page suivante.";
    without_filters: "Without filters", "Sans filtres";
    newest: "Newest", "Plus récents";
    written: "Written", "Écrit";
    by_phone_clock: "by the phone’s clock", "selon l’horloge du téléphone";
    received: "Received", "Reçu";
    waited_for_more: "waited {n} for more words", "attendu {n} d’autres mots";
    delivered: "Delivered", "Distribué";
    on_the_phone: "on the phone", "sur le téléphone";
    read: "Read", "Lu";
    by_the_person: "by the person", "par la personne";
    sent_to_meta: "Sent", "Envoyé";
    the_turn: "The turn", "Le tour";
    waiting_to_send: "Waited to be sent", "Attente avant l’envoi";
    instructions: "Instructions", "Instructions";
    attempts_failed: "Failed attempts", "Essais échoués";
    billed: "Billed", "Facturé";
    billed_n: "{n} messages", "{n} messages";
    not_billed: "nothing", "rien";
    journal: "Journal", "Journal";
    number: "Number", "Numéro";
}
