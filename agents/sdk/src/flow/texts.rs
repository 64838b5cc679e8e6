//! What the SDK itself says in a flow.

use super::Kind;
use crate::{Language, Text, tr};

pub(super) const YES: Text = tr!("Yes", "Oui", "Yego", "Ndiyo");
pub(super) const NO: Text = tr!("No", "Non", "Oya", "Hapana");
pub(super) const SKIP: Text = tr!("Skip", "Passer", "Simbuka", "Ruka");
pub(super) const DONE: Text = tr!("Done", "Terminé", "Byarangiye", "Tayari");
pub(super) const CONFIRM: Text = tr!("Confirm", "Confirmer", "Emeza", "Thibitisha");
pub(super) const POST: Text = tr!("✅ Post", "✅ Publier", "✅ Tangaza", "✅ Tangaza");
pub(super) const SEND: Text = tr!("✅ Send", "✅ Envoyer", "✅ Ohereza", "✅ Tuma");
pub(super) const BOOK: Text = tr!("✅ Book", "✅ Réserver", "✅ Fata umwanya", "✅ Weka nafasi");
pub(super) const ORDER: Text = tr!("✅ Order", "✅ Commander", "✅ Tumiza", "✅ Agiza");
pub(super) const EDIT: Text = tr!("Change", "Modifier", "Hindura", "Badilisha");
pub(super) const CANCEL: Text = tr!("Cancel", "Annuler", "Hagarika", "Ghairi");
pub(super) const NEGOTIABLE: Text = tr!("Negotiable", "À discuter", "Byumvikanwaho", "Maelewano");

pub(super) const HOW_TO_LEAVE: Text = tr!(
    "_Type *back* for the previous question, *cancel* to leave._",
    "_Écrivez *retour* pour revenir à la question précédente, *annuler* pour quitter._",
    "_Andika *inyuma* usubire ku kibazo kibanza, *hagarika* niba ushaka kuvamo._",
    "_Andika *rudi* kwa swali lililotangulia, *ghairi* kuondoka._",
);
pub(super) const OR_SKIP: Text =
    tr!("_Or type *skip*._", "_Ou écrivez *passer*._", "_Cyangwa wandike *simbuka*._", "_Au andika *ruka*._",);
pub(super) const CANCELLED: Text = tr!(
    "Cancelled. Nothing was saved.",
    "C'est annulé. Rien n'a été enregistré.",
    "Byahagaritswe. Nta cyabitswe.",
    "Imeghairiwa. Hakuna kilichohifadhiwa.",
);
pub(super) const FIRST_QUESTION: Text = tr!(
    "This is the first question.",
    "C'est la première question.",
    "Iki ni cyo kibazo cya mbere.",
    "Hili ni swali la kwanza.",
);
pub(super) const NOT_OPTIONAL: Text =
    tr!("I do need this one.", "Cette réponse est nécessaire.", "Iki gisubizo kirakenewe.", "Jibu hili linahitajika.",);
pub(super) const IS_THIS_RIGHT: Text = tr!("Is this right?", "Est-ce correct ?", "Ibi ni byo?", "Je, hii ni sahihi?");
pub(super) const WHAT_TO_CHANGE: Text = tr!(
    "What would you like to change?",
    "Que voulez-vous modifier ?",
    "Urashaka guhindura iki?",
    "Ungependa kubadilisha nini?",
);
pub(super) const MAY_ADD: Text = tr!(
    "_You can also add: {steps}._",
    "_Vous pouvez aussi ajouter : {steps}._",
    "_Ushobora no kongeraho: {steps}._",
    "_Unaweza pia kuongeza: {steps}._",
);
pub(super) const PHOTO_ANY_TIME: Text = tr!(
    "📷 Send a photo any time.",
    "📷 Envoyez une photo quand vous voulez.",
    "📷 Ohereza ifoto igihe cyose.",
    "📷 Tuma picha wakati wowote.",
);
pub(super) const NOTED: Text =
    tr!("👍 {label}: *{value}*.", "👍 {label} : *{value}*.", "👍 {label}: *{value}*.", "👍 {label}: *{value}*.",);
