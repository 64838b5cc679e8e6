//! The texts of the console, in English and French. A key has both by its form. `{n}`, `{who}` and `{at}` are filled in.

macro_rules! texts {
    ($($key:ident: $en:literal, $fr:literal;)*) => {
        /// The texts of one language; each key is used in the templates by its name.
        #[allow(missing_docs)]
        #[derive(Debug)]
        pub struct Texts {
            $(pub $key: &'static str,)*
        }

        pub(crate) static EN: Texts = Texts { $($key: $en,)* };
        pub(crate) static FR: Texts = Texts { $($key: $fr,)* };

        /// All keys, each with its English and its French text.
        pub const KEYS: &[(&str, &str, &str)] = &[$((stringify!($key), $en, $fr),)*];
    };
}

texts! {
    // The frame.
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
    none: "none", "aucun";
    unknown: "not known", "inconnu";

    // Signing in.
    sign_in: "Sign in", "Se connecter";
    sign_in_with_password: "With name and password", "Avec nom et mot de passe";
    sign_in_with_token: "With a token", "Avec un jeton";
    name: "Name", "Nom";
    password: "Password", "Mot de passe";
    token: "Token", "Jeton";
    token_hint: "Your operator’s token, or that of OPERATOR_TOKEN.", "Votre jeton d’opérateur, ou celui de OPERATOR_TOKEN.";
    there_is_a_problem: "There is a problem", "Il y a un problème";
    wrong_password: "The name or the password is wrong.", "Le nom ou le mot de passe est incorrect.";
    wrong_token: "This token is not valid.", "Ce jeton n’est pas valable.";
    too_many_tries: "Too many failed attempts: wait a minute, then try again.", "Trop de tentatives échouées : attendez une minute, puis réessayez.";
    signed_out: "You are signed out.", "Vous êtes déconnecté.";
    first_admin: "No account yet? An administrator makes one on the server:", "Pas encore de compte ? Un administrateur en crée un sur le serveur :";

    // Errors.
    not_found: "There is no such page", "Cette page n’existe pas";
    not_found_why: "Its address is wrong, or what it showed is gone.", "Son adresse est fausse, ou ce qu’elle montrait n’existe plus.";
    not_allowed: "This is not part of your role", "Votre rôle ne le permet pas";
    not_allowed_why: "An administrator can give you another role.", "Un administrateur peut vous donner un autre rôle.";
    not_from_here: "This request did not come from the console", "Cette demande ne vient pas de la console";
    not_from_here_why: "Nothing was changed. Go back, reload the page and try again.", "Rien n’a été changé. Revenez en arrière, rechargez la page et réessayez.";
    not_signed_in: "You are not signed in any more", "Vous n’êtes plus connecté";
    not_signed_in_why: "Nothing was changed. Sign in and try again.", "Rien n’a été changé. Connectez-vous et réessayez.";
    wrong_host: "The console does not answer under this name", "La console ne répond pas sous ce nom";
    wrong_host_why: "Open it as localhost, or add the name to CONSOLE_HOSTS.", "Ouvrez-la comme localhost, ou ajoutez le nom à CONSOLE_HOSTS.";
    bad_request: "This request cannot be read", "Cette demande est illisible";
    database_away: "The database does not answer", "La base de données ne répond pas";
    database_away_why: "Messages are answered with 503 meanwhile, so Meta delivers them again: none is lost. Try again in a moment.", "Les messages reçoivent entre-temps un code 503 et Meta les livre à nouveau : aucun n’est perdu. Réessayez dans un instant.";
    internal: "The page cannot be made", "La page ne peut pas être affichée";
    internal_why: "The reason is in the host’s log.", "La raison est dans le journal de l’hôte.";
    changed_meanwhile: "It was changed meanwhile", "Cela a changé entre-temps";
    go_back: "Go to the overview", "Aller à la vue d’ensemble";
    try_again: "Try again", "Réessayer";

    // Overview.
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
    errors: "Errors", "Erreurs";
    answer_time: "Answer time, p95", "Temps de réponse, p95";
    people: "People", "Personnes";
    no_message_yet: "No message yet", "Pas encore de message";
    no_message_yet_why: "As soon as somebody writes to the number, figures come here by themselves.", "Dès que quelqu’un écrit au numéro, les chiffres apparaissent ici.";
    who_waits: "Who waits", "Qui attend";
    wait_for_a_human: "Wait for a human", "Attendent un humain";
    were_given_up: "Given up", "Abandonnés";
    nobody_waits: "Nobody waits for a human.", "Personne n’attend un humain.";
    what_changed: "What changed", "Ce qui a changé";
    nothing_changed: "Nobody has changed anything yet.", "Personne n’a encore rien changé.";

    // Waiting.
    waiting_lead: "What has not reached its person, and why; the hosts; what they say of themselves.", "Ce qui n’est pas arrivé, et pourquoi ; les hôtes ; ce qu’ils disent d’eux-mêmes.";
    dead_replies: "Replies that were given up", "Réponses abandonnées";
    dead_messages: "Messages without an answer", "Messages sans réponse";
    dead_forwards: "Messages that the old service did not take", "Messages que l’ancien service n’a pas pris";
    by_reason: "by reason", "par raison";
    person: "Person", "Personne";
    what: "What", "Quoi";
    agent: "Agent", "Agent";
    given_up: "Since", "Depuis";
    tries: "Tries", "Essais";
    somebody: "Somebody", "Quelqu’un";
    nothing_dead: "Nothing was given up", "Rien n’a été abandonné";
    nothing_dead_why: "Every message has its answer, and every answer has gone out.", "Chaque message a sa réponse, et chaque réponse est partie.";
    queues: "Queues", "Files d’attente";
    queue_messages: "Messages to be answered", "Messages à traiter";
    queue_held: "Messages held for people outside the rollout", "Messages retenus de personnes hors du déploiement";
    queue_replies: "Replies to be sent", "Réponses à envoyer";
    queue_unknown: "Replies of unknown outcome", "Réponses au sort inconnu";
    queue_notices: "Notices that are due", "Avis à envoyer";
    oldest: "oldest", "le plus ancien";
    hosts: "Hosts", "Hôtes";
    host: "Host", "Hôte";
    seen: "Seen", "Vu";
    clock: "Clock", "Horloge";
    flags_in_force: "Flags in force", "Réglages en vigueur";
    service_on: "on, {percent}", "actif, {percent}";
    service_off: "off", "inactif";
    agents: "Agents", "Agents";
    no_problem: "No problem stands.", "Aucun problème.";
    problems_title: "Problems", "Problèmes";
    more_rows: "The first {n} are shown; the command `switchboard dead list` shows all.", "Les {n} premiers sont affichés ; la commande `switchboard dead list` les montre tous.";
    reason_number: "Meta refuses the number or the token", "Meta refuse le numéro ou le jeton";
    reason_window: "More than 24 hours since the person last wrote", "Plus de 24 heures depuis le dernier message de la personne";
    reason_final: "Meta will never take this message", "Meta ne prendra jamais ce message";
    reason_rate: "Too many messages at a time", "Trop de messages à la fois";
    reason_meta: "Meta could not be reached", "Meta était injoignable";
    reason_row: "Meta could not send it", "Meta n’a pas pu l’envoyer";
    reason_turn: "The turn failed at every attempt", "Le traitement a échoué à chaque essai";
    reason_other: "Other reasons", "Autres raisons";
    choose: "Choose", "Choisir";
    choose_all: "All {n}", "Les {n}";
    send_again: "Send again", "Renvoyer";
    answer_again: "Answer again", "Traiter à nouveau";
    discard: "Discard", "Abandonner";
    discard_will: "What is chosen is given up for good. It is not sent any more, and goes after a while.", "Ce qui est choisi est abandonné pour de bon : plus rien n’est envoyé, et il disparaît après un temps.";
    discard_chosen: "Discard what is chosen", "Abandonner ce qui est choisi";
    retried: "{n} goes out again.", "{n} repart.";
    retried_more: "{n} go out again.", "{n} repartent.";
    discarded: "{n} is discarded.", "{n} est abandonné.";
    discarded_more: "{n} are discarded.", "{n} sont abandonnés.";
    not_all: "{n} had changed meanwhile and was left as it is.", "{n} avait changé entre-temps et reste tel quel.";
    not_all_more: "{n} had changed meanwhile and were left as they are.", "{n} avaient changé entre-temps et restent tels quels.";
    nothing_chosen: "Nothing was chosen, so nothing was done.", "Rien n’était choisi, donc rien n’a été fait.";

    // Inbox.
    which: "Which ones", "Lesquelles";
    tab_all: "All", "Toutes";
    tab_waits: "Waiting", "En attente";
    tab_mine: "Mine", "Les miennes";
    nobody_waits_why: "Whoever asks for a human, or has an open ticket, appears here by themselves.", "Quiconque demande un humain, ou a un ticket ouvert, apparaît ici.";
    choose_one: "Choose a conversation. Reading one does not take it over.", "Choisissez une conversation. La lire n’est pas la prendre en charge.";
    conversation: "Conversation", "Conversation";
    back_to_list: "Back to the list", "Retour à la liste";
    unread: "unread", "non lus";
    yours: "yours", "à vous";
    yours_since: "Yours; agents are silent.", "À vous ; les agents se taisent.";
    with_whom: "With {who} since {at}; agents are silent.", "Avec {who} depuis {at} ; les agents se taisent.";
    agents_answer: "Nobody has taken this over.", "Personne ne l’a prise en charge.";
    why_emergency: "emergency", "urgence";
    why_asked: "asked for a human", "demande un humain";
    why_ticket: "ticket", "ticket";
    why_app: "answered from the business’s app", "répondu depuis l’application";
    why_taken: "taken over", "prise en charge";
    window_open: "Free text until {at}, then a template.", "Texte libre jusqu’à {at}, puis un modèle.";
    window_closed: "They have not written for 24 hours: free text does not reach them.", "Aucun message depuis 24 heures : le texte libre n’arrive plus.";
    window_closed_short: "24 hours over", "24 heures passées";
    window_asks: "A template asks them to write, and your words wait until they do.", "Un modèle leur demande d’écrire, et vos mots attendent.";
    window_asked: "A template asked them to write at {at}; your words wait until they do.", "Un modèle leur a demandé d’écrire à {at} ; vos mots attendent.";
    earlier: "Earlier messages", "Messages précédents";
    nothing_said: "Nothing was said yet.", "Rien n’a encore été dit.";
    host_itself: "The host", "L’hôte";
    from_app: "From the business’s own app", "Depuis l’application de l’entreprise";
    template: "Template", "Modèle";
    note_of: "Note of {who}", "Note de {who}";
    you: "{who} (you)", "{who} (vous)";
    tick_new: "Not taken up yet", "Pas encore pris en charge";
    tick_waits: "Waits until they write", "Attend qu’ils écrivent";
    tick_queued: "To be sent", "À envoyer";
    tick_again: "Tried again: {why}", "Nouvel essai : {why}";
    tick_sent: "Sent", "Envoyé";
    tick_delivered: "Delivered", "Remis";
    tick_read: "Read", "Lu";
    tick_refused: "Not delivered: {why}", "Non remis : {why}";
    tick_opted_out: "Not sent: they wrote stop", "Non envoyé : la personne a écrit stop";
    claim: "Claim", "Prendre en charge";
    take_over: "Take over", "Reprendre";
    reading_is_not_taking: "Reading is not taking over.", "Lire n’est pas prendre en charge.";
    claim_hint: "Claim it to answer; agents are silent from then on.", "Prenez-la en charge pour répondre ; les agents se taisent dès lors.";
    taken_hint: "A colleague has it. Take it over only if you agreed on it.", "Un collègue l’a. Ne la reprenez que si c’est convenu.";
    hand_back: "Hand back", "Rendre aux agents";
    close: "Close", "Clore";
    close_question: "Close this conversation?", "Clore cette conversation ?";
    close_will: "Tickets are closed, agents answer again, and the person is asked whether they were satisfied.", "Les tickets sont clos, les agents répondent à nouveau, et la personne est interrogée sur sa satisfaction.";
    your_answer: "Your answer", "Votre réponse";
    ready_answers: "Ready answers", "Réponses prêtes";
    or_ready_answer: "Or a ready answer", "Ou une réponse prête";
    send: "Send", "Envoyer";
    note: "Note", "Note";
    note_hint: "For colleagues; the person never sees it.", "Pour les collègues ; la personne ne la voit jamais.";
    note_save: "Keep the note", "Garder la note";
    show_number: "Show the number", "Afficher le numéro";
    show_number_why: "The audit keeps that you looked, and why.", "Le journal d’audit garde que vous avez regardé, et pourquoi.";
    reason: "Reason", "Raison";
    language: "Language", "Langue";
    rollout: "Rollout", "Déploiement";
    done_claim: "It is yours: agents are silent.", "Elle est à vous : les agents se taisent.";
    done_release: "Agents answer again.", "Les agents répondent à nouveau.";
    done_close: "It is closed.", "Elle est close.";
    done_note: "The note is kept.", "La note est gardée.";
    error_taken: "{who} was quicker.", "{who} a été plus rapide.";
    error_not_taken: "Nobody has this person: agents answer already.", "Personne n’a cette conversation : les agents répondent déjà.";
    error_nothing_to_close: "There is nothing to close.", "Il n’y a rien à clore.";
    error_changed: "It was changed meanwhile: look again.", "Cela a changé entre-temps : regardez à nouveau.";
    error_empty: "The text is empty.", "Le texte est vide.";
    error_long: "The text is too long: at most 3,500 characters fit.", "Le texte est trop long : 3 500 caractères au plus.";
    error_canned: "There is no such ready answer.", "Cette réponse prête n’existe pas.";
    error_reason: "Say why you need the number.", "Dites pourquoi il vous faut le numéro.";

    // Audit and settings.
    nav_workspace: "Workspace", "Espace";
    audit: "Audit", "Audit";
    audit_lead: "Who did what, by which way, and what it was before.", "Qui a fait quoi, par quelle voie, et ce que c’était avant.";
    who: "Who", "Qui";
    act: "Act", "Acte";
    when: "When", "Quand";
    on_what: "On what", "Sur quoi";
    changed_to: "Change", "Changement";
    find: "Find", "Chercher";
    nothing_found: "Nothing was found", "Rien n’a été trouvé";
    nothing_found_why: "Try it with fewer filters.", "Essayez avec moins de filtres.";
    older: "Older", "Plus anciens";
    settings: "Settings", "Réglages";
    operators: "Operators", "Opérateurs";
    role: "Role", "Rôle";
    made: "Made", "Créé";
    token_used: "Token last used", "Jeton utilisé";
    acts: "Acts", "Actes";
    never: "never", "jamais";
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

    // The phone.
    phone: "Phone", "Téléphone";
    phone_lead: "A WhatsApp phone that writes to this host through its real, signed webhook. Nothing leaves the machine.", "Un téléphone WhatsApp qui écrit à cet hôte par son vrai webhook signé. Rien ne quitte la machine.";
    who_writes: "Who writes", "Qui écrit";
    has_number: "with a number", "avec numéro";
    no_number: "no number", "sans numéro";
    lang_en: "English", "Anglais";
    lang_fr: "French", "Français";
    lang_rw: "Kinyarwanda", "Kinyarwanda";
    lang_sw: "Kiswahili", "Kiswahili";
    typing: "typing…", "écrit…";
    online: "online", "en ligne";
    clear: "Clear", "Effacer";
    clear_why: "Empties the screen and ends the conversation", "Vide l’écran et termine la conversation";
    nothing_said_why: "Write below, or take one of the sentences.", "Écrivez ci-dessous ou prenez une des phrases.";
    choices: "Choices", "Choix";
    reply: "Reply", "Répondre";
    replying_to: "Reply to:", "Réponse à :";
    do_not_reply: "Cancel", "Annuler";
    sentences_to_try: "Sentences to try", "Phrases à essayer";
    try_this: "Try:", "Essayez :";
    message: "Message", "Message";
    as_burst: "each line as a message of its own", "chaque ligne comme un message à part";
    send_other: "Photo, document, voice, place, contact", "Photo, document, voix, lieu, contact";
    file: "File", "Fichier";
    caption: "Caption", "Légende";
    place: "Place", "Lieu";
    share_place: "Share the place", "Partager le lieu";
    share_contact: "Share my contact", "Partager mon contact";
    photo: "Photo", "Photo";
    video: "Video", "Vidéo";
    voice_note: "Voice note", "Message vocal";
    document: "Document", "Document";
    contact: "Contact", "Contact";
    asks_place: "Asks for a place", "Demande un lieu";
    no_phone: "There is no phone here", "Il n’y a pas de téléphone ici";
    no_phone_why: "It is switched on by CONSOLE_PHONE=on. It writes to a test number of this host: nothing goes to Meta, and no figure counts it.", "CONSOLE_PHONE=on l’active. Il écrit à un numéro de test de cet hôte : rien ne va chez Meta et aucun chiffre ne le compte.";
    still_waiting: "Waiting", "En attente";
    not_taken: "The webhook did not take it (HTTP {n}).", "Le webhook ne l’a pas accepté (HTTP {n}).";
    phone_no_choice: "That choice is not on the screen any more.", "Ce choix n’est plus à l’écran.";
    phone_nothing: "There is nothing to send: write something, or choose a file.", "Rien à envoyer : écrivez quelque chose ou choisissez un fichier.";
    phone_file_type: "WhatsApp takes no files of this type: choose a photo, a PDF, a video or a recording.", "WhatsApp n’accepte pas ce type de fichier : choisissez une photo, un PDF, une vidéo ou un enregistrement.";
    phone_file_large: "The file is too large: at most 5 MB.", "Le fichier est trop grand : 5 Mo au plus.";

    // What happened in a turn.
    what_happened: "What happened", "Ce qui s’est passé";
    happened_later: "Here you see, after the first message, how it was read, which agent answered and why, and what it asked the host.", "Après le premier message, vous voyez ici comment il a été lu, quel agent a répondu et pourquoi, et ce qu’il a demandé à l’hôte.";
    agent_is_on: "{n} agent is on", "{n} agent est actif";
    agents_are_on: "{n} agents are on", "{n} agents sont actifs";
    open_turn: "Open the turn", "Ouvrir le tour";
    test_turn: "A test: in no figure, gate or cost.", "Un test : dans aucun chiffre, contrôle ni coût.";
    test: "test", "test";
    turns_of_talk: "Turns of this conversation", "Tours de cette conversation";
    at: "At", "À";
    said: "Said", "Dit";
    took: "Took", "Durée";
    why: "Why", "Pourquoi";
    came_to: "Came to", "Résultat";
    read_as: "Read as", "Lu comme";
    unsure: "unsure", "incertain";
    used_fuel: "{n} instructions", "{n} instructions";
    handed_over_to: "Handed over to", "Transmis à";
    was_stopped: "Was stopped", "A été arrêté";
    agent_log: "Log", "Journal";
    call_to_host: "{n} call to the host", "{n} appel à l’hôte";
    calls_to_host: "{n} calls to the host", "{n} appels à l’hôte";
    in_and_out: "What went in and out", "Entrées et sorties";
    flow: "Flow", "Parcours";
    flow_none: "none", "aucun";
    flow_changes: "Flow before and after", "Parcours avant et après";
    committed: "Committed in one transaction", "Validé en une transaction";
    committed_session: "session", "session";
    committed_reply: "{n} reply", "{n} réponse";
    committed_replies: "{n} replies", "{n} réponses";
    committed_journal: "journal", "journal";
    replies_sent: "Replies", "Réponses";
    no_own_answer: "There was no answer of an agent", "Aucun agent n’a répondu lui-même";
    answered_in: "Answered in {n}", "Répondu en {n}";
    answered: "Answered", "Répondu";
    stopped: "Stopped", "Arrêté";
    still_waits: "Waits", "En attente";
    held: "Held", "Retenu";
    forwarded: "Forwarded", "Transféré";
    dead: "Given up", "Abandonné";
    unanswered: "No answer", "Sans réponse";
    journal_gone: "The journal of this turn is not kept any more: journals stay for JOURNAL_DAYS. What the event says is still here.", "Le journal de ce tour n’est plus conservé : les journaux restent JOURNAL_DAYS jours. Ce que dit l’événement est encore là.";
    why_exit: "The person left for the menu.", "La personne est revenue au menu.";
    why_choice: "The person chose something that it had offered.", "La personne a choisi ce qu’il avait proposé.";
    why_notice: "A notice is for this agent.", "Une notification est pour cet agent.";
    why_flow: "Its flow is open.", "Son parcours est ouvert.";
    why_recent: "It answered within the last minutes.", "Il a répondu dans les dernières minutes.";
    why_keywords: "By words, confidence {n}:", "Par mots, confiance {n} :";
    why_fallback: "Nothing else fits.", "Rien d’autre ne convient.";
    why_model: "The language model chose it.", "Le modèle de langage l’a choisi.";
    why_voice: "The voice note could not be read.", "Le message vocal n’a pas pu être lu.";
    why_flood: "Too many messages within a minute.", "Trop de messages en une minute.";
    by_human: "A human answers this person.", "Un humain répond à cette personne.";
    why_aside: "The host answered itself, beside what is open.", "L’hôte a répondu lui-même, à côté de ce qui est ouvert.";

    // Turns.
    conversations: "Conversations", "Conversations";
    turns_lead: "Every answered message, the newest first.", "Chaque message répondu, du plus récent au plus ancien.";
    search_turns: "Search", "Rechercher";
    search_turns_by: "name · end of a number · words of the answer · turn-14", "nom · fin d’un numéro · mots de la réponse · turn-14";
    over: "Over", "Période";
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
    whole_talk: "Whole conversation", "Toute la conversation";
    how_far: "How far it came", "Jusqu’où c’est allé";
    written: "Written", "Écrit";
    by_phone_clock: "by the phone’s clock", "selon l’horloge du téléphone";
    received: "Received", "Reçu";
    waited_for_more: "waited {n} for more words", "attendu {n} d’autres mots";
    delivered: "Delivered", "Distribué";
    on_the_phone: "on the phone", "sur le téléphone";
    read: "Read", "Lu";
    by_the_person: "by the person", "par la personne";
    sent_to_meta: "Sent", "Envoyé";
    where_time_went: "Where the time went", "Où le temps est passé";
    step: "Step", "Étape";
    the_turn: "The turn", "Le tour";
    waiting_to_send: "Waited to be sent", "Attente avant l’envoi";
    sent_until_delivered: "Sent until delivered", "De l’envoi à la distribution";
    asked_host: "What it asked the host", "Ce qu’il a demandé à l’hôte";
    call: "Call", "Appel";
    asked: "Asked", "Demandé";
    got: "Got", "Obtenu";
    writes: "writes", "écrit";
    facts: "Facts", "Faits";
    version: "Version", "Version";
    instructions: "Instructions", "Instructions";
    attempts_failed: "Failed attempts", "Essais échoués";
    billed: "Billed", "Facturé";
    billed_n: "{n} messages", "{n} messages";
    not_billed: "nothing", "rien";
    journal: "Journal", "Journal";
    number: "Number", "Numéro";
    turn_gone: "This turn is not kept any more", "Ce tour n’est plus conservé";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words in braces of a text, sorted.
    fn filled(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_key_has_both_languages_with_the_same_words_to_fill_in() {
        for (key, en, fr) in KEYS {
            assert!(!en.trim().is_empty() && !fr.trim().is_empty(), "{key}");
            assert_eq!(filled(en), filled(fr), "{key}");
        }
        let mut keys: Vec<&str> = KEYS.iter().map(|(key, _, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), KEYS.len(), "a key stands twice");
    }
}
