//! What a board says, in the four languages.

use crate::{Text, tr};

pub(super) const PER_HOUR: Text = tr!("per hour", "par heure", "ku isaha", "kwa saa");
pub(super) const PER_DAY: Text = tr!("per day", "par jour", "ku munsi", "kwa siku");
pub(super) const PER_NIGHT: Text = tr!("per night", "par nuit", "ku ijoro", "kwa usiku");
pub(super) const PER_WEEK: Text = tr!("per week", "par semaine", "ku cyumweru", "kwa wiki");
pub(super) const PER_MONTH: Text = tr!("per month", "par mois", "ku kwezi", "kwa mwezi");
pub(super) const PER_KG: Text = tr!("per kg", "le kg", "ku kilo", "kwa kilo");

pub(super) const SAVED_TITLE: Text = tr!("⭐ Saved", "⭐ Enregistrés", "⭐ Ibyabitswe", "⭐ Vilivyohifadhiwa");
pub(super) const MINE_TITLE: Text = tr!("🗂️ Mine", "🗂️ Les miens", "🗂️ Ibyanjye", "🗂️ Vyangu");
pub(super) const SEE: Text = tr!("See it", "Voir", "Birebe", "Tazama");
pub(super) const BACK: Text = tr!("Back", "Retour", "Subira", "Rudi");
pub(super) const BACK_TO_LIST: Text = tr!("Back to list", "Retour à la liste", "Subira ku rutonde", "Rudi kwa orodha");
pub(super) const DETAILS: Text = tr!("Details", "Détails", "Ibisobanuro", "Maelezo");

pub(super) const SAVED_WORDS: &[&str] = &[
    "saved",
    "favourites",
    "favorites",
    "my searches",
    "saved searches",
    "mes favoris",
    "favoris",
    "enregistres",
    "ibyabitswe",
    "vilivyohifadhiwa",
];
pub(super) const MINE_WORDS: &[&str] = &[
    "my listings",
    "my listing",
    "my ads",
    "my jobs",
    "my applications",
    "my application",
    "my orders",
    "my order",
    "my trips",
    "my bookings",
    "my properties",
    "my inquiries",
    "my produce",
    "my requests",
    "my offers",
    "mes annonces",
    "mon annonce",
    "mes offres",
    "mes candidatures",
    "mes commandes",
    "mes trajets",
    "mes demandes",
    "ibyanjye",
    "ibyo ngurisha",
    "akazi kanjye",
    "ubusabe bwanjye",
    "matangazo yangu",
    "kazi zangu",
    "maombi yangu",
    "oda zangu",
    "safari zangu",
];
pub(super) const NOTIFY_WORDS: &[&str] = &[
    "notify me",
    "notify",
    "tell me",
    "let me know",
    "prevenez moi",
    "me prevenir",
    "mumbwire",
    "menyesha",
    "nijulishe",
    "niambie",
];

// ---- Searching ------------------------------------------------------------------------------------------------------

pub(super) const NOTHING_FOR: Text = tr!(
    "I found nothing for *{words}*. Shall I tell you when there is something?",
    "Je n'ai rien trouvé pour *{words}*. Dois-je vous prévenir s'il y a du nouveau ?",
    "Nta kintu nabonye kuri *{words}*. Nzakubwire nihaboneka ikintu?",
    "Sijapata kitu kwa *{words}*. Nikuambie kikipatikana?",
);
pub(super) const NOTHING: Text = tr!(
    "I found nothing. Shall I tell you when there is something?",
    "Je n'ai rien trouvé. Dois-je vous prévenir s'il y a du nouveau ?",
    "Nta kintu nabonye. Nzakubwire nihaboneka ikintu?",
    "Sijapata kitu. Nikuambie kikipatikana?",
);
pub(super) const NOTIFY_ME: Text = tr!("🔔 Notify me", "🔔 Prévenez-moi", "🔔 Uzambwire", "🔔 Nijulishe");
pub(super) const SEARCH_AGAIN: Text =
    tr!("🔎 Search again", "🔎 Chercher encore", "🔎 Ongera ushake", "🔎 Tafuta tena");
