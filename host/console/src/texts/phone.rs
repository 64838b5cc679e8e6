//! The phone.

texts! {
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
    no_phone: "There is no phone here", "Il n’y a pas de téléphone ici";
    no_phone_why: "It is switched on by CONSOLE_PHONE=on. It writes to a test number of this host: nothing goes to Meta, and no figure counts it.", "CONSOLE_PHONE=on l’active. Il écrit à un numéro de test de cet hôte : rien ne va chez Meta et aucun chiffre ne le compte.";
    not_taken: "The webhook did not take it (HTTP {n}).", "Le webhook ne l’a pas accepté (HTTP {n}).";
    phone_no_choice: "That choice is not on the screen any more.", "Ce choix n’est plus à l’écran.";
    phone_nothing: "There is nothing to send: write something, or choose a file.", "Rien à envoyer : écrivez quelque chose ou choisissez un fichier.";
    phone_file_type: "WhatsApp takes no files of this type: choose a photo, a PDF, a video or a recording.", "WhatsApp n’accepte pas ce type de fichier : choisissez une photo, un PDF, une vidéo ou un enregistrement.";
    phone_file_large: "The file is too large: at most 5 MB.", "Le fichier est trop grand : 5 Mo au plus.";
    happened_later: "Here you see, after the first message, how it was read, which agent answered and why, and what it asked the host.", "Après le premier message, vous voyez ici comment il a été lu, quel agent a répondu et pourquoi, et ce qu’il a demandé à l’hôte.";
    agent_is_on: "{n} agent is on", "{n} agent est actif";
    agents_are_on: "{n} agents are on", "{n} agents sont actifs";
    open_turn: "Open the turn", "Ouvrir le tour";
    turns_of_talk: "Turns of this conversation", "Tours de cette conversation";
}
