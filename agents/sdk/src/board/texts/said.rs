//! What a board says in a conversation.

use crate::{Text, tr};

pub(in crate::board) const NEWEST: Text = tr!("🆕 What is new", "🆕 Nouveautés", "🆕 Ibishya", "🆕 Vipya",);
pub(in crate::board) const WHAT_IS_NEW: Text =
    tr!("The newest here:", "Les nouveautés :", "Ibishya bihari:", "Vipya zaidi:",);
pub(in crate::board) const NOTHING_YET: Text = tr!(
    "There is nothing here yet.",
    "Il n'y a encore rien ici.",
    "Nta kintu kirajyaho.",
    "Bado hapajawekwa chochote.",
);
pub(in crate::board) const CLOSE: Text = tr!(
    "Not quite that, but close ({what}):",
    "Pas tout à fait, mais proche ({what}) :",
    "Ntibihuye neza, ariko biri hafi ({what}):",
    "Si hivyo kabisa, lakini vinakaribia ({what}):",
);
pub(in crate::board) const NOT_THERE: Text = tr!("not in {place}", "pas à {place}", "hatari {place}", "si {place}",);
pub(in crate::board) const OTHER_PRICE: Text = tr!("another price", "un autre prix", "ikindi giciro", "bei nyingine",);
pub(in crate::board) const OTHER_DETAILS: Text =
    tr!("other details", "d'autres détails", "ibindi biranga", "maelezo mengine",);
pub(in crate::board) const SIMILAR: Text =
    tr!("similar things", "dans le même genre", "ibisa na byo", "vinavyofanana",);
pub(in crate::board) const CHEAPEST: Text =
    tr!("The cheapest first:", "Les moins chers d'abord :", "Ibihendutse mbere:", "Vya bei nafuu kwanza:",);
pub(in crate::board) const MORE: Text = tr!("More of them:", "La suite :", "Ibindi:", "Vingine:",);
pub(in crate::board) const THAT_IS_ALL: Text = tr!(
    "That is all there is for now.",
    "C'est tout pour l'instant.",
    "Ibyo ni byo byose bihari ubu.",
    "Hivyo ndivyo vyote vilivyopo sasa.",
);
pub(in crate::board) const WELCOME: Text = tr!(
    "You're welcome! 😊 Write whenever you need something.",
    "Avec plaisir ! 😊 Écrivez-moi quand vous voulez.",
    "Murakaza neza! 😊 Nyandikira igihe cyose hari icyo ukeneye.",
    "Karibu sana! 😊 Niandikie wakati wowote.",
);
pub(in crate::board) const BYE: Text =
    tr!("Goodbye, and take care! 👋", "Au revoir, et à bientôt ! 👋", "Murabeho! 👋", "Kwaheri! 👋",);
