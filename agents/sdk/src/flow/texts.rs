//! What the SDK itself says in a flow.

use crate::{Text, tr};

pub(super) const YES: Text = tr!("Yes", "Oui", "Yego", "Ndiyo");
pub(super) const NO: Text = tr!("No", "Non", "Oya", "Hapana");
pub(super) const SKIP: Text = tr!("Skip", "Passer", "Simbuka", "Ruka");
pub(super) const DONE: Text = tr!("Done", "Terminé", "Byarangiye", "Tayari");
pub(super) const CONFIRM: Text = tr!("Confirm", "Confirmer", "Emeza", "Thibitisha");
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
pub(super) const TAP_ONE: Text = tr!(
    "Please tap one of the buttons.",
    "Touchez l'un des boutons, s'il vous plaît.",
    "Kanda kuri kimwe muri ibi.",
    "Tafadhali gusa kitufe kimoja.",
);
pub(super) const PHOTO_RECEIVED: Text = tr!(
    "Got it: {count} so far. Send another, or tap *Done*.",
    "Bien reçu : {count} pour l'instant. Envoyez-en une autre ou touchez *Terminé*.",
    "Yageze: {count} kugeza ubu. Ohereza indi cyangwa ukande *Byarangiye*.",
    "Nimepokea: {count} hadi sasa. Tuma nyingine, au gusa *Tayari*.",
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
