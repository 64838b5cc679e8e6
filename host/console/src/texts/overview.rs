//! The overview.

texts! {
    all_is_well: "All is well.", "Tout va bien.";
    starting: "The agents are starting.", "Les agents démarrent.";
    needs_you: "Working, with {n} problem.", "En service, avec {n} problème.";
    needs_you_more: "Working, with {n} problems.", "En service, avec {n} problèmes.";
    cannot_store: "Messages cannot be stored.", "Les messages ne peuvent pas être enregistrés.";
    served_by: "{percent} of people are served, by {n} host.", "{percent} des personnes sont servies, par {n} hôte.";
    served_by_more: "{percent} of people are served, by {n} hosts.", "{percent} des personnes sont servies, par {n} hôtes.";
    to_do: "Problems", "Problèmes";
    last_hours: "The last 24 hours", "Les dernières 24 heures";
    messages_answered: "Messages", "Messages";
    no_message_yet: "No message yet", "Pas encore de message";
    no_message_yet_why: "As soon as somebody writes to the number, figures come here by themselves.", "Dès que quelqu’un écrit au numéro, les chiffres apparaissent ici.";
    wait_for_a_human: "Wait for a human", "Attendent un humain";
    were_given_up: "Given up", "Abandonnés";
    what_changed: "What changed", "Ce qui a changé";
    nothing_changed: "Nobody has changed anything yet.", "Personne n’a encore rien changé.";
    look: "Look", "Voir";
    look_at: "look", "à voir";
    how_it_goes: "How it goes", "Évolution";
    counted_until: "Counted from the turns up to {at}, {n} ago.", "Compté à partir des tours jusqu’à {at}, il y a {n}.";
    messages_behind: "The messages behind it", "Les messages derrière";
    time_to_answer: "Time to answer", "Temps de réponse";
    percent_of_messages: "percent of messages", "pour cent des messages";
    by_agent: "By agent", "Par agent";
    agents_that_answer: "Agents that answer", "Agents qui répondent";
    of_people: "of people", "des personnes";
    of_n: "of {n}", "sur {n}";
    numbers_resting: "Numbers that rest", "Numéros au repos";
}