pub(in crate::board) const HELLO: Text = tr!("👋 Hello!", "👋 Bonjour !", "👋 Muraho!", "👋 Habari!",);
pub(in crate::board) const ALL_RIGHT: Text = tr!(
    "All right. Write whenever you need something.",
    "D'accord. Écrivez-moi quand vous voulez.",
    "Nta kibazo. Nyandikira igihe cyose hari icyo ukeneye.",
    "Sawa. Niandikie wakati wowote.",
);
pub(in crate::board) const WHAT_NEXT: Text = tr!(
    "Good! What would you like next?",
    "Très bien ! Que souhaitez-vous ensuite ?",
    "Ni byiza! Urifuza iki gikurikira?",
    "Vizuri! Ungependa nini sasa?",
);
pub(in crate::board) const IT_WAITS: Text = tr!(
    "No hurry, it waits for you here.",
    "Rien ne presse, cela vous attend ici.",
    "Nta kihutirwa, birategereje hano.",
    "Hakuna haraka, inakusubiri hapa.",
);
pub(in crate::board) const UNCLEAR: Text = tr!(
    "What shall I look for? Name it in a word or two.",
    "Que dois-je chercher ? Dites-le en un mot ou deux.",
    "Nshake iki? Kivuge mu ijambo rimwe cyangwa abiri.",
    "Nitafute nini? Taja kwa neno moja au mawili.",
);
pub(in crate::board) const WHICH_ONE: Text = tr!(
    "Several people wait. Which one?",
    "Plusieurs personnes attendent. Laquelle ?",
    "Hari benshi bategereje. Ni uwuhe?",
    "Watu kadhaa wanasubiri. Yupi?",
);
pub(in crate::board) const WHICH_IS_GONE: Text = tr!(
    "Well done! 🎉 Which one is it?",
    "Bravo ! 🎉 De laquelle s'agit-il ?",
    "Ni byiza! 🎉 Ni ikihe?",
    "Hongera! 🎉 Ni ipi?",
);
pub(in crate::board) const THEY_ASKED: Text = tr!(
    "📬 {name} waits for your answer on *{title}*.",
    "📬 {name} attend votre réponse pour *{title}*.",
    "📬 {name} ategereje igisubizo cyawe kuri *{title}*.",
    "📬 {name} anasubiri jibu lako kuhusu *{title}*.",
);
pub(in crate::board) const N_WAIT: Text = tr!(
    "In all, {count} people wait for you.",
    "En tout, {count} personnes vous attendent.",
    "Bose hamwe, abantu {count} bagutegereje.",
    "Kwa jumla, watu {count} wanakusubiri.",
);
pub(in crate::board) const IT_IS: Text = tr!(
    "It is {name}, about *{title}*.",
    "C'est {name}, pour *{title}*.",
    "Ni {name}, kuri *{title}*.",
    "Ni {name}, kuhusu *{title}*.",
);
pub(in crate::board) const IT_IS_AT: Text = tr!(
    "*{title}*: {place}. {owner} can tell you exactly where.",
    "*{title}* : {place}. Pour l'adresse exacte, demandez : {owner}.",
    "*{title}*: {place}. {owner} yakubwira aho ari neza.",
    "*{title}*: {place}. {owner} atakueleza mahali hasa.",
);
pub(in crate::board) const NO_ANSWER_YET: Text = tr!(
    "⏳ *{title}*: {owner} has been asked, no answer yet. I'll tell you at once.",
    "⏳ *{title}* : {owner} n'a pas encore répondu. Je vous préviens aussitôt.",
    "⏳ *{title}*: {owner} ntarasubiza. Nzahita nkubwira.",
    "⏳ *{title}*: {owner} hajajibu bado. Nitakuambia mara moja.",
);
pub(in crate::board) const OWNER_SAID_YES: Text = tr!(
    "✅ *{title}*: {owner} agreed.",
    "✅ *{title}* : {owner} est d'accord.",
    "✅ *{title}*: {owner} yemeye.",
    "✅ *{title}*: {owner} amekubali.",
);
pub(in crate::board) const NOBODY_YET: Text = tr!(
    "*{title}*: online. I'll tell you when somebody asks.",
    "*{title}* : en ligne. Je vous préviens dès qu'on demande.",
    "*{title}*: biragaragara. Nzakubwira hagize ubaza.",
    "*{title}*: ipo. Nitakuambia mtu akiuliza.",
);
pub(in crate::board) const NOTHING_WAITS: Text = tr!(
    "Nothing is waiting right now.",
    "Rien n'est en attente pour le moment.",
    "Nta kintu gitegereje ubu.",
    "Hakuna kinachosubiri kwa sasa.",
);
pub(in crate::board) const WRITE_THEM: Text = tr!(
    "That is for the other side of *{title}*. Write them here:",
    "C'est à l'autre personne pour *{title}*. Écrivez-lui ici :",
    "Ibyo ni iby'undi kuri *{title}*. Mwandikire hano:",
    "Hiyo ni ya mwenzako kuhusu *{title}*. Mwandikie hapa:",
);
pub(in crate::board) const PASSED_ON: Text = tr!(
    "💬 Passed on: _{words}_",
    "💬 Transmis : _{words}_",
    "💬 Nabimubwiye: _{words}_",
    "💬 Nimemfikishia: _{words}_",
);
pub(in crate::board) const NOT_PASSED_ON: Text = tr!(
    "I could not pass that on right now. Try again in a while.",
    "Je n'ai pas pu le transmettre maintenant. Réessayez un peu plus tard.",
    "Sinshoboye kubimugezaho ubu. Ongera ugerageze nyuma gato.",
    "Sikuweza kumfikishia sasa. Jaribu tena baadaye kidogo.",
);
pub(in crate::board) const ASK_FIRST: Text = tr!(
    "Only {owner} can answer that. Tap below and I'll send your question along; they get your contact if they give you theirs.",
    "Seule cette personne peut répondre : {owner}. Touchez ci-dessous et je transmets votre question ; chacun reçoit le contact de l'autre s'il y a accord.",
    "{owner} ni we wabisubiza. Kanda hasi nohereze ikibazo cyawe; nabyemera muzahana nimero.",
    "{owner} ndiye anayeweza kujibu. Gusa hapa chini nitume swali lako; akikubali mtapeana namba.",
);
pub(in crate::board) const THEY_SAY: Text = tr!(
    "💬 {name} about *{title}*: _{words}_\n\nAnswer here and I'll pass it on.",
    "💬 {name} pour *{title}* : _{words}_\n\nRépondez ici, je transmets.",
    "💬 {name} kuri *{title}*: _{words}_\n\nSubiza hano, ndabimugezaho.",
    "💬 {name} kuhusu *{title}*: _{words}_\n\nJibu hapa, nitamfikishia.",
);
pub(in crate::board) const TOOK_CONTACT: Text = tr!(
    "📬 {name} is interested in *{title}* and got your contact. Here is theirs:",
    "📬 {name} s'intéresse à *{title}* et a reçu votre contact. Voici le sien :",
    "📬 {name} yifuza *{title}* kandi yahawe nimero yawe. Dore iye:",
    "📬 {name} anapenda *{title}* na amepewa namba yako. Hii hapa yake:",
);
pub(in crate::board) const BE_CAREFUL: Text = tr!(
    "Good that you ask. We do not check who sells: meet in a busy place, look before you pay, and never send money first. If something is wrong, tap *Report*.",
    "Vous faites bien de demander. Nous ne vérifions pas les vendeurs : rencontrez-vous dans un lieu fréquenté, regardez avant de payer et n'envoyez jamais d'argent d'avance. En cas de doute, touchez *Signaler*.",
    "Wakoze kubaza. Ntitugenzura abagurisha: muhurire ahantu hari abantu benshi, banza urebe mbere yo kwishyura, kandi ntukigere wohereza amafaranga mbere. Hari ikitagenda, kanda *Menyesha ikibazo*.",
    "Umefanya vizuri kuuliza. Hatukagui wauzaji: kutaneni mahali penye watu, kagua kabla ya kulipa, na usitume pesa mapema kamwe. Kuna tatizo? Gusa *Ripoti*.",
);
pub(in crate::board) const PHOTO_ADDED: Text = tr!(
    "📷 Added to *{title}* ({count}).",
    "📷 Ajoutée à *{title}* ({count}).",
    "📷 Yongewe kuri *{title}* ({count}).",
    "📷 Imeongezwa kwenye *{title}* ({count}).",
);
pub(in crate::board) const ENOUGH_PHOTOS: Text = tr!(
    "*{title}* has {count} photos already; that is as many as fit.",
    "*{title}* a déjà {count} photos, c'est le maximum.",
    "*{title}* ifite amafoto {count}, ni yo menshi ashoboka.",
    "*{title}* ina picha {count} tayari, ndizo nyingi zaidi.",
);
pub(in crate::board) const PHOTO_OF_WHICH: Text = tr!(
    "📷 Nice! Which one is this a photo of?",
    "📷 Merci ! C'est la photo de quelle annonce ?",
    "📷 Murakoze! Iyi foto ni iy'iki?",
    "📷 Asante! Hii ni picha ya ipi?",
);
