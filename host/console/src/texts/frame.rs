//! The frame of every page.

texts! {
    skip: "Skip to the page", "Aller à la page";
    nav_main: "Main", "Navigation";
    nav_people: "People", "Personnes";
    nav_service: "Service", "Service";
    inbox: "Inbox", "Boîte de réception";
    overview: "Overview", "Vue d’ensemble";
    waiting: "Waiting", "En attente";
    more: "More", "Plus";
    to_look_at: "to look at", "à voir";
    people_served: "of people are served", "des personnes sont servies";
    problem: "{n} problem", "{n} problème";
    problems: "{n} problems", "{n} problèmes";
    theme_system: "Colours: as the system", "Couleurs : comme le système";
    theme_light: "Colours: light", "Couleurs : clair";
    theme_dark: "Colours: dark", "Couleurs : sombre";
    sign_out: "Sign out", "Se déconnecter";
    where_you_are: "Where you are", "Où vous êtes";
    not_live: "Not live since {at}", "Plus en direct depuis {at}";
    role_viewer: "Viewer", "Lecture seule";
    role_support: "Support", "Assistance";
    role_operator: "Operator", "Exploitation";
    role_admin: "Admin", "Administration";
    today: "today", "aujourd’hui";
    yesterday: "yesterday", "hier";
    tomorrow: "tomorrow", "demain";
    agents: "Agents", "Agents";
    rollout: "Rollout", "Déploiement";
    nav_workspace: "Workspace", "Espace";
    audit: "Audit", "Audit";
    settings: "Settings", "Réglages";
    phone: "Phone", "Téléphone";
    conversations: "Conversations", "Conversations";
    find_person: "Find a person", "Trouver une personne";
}
