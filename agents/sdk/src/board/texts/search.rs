//! What a board says while somebody searches.

use crate::{Text, tr};

pub(in crate::board) const NOTHING_FOR: Text = tr!(
    "I found nothing for *{words}* yet. Shall I tell you as soon as there is something?",
    "Je n'ai rien trouvé pour *{words}* pour l'instant. Je vous préviens dès qu'il y a quelque chose ?",
    "Nta kintu nabonye kuri *{words}* ubu. Nzakubwire nihagira ikiboneka?",
    "Sijapata kitu kwa *{words}* bado. Nikuambie mara kikipatikana?",
);
pub(in crate::board) const NOTHING: Text = tr!(
    "I found nothing yet. Shall I tell you as soon as there is something?",
    "Je n'ai rien trouvé pour l'instant. Je vous préviens dès qu'il y a quelque chose ?",
    "Nta kintu nabonye ubu. Nzakubwire nihagira ikiboneka?",
    "Sijapata kitu bado. Nikuambie mara kikipatikana?",
);
pub(in crate::board) const NOTIFY_ME: Text = tr!("🔔 Notify me", "🔔 Prévenez-moi", "🔔 Uzambwire", "🔔 Nijulishe");
pub(in crate::board) const NO_SEARCH: Text = tr!(
    "Search for something first, then I can watch for it.",
    "Faites d'abord une recherche, ensuite je pourrai la surveiller.",
    "Banza ushake ikintu, hanyuma nzajye nkigukurikiranira.",
    "Tafuta kitu kwanza, kisha nitakiangalia.",
);
pub(in crate::board) const SEARCH_SAVED: Text = tr!(
    "🔔 Done. I'll tell you as soon as something fits. You can stop it under *Saved*.",
    "🔔 C'est noté. Je vous préviens dès que quelque chose convient. Pour arrêter : *Enregistrés*.",
    "🔔 Byabitswe. Nzakubwira nihaboneka igikwiye. Wabihagarika mu *Ibyabitswe*.",
    "🔔 Sawa. Nitakuambia kitu kikifaa. Unaweza kusimamisha kwenye *Vilivyohifadhiwa*.",
);
pub(in crate::board) const TOO_MANY_SEARCHES: Text = tr!(
    "You have many saved searches already. Remove one under *Saved* first.",
    "Vous avez déjà beaucoup de recherches enregistrées. Retirez-en une dans *Enregistrés*.",
    "Ufite byinshi byabitswe. Banza ukuremo kimwe mu *Ibyabitswe*.",
    "Una utafutaji mwingi uliohifadhiwa. Ondoa mmoja kwanza.",
);
pub(in crate::board) const SEARCH_FORGOTTEN: Text = tr!(
    "That search is no longer saved.",
    "Cette recherche n'est plus enregistrée.",
    "Ibyo ntibikibitswe.",
    "Utafutaji huo haujahifadhiwa tena.",
);
pub(in crate::board) const FOUND_FOR_YOU: Text = tr!(
    "🔔 Something new fits your search: *{title}*",
    "🔔 Du nouveau pour votre recherche : *{title}*",
    "🔔 Habonetse igikwiye ibyo washakaga: *{title}*",
    "🔔 Kuna kipya kinachofaa utafutaji wako: *{title}*",
);