pub(super) const WHICH_ONE: Text = tr!(
    "Do you mean *{one}* or *{other}*?",
    "Voulez-vous dire *{one}* ou *{other}* ?",
    "Washakaga kuvuga *{one}* cyangwa *{other}*?",
    "Unamaanisha *{one}* au *{other}*?",
);
pub(super) const IS_IT: Text = tr!(
    "I read that as *{one}*. Is that right? If not, just write it again.",
    "J'ai compris *{one}*. C'est bien cela ? Sinon, écrivez-le à nouveau.",
    "Numvise *{one}*. Ni byo? Niba atari byo, ongera ubyandike.",
    "Nimeelewa *{one}*. Ni sahihi? Kama sivyo, andika tena.",
);
pub(super) const OTHER_WORDS: Text = tr!(
    "Let me ask in other words.",
    "Je vous le demande autrement.",
    "Reka mbibaze mu yandi magambo.",
    "Ngoja niulize kwa maneno mengine.",
);
pub(super) const HUMAN_FIRST: Text = tr!(
    "Sorry, I still do not understand. Would you like a person from our team to help you? Or let us try once more:",
    "Désolé, je ne comprends toujours pas. Voulez-vous l'aide d'une personne de notre équipe ? Ou essayons encore une fois :",
    "Mbabarira, sindabyumva. Urashaka ko umuntu wo mu itsinda ryacu agufasha? Cyangwa twongere tugerageze:",
    "Samahani, bado sijaelewa. Ungependa mtu wa timu yetu akusaidie? Au tujaribu tena:",
);
pub(super) const HUMAN: Text = tr!("👤 Human", "👤 Une personne", "👤 Umuntu", "👤 Mtu");
pub(super) const TAP_OR_SAY: Text = tr!(
    "Say what to change, for instance *price 70k*, or tap a button.",
    "Dites ce qu'il faut changer, par exemple *prix 70k*, ou touchez un bouton.",
    "Vuga icyo guhindura, urugero *igiciro 70k*, cyangwa ukande kuri kimwe muri ibi.",
    "Sema cha kubadilisha, kwa mfano *bei 70k*, au gusa kitufe.",
);
pub(super) const TAP_ONE: Text = tr!(
    "Please tap one of the buttons.",
    "Touchez l'un des boutons, s'il vous plaît.",
    "Kanda kuri kimwe muri ibi.",
    "Tafadhali gusa kitufe kimoja.",
);
pub(super) const AFTER_CONFIRM: Text = tr!(
    "Nothing is done before you agree. Afterwards you can still change it or take it back.",
    "Rien n'est fait avant votre accord. Ensuite, vous pourrez encore modifier ou retirer.",
    "Nta gikorwa utarabyemeza. Nyuma yaho uzashobora kubihindura cyangwa kubikuraho.",
    "Hatufanyi chochote kabla hujakubali. Baadaye bado unaweza kubadilisha au kuondoa.",
);
pub(super) const TAKE_YOUR_TIME: Text = tr!(
    "Take your time: it stays here until you answer.",
    "Prenez votre temps : cela reste ici jusqu'à votre réponse.",
    "Fata umwanya wawe: biguma hano kugeza usubije.",
    "Chukua muda wako: itabaki hapa hadi utakapojibu.",
);
pub(super) const PHOTO_RECEIVED: Text = tr!(
    "Got it: {count} so far. Send another, or tap *Done*.",
    "Bien reçu : {count} pour l'instant. Envoyez-en une autre ou touchez *Terminé*.",
    "Yageze: {count} kugeza ubu. Ohereza indi cyangwa ukande *Byarangiye*.",
    "Nimepokea: {count} hadi sasa. Tuma nyingine, au gusa *Tayari*.",
);

pub(super) const PHOTO_KEPT: Text = tr!(
    "📷 Thanks, I keep your photo ({count}).",
    "📷 Merci, je garde votre photo ({count}).",
    "📷 Murakoze, ifoto yawe ndayibitse ({count}).",
    "📷 Asante, nimehifadhi picha yako ({count}).",
);

