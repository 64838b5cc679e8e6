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
    "I found nothing for *{words}* yet. Shall I tell you as soon as there is something?",
    "Je n'ai rien trouvé pour *{words}* pour l'instant. Je vous préviens dès qu'il y a quelque chose ?",
    "Nta kintu nabonye kuri *{words}* ubu. Nzakubwire nihagira ikiboneka?",
    "Sijapata kitu kwa *{words}* bado. Nikuambie mara kikipatikana?",
);
pub(super) const NOTHING: Text = tr!(
    "I found nothing yet. Shall I tell you as soon as there is something?",
    "Je n'ai rien trouvé pour l'instant. Je vous préviens dès qu'il y a quelque chose ?",
    "Nta kintu nabonye ubu. Nzakubwire nihagira ikiboneka?",
    "Sijapata kitu bado. Nikuambie mara kikipatikana?",
);
pub(super) const NOTIFY_ME: Text = tr!("🔔 Notify me", "🔔 Prévenez-moi", "🔔 Uzambwire", "🔔 Nijulishe");
pub(super) const NO_SEARCH: Text = tr!(
    "Search for something first, then I can watch for it.",
    "Faites d'abord une recherche, ensuite je pourrai la surveiller.",
    "Banza ushake ikintu, hanyuma nzajye nkigukurikiranira.",
    "Tafuta kitu kwanza, kisha nitakiangalia.",
);
pub(super) const SEARCH_SAVED: Text = tr!(
    "🔔 Done. I'll tell you as soon as something fits. You can stop it under *Saved*.",
    "🔔 C'est noté. Je vous préviens dès que quelque chose convient. Pour arrêter : *Enregistrés*.",
    "🔔 Byabitswe. Nzakubwira nihaboneka igikwiye. Wabihagarika mu *Ibyabitswe*.",
    "🔔 Sawa. Nitakuambia kitu kikifaa. Unaweza kusimamisha kwenye *Vilivyohifadhiwa*.",
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
pub(super) const REPORT: Text = tr!("🚩 Report", "🚩 Signaler", "🚩 Menyesha ikibazo", "🚩 Ripoti",);
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
    "I've asked {owner}. I'll tell you as soon as they answer.",
    "C'est demandé. Je vous préviens dès que {owner} répond.",
    "Nabajije {owner}. Nzakubwira nasubiza.",
    "Nimemuuliza {owner}. Nitakuambia akijibu.",
);
pub(super) const ALREADY_ANSWERED: Text =
    tr!("You have already answered that.", "Vous avez déjà répondu.", "Wamaze gusubiza.", "Tayari umejibu.");