pub(super) const NO_SEARCH: Text = tr!(
    "Search for something first, then I can watch for it.",
    "Faites d'abord une recherche, ensuite je pourrai la surveiller.",
    "Banza ushake ikintu, hanyuma nzajye nkigukurikiranira.",
    "Tafuta kitu kwanza, kisha nitakiangalia.",
);
pub(super) const SEARCH_SAVED: Text = tr!(
    "🔔 Saved: I tell you as soon as something fits. You find it under *Saved*.",
    "🔔 Enregistré : je vous préviens dès que quelque chose convient. Voir *Enregistrés*.",
    "🔔 Byabitswe: nzakubwira nihaboneka igikwiye. Biri mu *Ibyabitswe*.",
    "🔔 Imehifadhiwa: nitakuambia kitu kikifaa. Iko kwenye *Vilivyohifadhiwa*.",
);
pub(super) const TOO_MANY_SEARCHES: Text = tr!(
    "You have many saved searches already. Remove one under *Saved* first.",
    "Vous avez déjà beaucoup de recherches enregistrées. Retirez-en une dans *Enregistrés*.",
    "Ufite byinshi byabitswe. Banza ukuremo kimwe mu *Ibyabitswe*.",
    "Una utafutaji mwingi uliohifadhiwa. Ondoa mmoja kwanza.",
);
pub(super) const SEARCH_FORGOTTEN: Text = tr!(
    "That search is no longer saved.",
    "Cette recherche n'est plus enregistrée.",
    "Ibyo ntibikibitswe.",
    "Utafutaji huo haujahifadhiwa tena.",
);
pub(super) const FOUND_FOR_YOU: Text = tr!(
    "🔔 Something new fits your search: *{title}*",
    "🔔 Du nouveau pour votre recherche : *{title}*",
    "🔔 Habonetse igikwiye ibyo washakaga: *{title}*",
    "🔔 Kuna kipya kinachofaa utafutaji wako: *{title}*",
);

// ---- One listing ----------------------------------------------------------------------------------------------------

pub(super) const GONE: Text = tr!(
    "This is no longer available.",
    "Cette annonce n'est plus disponible.",
    "Ibi ntibikiboneka.",
    "Hii haipatikani tena.",
);
pub(super) const PHOTOS: Text = tr!("📷 Photos", "📷 Photos", "📷 Amafoto", "📷 Picha");
pub(super) const SAVE: Text = tr!("⭐ Save", "⭐ Enregistrer", "⭐ Bika", "⭐ Hifadhi");
pub(super) const SAVED: Text = tr!("⭐ Saved.", "⭐ Enregistré.", "⭐ Byabitswe.", "⭐ Imehifadhiwa.");
pub(super) const REPORT: Text = tr!("🚩 Report", "🚩 Signaler", "🚩 Tanga ikirego", "🚩 Ripoti");
pub(super) const WHY: Text = tr!(
    "What is wrong with it? It is hidden until our team has looked.",
    "Quel est le problème ? L'annonce est masquée jusqu'à ce que notre équipe l'ait vue.",
    "Ikibazo ni ikihe? Birahishwa kugeza itsinda ryacu ribirebye.",
    "Tatizo ni nini? Linafichwa hadi timu yetu iangalie.",
);
pub(super) const REASONS: [(&str, Text); 4] = [
    ("fraud", tr!("Fraud", "Arnaque", "Uburiganya", "Ulaghai")),
    ("spam", tr!("Spam", "Spam", "Spam", "Barua taka")),
    ("inappropriate", tr!("Inappropriate", "Inapproprié", "Ntibikwiye", "Haifai")),
    ("other", tr!("Something else", "Autre chose", "Ikindi", "Kingine")),
];
pub(super) const REPORTED: Text = tr!(
    "Thank you. It is hidden now, and our team looks at it.",
    "Merci. L'annonce est masquée et notre équipe la vérifie.",
    "Urakoze. Byahishwe, itsinda ryacu rirabireba.",
    "Asante. Imefichwa sasa, na timu yetu inaiangalia.",
);

// ---- Contact --------------------------------------------------------------------------------------------------------

pub(super) const NO_CONTACT: Text = tr!(
    "{owner} gives out no number for this.",
    "{owner} ne donne pas de numéro pour cette annonce.",
    "{owner} ntatanga nimero.",
    "{owner} hatoi namba kwa hii.",
);
pub(super) const HERE_IS: Text = tr!(
    "Here is how to reach {owner} of *{title}*:",
    "Voici comment joindre {owner} de *{title}* :",
    "Dore uko wabona {owner} wa *{title}*:",
    "Hivi ndivyo utakavyompata {owner} wa *{title}*:",
);
pub(super) const REFUSED: Text = tr!(
    "{owner} does not want to be contacted about this.",
    "{owner} ne souhaite pas être contacté à ce sujet.",
    "{owner} ntashaka guhamagarwa kuri ibi.",
    "{owner} hataki kuwasiliana kuhusu hii.",
);
pub(super) const ASKED_OWNER: Text = tr!(
    "I asked {owner}, and tell you as soon as they answer.",
    "J'ai demandé : {owner} va répondre et je vous préviens.",
    "Nabajije {owner}, nzakubwira asubije.",
    "Nimemuuliza {owner}, nitakuambia akijibu.",
);
pub(super) const ALREADY_ANSWERED: Text =
    tr!("You have already answered that.", "Vous avez déjà répondu.", "Wamaze gusubiza.", "Tayari umejibu.");