pub(super) const NEEDS_WORDS: Text = tr!(
    "Please answer in words.",
    "Répondez par écrit, s'il vous plaît.",
    "Subiza mu magambo.",
    "Tafadhali jibu kwa maneno.",
);
pub(super) const TOO_SHORT: Text = tr!(
    "That is a little short: at least {min} characters, please.",
    "C'est un peu court : au moins {min} caractères, s'il vous plaît.",
    "Ni bigufi cyane: nibura inyuguti {min}.",
    "Ni fupi mno: angalau herufi {min}.",
);
pub(super) const TOO_LONG: Text = tr!(
    "That is too long: at most {max} characters, please.",
    "C'est trop long : {max} caractères au maximum, s'il vous plaît.",
    "Ni birebire cyane: ntibirenze inyuguti {max}.",
    "Ni ndefu mno: isizidi herufi {max}.",
);
pub(super) const NEEDS_CHOICE: Text = tr!(
    "Please choose one of these.",
    "Choisissez l'une de ces réponses, s'il vous plaît.",
    "Hitamo kimwe muri ibi.",
    "Tafadhali chagua moja kati ya hizi.",
);
pub(super) const NEEDS_NUMBER: Text = tr!(
    "Please send a number from {min} to {max}.",
    "Envoyez un nombre entre {min} et {max}, s'il vous plaît.",
    "Ohereza umubare uri hagati ya {min} na {max}.",
    "Tafadhali tuma namba kati ya {min} na {max}.",
);
pub(super) const NEEDS_MONEY: Text = tr!(
    "I could not read that as an amount. Write it like 50 000 or 50k.",
    "Je n'ai pas compris ce montant. Écrivez par exemple 50 000 ou 50k.",
    "Sinabashije gusoma ayo mafaranga. Andika nka 50 000 cyangwa 50k.",
    "Sikuelewa kiasi hicho. Andika kama 50 000 au 50k.",
);
pub(super) const NEEDS_ONE_AMOUNT: Text = tr!(
    "One amount only, please, for instance 50 000.",
    "Un seul montant, s'il vous plaît, par exemple 50 000.",
    "Igiciro kimwe gusa, urugero 50 000.",
    "Kiasi kimoja tu, kwa mfano 50 000.",
);
pub(super) const NEEDS_MONEY_OR_RANGE: Text = tr!(
    "I could not read that as an amount. Write 80 000, or a range like 50 000 - 100 000, or *negotiable*.",
    "Je n'ai pas compris ce montant. Écrivez 80 000, ou une fourchette comme 50 000 - 100 000, ou *à discuter*.",
    "Sinabashije gusoma ayo mafaranga. Andika 80 000, cyangwa 50 000 - 100 000, cyangwa *byumvikanwaho*.",
    "Sikuelewa kiasi hicho. Andika 80 000, au 50 000 - 100 000, au *maelewano*.",
);
pub(super) const NEEDS_PLACE: Text = tr!(
    "Please share a location, or type the name of a place.",
    "Partagez une position, ou écrivez le nom d'un lieu.",
    "Ohereza aho uri, cyangwa wandike izina ry'ahantu.",
    "Tuma mahali ulipo, au andika jina la mahali.",
);
pub(super) const NEEDS_TIME: Text = tr!(
    "I could not read that as a time to come. Write it like *tomorrow 8:00* or *25/12 14:30*.",
    "Je n'ai pas compris ce moment. Écrivez par exemple *demain 8h* ou *25/12 14:30*.",
    "Sinumvise icyo gihe. Andika nka *ejo 8:00* cyangwa *25/12 14:30*.",
    "Sikuelewa wakati huo. Andika kama *kesho 8:00* au *25/12 14:30*.",
);
pub(super) const NEEDS_YES_NO: Text = tr!(
    "Please answer yes or no.",
    "Répondez par oui ou non, s'il vous plaît.",
    "Subiza yego cyangwa oya.",
    "Tafadhali jibu ndiyo au hapana.",
);
pub(super) const CANNOT_KEEP: Text = tr!(
    "I could not keep this file. Please send a photo, or a smaller file such as a PDF.",
    "Je n'ai pas pu garder ce fichier. Envoyez une photo, ou un fichier plus petit, un PDF par exemple.",
    "Sinashoboye kubika iyi dosiye. Ohereza ifoto, cyangwa dosiye ntoya nka PDF.",
    "Sikuweza kuhifadhi faili hii. Tafadhali tuma picha, au faili ndogo kama PDF.",
);
pub(super) const NO_VIDEO: Text = tr!(
    "I cannot take a video here. Please send a photo.",
    "Je ne peux pas prendre de vidéo ici. Envoyez une photo, s'il vous plaît.",
    "Hano sinakira videwo. Ohereza ifoto.",
    "Siwezi kupokea video hapa. Tafadhali tuma picha.",
);
pub(super) const NEEDS_PHOTO: Text =
    tr!("Please send a photo.", "Envoyez une photo, s'il vous plaît.", "Ohereza ifoto.", "Tafadhali tuma picha.",);

