//! Signing in.

texts! {
    sign_in: "Sign in", "Se connecter";
    sign_in_with_password: "With name and password", "Avec nom et mot de passe";
    sign_in_with_token: "With a token", "Avec un jeton";
    password: "Password", "Mot de passe";
    token: "Token", "Jeton";
    token_hint: "Your operator’s token, or that of OPERATOR_TOKEN.", "Votre jeton d’opérateur, ou celui de OPERATOR_TOKEN.";
    there_is_a_problem: "There is a problem", "Il y a un problème";
    wrong_password: "The name or the password is wrong.", "Le nom ou le mot de passe est incorrect.";
    wrong_token: "This token is not valid.", "Ce jeton n’est pas valable.";
    too_many_tries: "Too many failed attempts: wait a minute, then try again.", "Trop de tentatives échouées : attendez une minute, puis réessayez.";
    signed_out: "You are signed out.", "Vous êtes déconnecté.";
    first_admin: "No account yet? An administrator makes one on the server:", "Pas encore de compte ? Un administrateur en crée un sur le serveur :";
}
