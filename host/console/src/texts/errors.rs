//! Errors.

texts! {
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
    go_back: "Go to the overview", "Aller à la vue d’ensemble";
}