pub(super) const EXPLAIN_WORDS: Text = tr!(
    "A few words of your own are enough.",
    "Quelques mots à vous suffisent.",
    "Amagambo make yawe arahagije.",
    "Maneno machache yako yanatosha.",
);
pub(super) const EXPLAIN_CHOICE: Text = tr!(
    "Tap the one that fits best, or write its name.",
    "Touchez la réponse qui convient le mieux, ou écrivez son nom.",
    "Kanda ku gihuye neza, cyangwa wandike izina ryacyo.",
    "Gusa linalofaa zaidi, au andika jina lake.",
);
pub(super) const EXPLAIN_NUMBER: Text = tr!(
    "I need a number, for instance *{min}*.",
    "Il me faut un nombre, par exemple *{min}*.",
    "Nkeneye umubare, urugero *{min}*.",
    "Nahitaji namba, kwa mfano *{min}*.",
);
pub(super) const EXPLAIN_MONEY: Text = tr!(
    "I need an amount of money, for instance *25 000* or *25k*.",
    "Il me faut une somme d'argent, par exemple *25 000* ou *25k*.",
    "Nkeneye umubare w'amafaranga, urugero *25 000* cyangwa *25k*.",
    "Nahitaji kiasi cha pesa, kwa mfano *25 000* au *25k*.",
);
pub(super) const EXPLAIN_PLACE: Text = tr!(
    "The name of a town, a sector or a street is enough, for instance *Remera*.",
    "Le nom d'une ville, d'un quartier ou d'une rue suffit, par exemple *Remera*.",
    "Izina ry'umujyi, umurenge cyangwa umuhanda rirahagije, urugero *Remera*.",
    "Jina la mji, mtaa au barabara latosha, kwa mfano *Remera*.",
);
pub(super) const EXPLAIN_TIME: Text = tr!(
    "I need a day and an hour, for instance *Friday at 10:00*.",
    "Il me faut un jour et une heure, par exemple *vendredi à 10h*.",
    "Nkeneye umunsi n'isaha, urugero *kuwa gatanu saa 10:00*.",
    "Nahitaji siku na saa, kwa mfano *Ijumaa saa 10:00*.",
);
pub(super) const EXPLAIN_YES_NO: Text = tr!(
    "*Yes* or *no* is enough.",
    "*Oui* ou *non* suffit.",
    "*Yego* cyangwa *oya* birahagije.",
    "*Ndiyo* au *hapana* inatosha.",
);
pub(super) const EXPLAIN_PHOTO: Text = tr!(
    "Take a picture with your phone and send it here, as you would to a friend.",
    "Prenez une photo avec votre téléphone et envoyez-la ici, comme à un ami.",
    "Fata ifoto na telefoni yawe uyohereze hano, nk'uko wayoherereza inshuti.",
    "Piga picha kwa simu yako uitume hapa, kama kwa rafiki.",
);

/// Why a message is no answer of this kind.
pub(super) fn needs(kind: Kind, language: Language) -> String {
    let text = match kind {
        Kind::Words { .. } => NEEDS_WORDS,
        Kind::Choice(_) | Kind::Listed(_) => NEEDS_CHOICE,
        Kind::Number { min, max } => {
            return NEEDS_NUMBER.with(language, &[("min", &min.to_string()), ("max", &max.to_string())]);
        }
        Kind::Money { .. } => NEEDS_MONEY,
        Kind::Place(_) => NEEDS_PLACE,
        Kind::When { .. } => NEEDS_TIME,
        Kind::YesNo => NEEDS_YES_NO,
        Kind::Files { .. } => NEEDS_PHOTO,
    };
    text.get(language).to_owned()
}

/// What a question of this kind wants, with an example.
pub(super) fn explains(kind: Kind, language: Language) -> String {
    let text = match kind {
        Kind::Words { .. } => EXPLAIN_WORDS,
        Kind::Choice(_) | Kind::Listed(_) => EXPLAIN_CHOICE,
        Kind::Number { min, .. } => return EXPLAIN_NUMBER.with(language, &[("min", &min.max(1).to_string())]),
        Kind::Money { .. } => EXPLAIN_MONEY,
        Kind::Place(_) => EXPLAIN_PLACE,
        Kind::When { .. } => EXPLAIN_TIME,
        Kind::YesNo => EXPLAIN_YES_NO,
        Kind::Files { .. } => EXPLAIN_PHOTO,
    };
    text.get(language).to_owned()
}