pub(super) const THEY_HAVE_IT: Text = tr!(
    "Done: they have your contact now.",
    "C'est fait : votre contact a été transmis.",
    "Byakozwe: bahawe nimero yawe.",
    "Tayari: wamepata namba yako.",
);
pub(super) const NOT_GIVEN: Text = tr!(
    "Fine, your number stays with us.",
    "D'accord, votre numéro n'a pas été donné.",
    "Ni byiza, nimero yawe ntiyatanzwe.",
    "Sawa, namba yako haikutolewa.",
);
pub(super) const MAY_THEY: Text = tr!(
    "📬 {name} is interested in *{title}*. May I give them your number?",
    "📬 {name} s'intéresse à *{title}*. Puis-je lui donner votre numéro ?",
    "📬 {name} yifuza *{title}*. Muhe nimero yawe?",
    "📬 {name} anapenda *{title}*. Nimpe namba yako?",
);
pub(super) const SHARE: Text = tr!("Share", "Donner", "Yitange", "Mpe");
pub(super) const OWNER_AGREED: Text = tr!(
    "🎉 *{title}*: {owner} agreed. Here is the contact:",
    "🎉 *{title}* : {owner} est d'accord. Voici le contact :",
    "🎉 {owner} wa *{title}* yemeye. Dore nimero:",
    "🎉 {owner} wa *{title}* amekubali. Hii hapa namba:",
);
pub(super) const OWNER_REFUSED: Text = tr!(
    "*{title}*: {owner} prefers not to be contacted.",
    "*{title}* : {owner} préfère ne pas être contacté.",
    "{owner} wa *{title}* ntashaka guhamagarwa.",
    "{owner} wa *{title}* hapendi kuwasiliana.",
);

// ---- Applications ---------------------------------------------------------------------------------------------------

pub(super) const YOUR_OWN: Text =
    tr!("This is your own.", "C'est le vôtre.", "Ibi ni ibyawe.", "Hii ni yako mwenyewe.");
pub(super) const ALREADY_ASKED: Text =
    tr!("You have already asked for this.", "Vous l'avez déjà demandé.", "Wamaze kubisaba.", "Tayari umeomba hii.",);
pub(super) const SENT: Text = tr!(
    "✅ Sent. I tell you what {owner} answers.",
    "✅ Envoyé. Je vous préviens : {owner} va répondre.",
    "✅ Byoherejwe. Nzakubwira icyo {owner} asubije.",
    "✅ Imetumwa. Nitakuambia jibu la {owner}.",
);
pub(super) const ACCEPT: Text = tr!("✅ Accept", "✅ Accepter", "✅ Emera", "✅ Kubali");
pub(super) const DECLINE: Text = tr!("Decline", "Refuser", "Oya", "Kataa");
pub(super) const WITHDRAW: Text = tr!("❌ Cancel it", "❌ Annuler", "❌ Bihagarike", "❌ Ghairi hii");
pub(super) const WITHDRAWN: Text = tr!(
    "Cancelled. I let the other side know.",
    "Annulé. Je préviens l'autre personne.",
    "Byahagaritswe. Ndabimenyesha undi.",
    "Imeghairiwa. Namjulisha mwenzako.",
);
pub(super) const ACCEPTED: Text = tr!(
    "✅ Accepted. I let {name} know.",
    "✅ Accepté. Je préviens {name}.",
    "✅ Byemewe. Ndabibwira {name}.",
    "✅ Imekubaliwa. Namjulisha {name}.",
);
pub(super) const DECLINED: Text = tr!(
    "Declined. I let {name} know.",
    "Refusé. Je préviens {name}.",
    "Byanzwe. Ndabibwira {name}.",
    "Imekataliwa. Namjulisha {name}.",
);
pub(super) const GOOD_NEWS: Text = tr!(
    "🎉 Good news: *{title}*, {owner} accepted.",
    "🎉 Bonne nouvelle : *{title}*, {owner} accepte.",
    "🎉 Inkuru nziza: *{title}*, {owner} yemeye.",
    "🎉 Habari njema: *{title}*, {owner} amekubali.",
);
pub(super) const BAD_NEWS: Text = tr!(
    "*{title}*: {owner} declined this time.",
    "*{title}* : {owner} a refusé cette fois.",
    "*{title}*: {owner} ntiyemeye ubu.",
    "*{title}*: {owner} hakukubali mara hii.",
);
pub(super) const THEY_WITHDREW: Text = tr!(
    "*{title}*: somebody who had asked has cancelled.",
    "*{title}* : une personne a annulé sa demande.",
    "*{title}*: uwari wabisabye yabihagaritse.",
    "*{title}*: aliyeomba ameghairi.",
);
pub(super) const PENDING: Text = tr!("⏳ waiting", "⏳ en attente", "⏳ birategereje", "⏳ inasubiri");
pub(super) const IS_ACCEPTED: Text = tr!("✅ accepted", "✅ accepté", "✅ byemewe", "✅ imekubaliwa");
pub(super) const IS_REJECTED: Text = tr!("❌ declined", "❌ refusé", "❌ byanzwe", "❌ imekataliwa");
pub(super) const IS_WITHDRAWN: Text = tr!("cancelled", "annulé", "byahagaritswe", "imeghairiwa");

