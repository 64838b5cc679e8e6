//! Replay.

texts! {
    done_accept: "The difference is accepted for this version.", "La différence est acceptée pour cette version.";
    done_replay: "The turns were played again.", "Les tours ont été rejoués.";
    replay_of: "What {n} does otherwise", "Ce que {n} fait autrement";
    replay_lead: "Recorded turns, played again in the sandbox. What the model said, the time and chance come from the record; nobody is written to.", "Des tours enregistrés, rejoués dans le bac à sable. Les réponses du modèle, l’heure et le hasard viennent de l’enregistrement ; personne ne reçoit de message.";
    replay_played: "Played {at}, by {who}.", "Rejoué {at}, par {who}.";
    replay_passes: "Nothing differs that nobody has accepted", "Aucune différence non acceptée";
    replay_differs: "It differs, and waits until somebody accepts that", "Elle diffère, et attend que quelqu’un l’accepte";
    play_again: "Play again", "Rejouer";
    turns_played: "Turns played", "Tours rejoués";
    turns_same: "The same", "Identiques";
    turns_unknown: "Not known", "Inconnus";
    differences_open: "Kinds to be accepted", "Sortes à accepter";
    nothing_differs: "Nothing differs", "Rien ne diffère";
    nothing_differs_why: "It gives and asks the same in every recorded turn.", "Elle répond et demande la même chose dans chaque tour enregistré.";
    what_differs: "What differs", "Ce qui diffère";
    turn_one: "{n} turn", "{n} tour";
    turn_more: "{n} turns", "{n} tours";
    accepted_by: "accepted by {who}", "accepté par {who}";
    was_said: "As it was", "Comme c’était";
    would_differ: "What {n} does otherwise in it", "Ce que {n} y fait autrement";
    accept_kinds: "If it is meant so", "Si c’est voulu";
    accept_why: "An accepted kind holds for this version, and is in the audit. When none is left, the version goes on by itself.", "Une sorte acceptée vaut pour cette version, et figure dans l’audit. Quand il n’en reste aucune, la version avance d’elle-même.";
    accept: "Accept {n}", "Accepter {n}";
    kind_words: "words", "textes";
    kind_choices: "choices", "choix";
    kind_flow: "flow", "parcours";
    kind_writes: "writes", "écritures";
    kind_calls: "calls", "appels";
    kind_cost: "cost", "coût";
    kind_limits: "limits", "limites";
    kind_traps: "traps", "plantages";
    turn_not_recorded: "The record of this turn is not kept any more.", "L’enregistrement de ce tour n’est plus conservé.";
    turns_need_role: "People’s words are shown to the role support and above.", "Les mots des personnes sont montrés dès le rôle assistance.";
    same_now: "the same, as it is now", "identique, à présent";
}