pub(super) const THEY_HAVE_IT: Text = tr!(
    "✅ Done: {name} gets your contact. Here is theirs:",
    "✅ C'est fait : {name} reçoit votre contact. Voici le sien :",
    "✅ Byakozwe: {name} arahabwa nimero yawe. Dore iye:",
    "✅ Tayari: {name} anapewa namba yako. Hii hapa yake:",
);
pub(super) const NOT_GIVEN: Text = tr!(
    "All right, your number stays with us.",
    "D'accord, votre numéro n'est pas donné.",
    "Ni byiza, nimero yawe ntitangwa.",
    "Sawa, namba yako haitolewi.",
);
pub(super) const MAY_THEY: Text = tr!(
    "📬 {name} is interested in *{title}*. May I give them your number?",
    "📬 {name} s'intéresse à *{title}*. Puis-je lui donner votre numéro ?",
    "📬 {name} yifuza *{title}*. Namuha nimero yawe?",
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
    "✅ Sent. I'll tell you as soon as {owner} answers.",
    "✅ Envoyé. Je vous préviens dès que {owner} répond.",
    "✅ Byoherejwe. Nzakubwira icyo {owner} asubije.",
    "✅ Imetumwa. Nitakuambia jibu la {owner}.",
);
pub(super) const ACCEPT: Text = tr!("✅ Accept", "✅ Accepter", "✅ Emera", "✅ Kubali");
pub(super) const DECLINE: Text = tr!("Decline", "Refuser", "Oya", "Kataa");
pub(super) const WITHDRAW: Text = tr!("❌ Cancel it", "❌ Annuler", "❌ Bihagarike", "❌ Ghairi hii");
pub(super) const WITHDRAWN: Text = tr!(
    "Cancelled. I'll let the other side know.",
    "Annulé. Je préviens l'autre personne.",
    "Byahagaritswe. Ndabimenyesha undi.",
    "Imeghairiwa. Namjulisha mwenzako.",
);
pub(super) const ACCEPTED: Text = tr!(
    "✅ Accepted. I'll let {name} know.",
    "✅ Accepté. Je préviens {name}.",
    "✅ Byemewe. Ndabibwira {name}.",
    "✅ Imekubaliwa. Namjulisha {name}.",
);
pub(super) const DECLINED: Text = tr!(
    "Declined. I'll let {name} know.",
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
    "✅ It's online for 30 days. I'll tell you when somebody is interested. You can send a photo any time.",
    "✅ C'est en ligne pour 30 jours. Je vous préviens dès que quelqu'un est intéressé. Vous pouvez envoyer une photo à tout moment.",
    "✅ Byashyizweho, bizagaragara iminsi 30. Nzakubwira hagize ubyifuza. Ushobora kohereza ifoto igihe cyose.",
    "✅ Imechapishwa kwa siku 30. Nitakuambia mtu akivutiwa. Unaweza kutuma picha wakati wowote.",
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

// ---- Talk on a board ------------------------------------------------------------------------------------------------

pub(super) const NEWEST: Text = tr!("🆕 What is new", "🆕 Nouveautés", "🆕 Ibishya", "🆕 Vipya",);
pub(super) const WHAT_IS_NEW: Text = tr!("The newest here:", "Les nouveautés :", "Ibishya bihari:", "Vipya zaidi:",);
pub(super) const NOTHING_YET: Text = tr!(
    "There is nothing here yet.",
    "Il n'y a encore rien ici.",
    "Nta kintu kirajyaho.",
    "Bado hapajawekwa chochote.",
);
pub(super) const CLOSE: Text = tr!(
    "Not quite that, but close ({what}):",
    "Pas tout à fait, mais proche ({what}) :",
    "Ntibihuye neza, ariko biri hafi ({what}):",
    "Si hivyo kabisa, lakini vinakaribia ({what}):",
);
pub(super) const NOT_THERE: Text = tr!("not in {place}", "pas à {place}", "hatari {place}", "si {place}",);
pub(super) const OTHER_PRICE: Text = tr!("another price", "un autre prix", "ikindi giciro", "bei nyingine",);
pub(super) const OTHER_DETAILS: Text = tr!("other details", "d'autres détails", "ibindi biranga", "maelezo mengine",);
pub(super) const SIMILAR: Text = tr!("similar things", "dans le même genre", "ibisa na byo", "vinavyofanana",);
pub(super) const CHEAPEST: Text =
    tr!("The cheapest first:", "Les moins chers d'abord :", "Ibihendutse mbere:", "Vya bei nafuu kwanza:",);
pub(super) const MORE: Text = tr!("More of them:", "La suite :", "Ibindi:", "Vingine:",);
pub(super) const THAT_IS_ALL: Text = tr!(
    "That is all there is for now.",
    "C'est tout pour l'instant.",
    "Ibyo ni byo byose bihari ubu.",
    "Hivyo ndivyo vyote vilivyopo sasa.",
);
pub(super) const WELCOME: Text = tr!(
    "You're welcome! 😊 Write whenever you need something.",
    "Avec plaisir ! 😊 Écrivez-moi quand vous voulez.",
    "Murakaza neza! 😊 Nyandikira igihe cyose hari icyo ukeneye.",
    "Karibu sana! 😊 Niandikie wakati wowote.",
);
pub(super) const BYE: Text =
    tr!("Goodbye, and take care! 👋", "Au revoir, et à bientôt ! 👋", "Murabeho! 👋", "Kwaheri! 👋",);
pub(super) const HELLO: Text = tr!("👋 Hello!", "👋 Bonjour !", "👋 Muraho!", "👋 Habari!",);
pub(super) const ALL_RIGHT: Text = tr!(
    "All right. Write whenever you need something.",
    "D'accord. Écrivez-moi quand vous voulez.",
    "Nta kibazo. Nyandikira igihe cyose hari icyo ukeneye.",
    "Sawa. Niandikie wakati wowote.",
);
pub(super) const WHAT_NEXT: Text = tr!(
    "Good! What would you like next?",
    "Très bien ! Que souhaitez-vous ensuite ?",
    "Ni byiza! Urifuza iki gikurikira?",
    "Vizuri! Ungependa nini sasa?",
);
pub(super) const IT_WAITS: Text = tr!(
    "No hurry, it waits for you here.",
    "Rien ne presse, cela vous attend ici.",
    "Nta kihutirwa, birategereje hano.",
    "Hakuna haraka, inakusubiri hapa.",
);
pub(super) const UNCLEAR: Text = tr!(
    "What shall I look for? Name it in a word or two.",
    "Que dois-je chercher ? Dites-le en un mot ou deux.",
    "Nshake iki? Kivuge mu ijambo rimwe cyangwa abiri.",
    "Nitafute nini? Taja kwa neno moja au mawili.",
);
pub(super) const WHICH_ONE: Text = tr!(
    "Several people wait. Which one?",
    "Plusieurs personnes attendent. Laquelle ?",
    "Hari benshi bategereje. Ni uwuhe?",
    "Watu kadhaa wanasubiri. Yupi?",
);
pub(super) const WHICH_IS_GONE: Text = tr!(
    "Well done! 🎉 Which one is it?",
    "Bravo ! 🎉 De laquelle s'agit-il ?",
    "Ni byiza! 🎉 Ni ikihe?",
    "Hongera! 🎉 Ni ipi?",
);
pub(super) const THEY_ASKED: Text = tr!(
    "📬 {name} waits for your answer on *{title}*.",
    "📬 {name} attend votre réponse pour *{title}*.",
    "📬 {name} ategereje igisubizo cyawe kuri *{title}*.",
    "📬 {name} anasubiri jibu lako kuhusu *{title}*.",
);
pub(super) const N_WAIT: Text = tr!(
    "In all, {count} people wait for you.",
    "En tout, {count} personnes vous attendent.",
    "Bose hamwe, abantu {count} bagutegereje.",
    "Kwa jumla, watu {count} wanakusubiri.",
);
pub(super) const IT_IS: Text = tr!(
    "It is {name}, about *{title}*.",
    "C'est {name}, pour *{title}*.",
    "Ni {name}, kuri *{title}*.",
    "Ni {name}, kuhusu *{title}*.",
);
pub(super) const IT_IS_AT: Text = tr!(
    "*{title}*: {place}. {owner} can tell you exactly where.",
    "*{title}* : {place}. Pour l'adresse exacte, demandez : {owner}.",
    "*{title}*: {place}. {owner} yakubwira aho ari neza.",
    "*{title}*: {place}. {owner} atakueleza mahali hasa.",
);
pub(super) const NO_ANSWER_YET: Text = tr!(
    "⏳ *{title}*: {owner} has been asked, no answer yet. I'll tell you at once.",
    "⏳ *{title}* : {owner} n'a pas encore répondu. Je vous préviens aussitôt.",
    "⏳ *{title}*: {owner} ntarasubiza. Nzahita nkubwira.",
    "⏳ *{title}*: {owner} hajajibu bado. Nitakuambia mara moja.",
);
pub(super) const OWNER_SAID_YES: Text = tr!(
    "✅ *{title}*: {owner} agreed.",
    "✅ *{title}* : {owner} est d'accord.",
    "✅ *{title}*: {owner} yemeye.",
    "✅ *{title}*: {owner} amekubali.",
);
pub(super) const NOBODY_YET: Text = tr!(
    "*{title}*: online. I'll tell you when somebody asks.",
    "*{title}* : en ligne. Je vous préviens dès qu'on demande.",
    "*{title}*: biragaragara. Nzakubwira hagize ubaza.",
    "*{title}*: ipo. Nitakuambia mtu akiuliza.",
);
pub(super) const NOTHING_WAITS: Text = tr!(
    "Nothing is waiting right now.",
    "Rien n'est en attente pour le moment.",
    "Nta kintu gitegereje ubu.",
    "Hakuna kinachosubiri kwa sasa.",
);
pub(super) const WRITE_THEM: Text = tr!(
    "That is for the other side of *{title}*. Write them here:",
    "C'est à l'autre personne pour *{title}*. Écrivez-lui ici :",
    "Ibyo ni iby'undi kuri *{title}*. Mwandikire hano:",
    "Hiyo ni ya mwenzako kuhusu *{title}*. Mwandikie hapa:",
);
pub(super) const PASSED_ON: Text = tr!(
    "💬 Passed on: _{words}_",
    "💬 Transmis : _{words}_",
    "💬 Nabimubwiye: _{words}_",
    "💬 Nimemfikishia: _{words}_",
);
pub(super) const NOT_PASSED_ON: Text = tr!(
    "I could not pass that on right now. Try again in a while.",
    "Je n'ai pas pu le transmettre maintenant. Réessayez un peu plus tard.",
    "Sinshoboye kubimugezaho ubu. Ongera ugerageze nyuma gato.",
    "Sikuweza kumfikishia sasa. Jaribu tena baadaye kidogo.",
);
pub(super) const ASK_FIRST: Text = tr!(
    "Only {owner} can answer that. Tap below and I'll send your question along; they get your contact if they give you theirs.",
    "Seule cette personne peut répondre : {owner}. Touchez ci-dessous et je transmets votre question ; chacun reçoit le contact de l'autre s'il y a accord.",
    "{owner} ni we wabisubiza. Kanda hasi nohereze ikibazo cyawe; nabyemera muzahana nimero.",
    "{owner} ndiye anayeweza kujibu. Gusa hapa chini nitume swali lako; akikubali mtapeana namba.",
);
pub(super) const THEY_SAY: Text = tr!(
    "💬 {name} about *{title}*: _{words}_\n\nAnswer here and I'll pass it on.",
    "💬 {name} pour *{title}* : _{words}_\n\nRépondez ici, je transmets.",
    "💬 {name} kuri *{title}*: _{words}_\n\nSubiza hano, ndabimugezaho.",
    "💬 {name} kuhusu *{title}*: _{words}_\n\nJibu hapa, nitamfikishia.",
);
pub(super) const TOOK_CONTACT: Text = tr!(
    "📬 {name} is interested in *{title}* and got your contact. Here is theirs:",
    "📬 {name} s'intéresse à *{title}* et a reçu votre contact. Voici le sien :",
    "📬 {name} yifuza *{title}* kandi yahawe nimero yawe. Dore iye:",
    "📬 {name} anapenda *{title}* na amepewa namba yako. Hii hapa yake:",
);
pub(super) const BE_CAREFUL: Text = tr!(
    "Good that you ask. We do not check who sells: meet in a busy place, look before you pay, and never send money first. If something is wrong, tap *Report*.",
    "Vous faites bien de demander. Nous ne vérifions pas les vendeurs : rencontrez-vous dans un lieu fréquenté, regardez avant de payer et n'envoyez jamais d'argent d'avance. En cas de doute, touchez *Signaler*.",
    "Wakoze kubaza. Ntitugenzura abagurisha: muhurire ahantu hari abantu benshi, banza urebe mbere yo kwishyura, kandi ntukigere wohereza amafaranga mbere. Hari ikitagenda, kanda *Menyesha ikibazo*.",
    "Umefanya vizuri kuuliza. Hatukagui wauzaji: kutaneni mahali penye watu, kagua kabla ya kulipa, na usitume pesa mapema kamwe. Kuna tatizo? Gusa *Ripoti*.",
);
pub(super) const PHOTO_ADDED: Text = tr!(
    "📷 Added to *{title}* ({count}).",
    "📷 Ajoutée à *{title}* ({count}).",
    "📷 Yongewe kuri *{title}* ({count}).",
    "📷 Imeongezwa kwenye *{title}* ({count}).",
);
pub(super) const ENOUGH_PHOTOS: Text = tr!(
    "*{title}* has {count} photos already; that is as many as fit.",
    "*{title}* a déjà {count} photos, c'est le maximum.",
    "*{title}* ifite amafoto {count}, ni yo menshi ashoboka.",
    "*{title}* ina picha {count} tayari, ndizo nyingi zaidi.",
);
pub(super) const PHOTO_OF_WHICH: Text = tr!(
    "📷 Nice! Which one is this a photo of?",
    "📷 Merci ! C'est la photo de quelle annonce ?",
    "📷 Murakoze! Iyi foto ni iy'iki?",
    "📷 Asante! Hii ni picha ya ipi?",
);
