//! What a board says of one listing, and of its owner’s contact.

use crate::{Text, tr};

pub(in crate::board) const GONE: Text = tr!(
    "This is no longer available.",
    "Cette annonce n'est plus disponible.",
    "Ibi ntibikiboneka.",
    "Hii haipatikani tena.",
);
pub(in crate::board) const PHOTOS: Text = tr!("📷 Photos", "📷 Photos", "📷 Amafoto", "📷 Picha");
pub(in crate::board) const SAVE: Text = tr!("⭐ Save", "⭐ Enregistrer", "⭐ Bika", "⭐ Hifadhi");
pub(in crate::board) const SAVED: Text = tr!("⭐ Saved.", "⭐ Enregistré.", "⭐ Byabitswe.", "⭐ Imehifadhiwa.");
pub(in crate::board) const REPORT: Text = tr!("🚩 Report", "🚩 Signaler", "🚩 Menyesha ikibazo", "🚩 Ripoti",);
pub(in crate::board) const WHY: Text = tr!(
    "What is wrong with it? It is hidden until our team has looked.",
    "Quel est le problème ? L'annonce est masquée jusqu'à ce que notre équipe l'ait vue.",
    "Ikibazo ni ikihe? Birahishwa kugeza itsinda ryacu ribirebye.",
    "Tatizo ni nini? Linafichwa hadi timu yetu iangalie.",
);
pub(in crate::board) const REASONS: [(&str, Text); 4] = [
    ("fraud", tr!("Fraud", "Arnaque", "Uburiganya", "Ulaghai")),
    ("spam", tr!("Spam", "Spam", "Spam", "Barua taka")),
    ("inappropriate", tr!("Inappropriate", "Inapproprié", "Ntibikwiye", "Haifai")),
    ("other", tr!("Something else", "Autre chose", "Ikindi", "Kingine")),
];
pub(in crate::board) const REPORTED: Text = tr!(
    "Thank you. It is hidden now, and our team looks at it.",
    "Merci. L'annonce est masquée et notre équipe la vérifie.",
    "Urakoze. Byahishwe, itsinda ryacu rirabireba.",
    "Asante. Imefichwa sasa, na timu yetu inaiangalia.",
);

pub(in crate::board) const NO_CONTACT: Text = tr!(
    "{owner} gives out no number for this.",
    "{owner} ne donne pas de numéro pour cette annonce.",
    "{owner} ntatanga nimero.",
    "{owner} hatoi namba kwa hii.",
);
pub(in crate::board) const HERE_IS: Text = tr!(
    "Here is how to reach {owner} of *{title}*:",
    "Voici comment joindre {owner} de *{title}* :",
    "Dore uko wabona {owner} wa *{title}*:",
    "Hivi ndivyo utakavyompata {owner} wa *{title}*:",
);
pub(in crate::board) const REFUSED: Text = tr!(
    "{owner} does not want to be contacted about this.",
    "{owner} ne souhaite pas être contacté à ce sujet.",
    "{owner} ntashaka guhamagarwa kuri ibi.",
    "{owner} hataki kuwasiliana kuhusu hii.",
);
pub(in crate::board) const ASKED_OWNER: Text = tr!(
    "I've asked {owner}. I'll tell you as soon as they answer.",
    "C'est demandé. Je vous préviens dès que {owner} répond.",
    "Nabajije {owner}. Nzakubwira nasubiza.",
    "Nimemuuliza {owner}. Nitakuambia akijibu.",
);
pub(in crate::board) const ALREADY_ANSWERED: Text =
    tr!("You have already answered that.", "Vous avez déjà répondu.", "Wamaze gusubiza.", "Tayari umejibu.");
pub(in crate::board) const THEY_HAVE_IT: Text = tr!(
    "✅ Done: {name} gets your contact. Here is theirs:",
    "✅ C'est fait : {name} reçoit votre contact. Voici le sien :",
    "✅ Byakozwe: {name} arahabwa nimero yawe. Dore iye:",
    "✅ Tayari: {name} anapewa namba yako. Hii hapa yake:",
);
pub(in crate::board) const NOT_GIVEN: Text = tr!(
    "All right, your number stays with us.",
    "D'accord, votre numéro n'est pas donné.",
    "Ni byiza, nimero yawe ntitangwa.",
    "Sawa, namba yako haitolewi.",
);
pub(in crate::board) const MAY_THEY: Text = tr!(
    "📬 {name} is interested in *{title}*. May I give them your number?",
    "📬 {name} s'intéresse à *{title}*. Puis-je lui donner votre numéro ?",
    "📬 {name} yifuza *{title}*. Namuha nimero yawe?",
    "📬 {name} anapenda *{title}*. Nimpe namba yako?",
);
pub(in crate::board) const SHARE: Text = tr!("Share", "Donner", "Yitange", "Mpe");
pub(in crate::board) const OWNER_AGREED: Text = tr!(
    "🎉 *{title}*: {owner} agreed. Here is the contact:",
    "🎉 *{title}* : {owner} est d'accord. Voici le contact :",
    "🎉 {owner} wa *{title}* yemeye. Dore nimero:",
    "🎉 {owner} wa *{title}* amekubali. Hii hapa namba:",
);
pub(in crate::board) const OWNER_REFUSED: Text = tr!(
    "*{title}*: {owner} prefers not to be contacted.",
    "*{title}* : {owner} préfère ne pas être contacté.",
    "{owner} wa *{title}* ntashaka guhamagarwa.",
    "{owner} wa *{title}* hapendi kuwasiliana.",
);