// ---- One's own ------------------------------------------------------------------------------------------------------

pub(super) const LISTED: Text = tr!(
    "✅ It is online for 30 days. I tell you when somebody asks.",
    "✅ C'est en ligne pour 30 jours. Je vous préviens si quelqu'un demande.",
    "✅ Byasohotse mu minsi 30. Nzakubwira hagize ubaza.",
    "✅ Imechapishwa kwa siku 30. Nitakuambia mtu akiuliza.",
);
pub(super) const NOTHING_OWN: Text =
    tr!("You have nothing here yet.", "Vous n'avez encore rien ici.", "Nta kintu ufite hano.", "Huna kitu hapa bado.");
pub(super) const YOURS: Text =
    tr!("This is yours, newest first:", "Voici ce qui est à vous :", "Ibi ni ibyawe:", "Hivi ni vyako:");
pub(super) const OWN_LISTINGS: Text = tr!("Listed", "Annonces", "Ibyatangajwe", "Matangazo");
pub(super) const OWN_APPLICATIONS: Text = tr!("Asked for", "Demandes", "Ibyasabwe", "Maombi");
pub(super) const N_ASKED: Text =
    tr!("📬 asked for by {count}", "📬 demandes : {count}", "📬 ababajije: {count}", "📬 waliouliza: {count}");
pub(super) const MARK_SOLD: Text = tr!("Mark as sold", "Marquer vendu", "Byagurishijwe", "Imeuzwa");
pub(super) const MARK_RENTED: Text = tr!("Mark as rented", "Marquer loué", "Byakodeshejwe", "Imepangishwa");
pub(super) const REMOVE: Text = tr!("🔒 Take it down", "🔒 Retirer", "🔒 Kuraho", "🔒 Ondoa");
pub(super) const LIST_AGAIN: Text = tr!("🔓 List again", "🔓 Republier", "🔓 Ongera usohore", "🔓 Chapisha tena");
pub(super) const UNDO: Text = tr!("Undo", "Rétablir", "Subiza", "Rudisha");
pub(super) const IS_ACTIVE: Text = tr!("online", "en ligne", "biragaragara", "ipo");
pub(super) const IS_SOLD: Text = tr!("sold", "vendu", "byagurishijwe", "imeuzwa");
pub(super) const IS_RENTED: Text = tr!("rented", "loué", "byakodeshejwe", "imepangishwa");
pub(super) const IS_EXPIRED: Text = tr!("expired", "expiré", "byarangiye", "imeisha muda");
pub(super) const IS_REMOVED: Text = tr!("taken down", "retiré", "byakuweho", "imeondolewa");
pub(super) const RAN_OUT: Text = tr!(
    "⏰ *{title}* has been online for 30 days and is now hidden. Still on offer?",
    "⏰ *{title}* était en ligne depuis 30 jours et est masqué. Toujours d'actualité ?",
    "⏰ *{title}* imaze iminsi 30, ubu irahishwe. Iracyahari?",
    "⏰ *{title}* imekuwepo siku 30 na sasa imefichwa. Bado ipo?",
);
pub(super) const NOTHING_SAVED: Text = tr!(
    "You have saved nothing yet. Tap *Save* on something you like.",
    "Vous n'avez encore rien enregistré. Touchez *Enregistrer* sur une annonce.",
    "Nta kintu urabika. Kanda *Bika* ku cyo ukunze.",
    "Hujahifadhi kitu. Gusa *Hifadhi* kwenye unachopenda.",
);
pub(super) const YOU_SAVED: Text = tr!("What you saved:", "Vos enregistrements :", "Ibyo wabitse:", "Ulivyohifadhi:");
pub(super) const FAVOURITES: Text = tr!("Favourites", "Favoris", "Ibyo wakunze", "Vipendwa");
pub(super) const SEARCHES: Text = tr!("Searches", "Recherches", "Ibishakwa", "Utafutaji");
pub(super) const TAP_TO_FORGET: Text =
    tr!("🔔 on · tap to stop", "🔔 actif · toucher pour arrêter", "🔔 kanda uhagarike", "🔔 gusa kuacha");
