//! What a board says of one’s own listings, applications and searches.

use crate::{Text, tr};

pub(in crate::board) const LISTED: Text = tr!(
    "✅ It's online for 30 days. I'll tell you when somebody is interested. You can send a photo any time.",
    "✅ C'est en ligne pour 30 jours. Je vous préviens dès que quelqu'un est intéressé. Vous pouvez envoyer une photo à tout moment.",
    "✅ Byashyizweho, bizagaragara iminsi 30. Nzakubwira hagize ubyifuza. Ushobora kohereza ifoto igihe cyose.",
    "✅ Imechapishwa kwa siku 30. Nitakuambia mtu akivutiwa. Unaweza kutuma picha wakati wowote.",
);
pub(in crate::board) const NOTHING_OWN: Text =
    tr!("You have nothing here yet.", "Vous n'avez encore rien ici.", "Nta kintu ufite hano.", "Huna kitu hapa bado.");
pub(in crate::board) const YOURS: Text =
    tr!("This is yours, newest first:", "Voici ce qui est à vous :", "Ibi ni ibyawe:", "Hivi ni vyako:");
pub(in crate::board) const OWN_LISTINGS: Text = tr!("Listed", "Annonces", "Ibyatangajwe", "Matangazo");
pub(in crate::board) const OWN_APPLICATIONS: Text = tr!("Asked for", "Demandes", "Ibyasabwe", "Maombi");
pub(in crate::board) const N_ASKED: Text =
    tr!("📬 asked for by {count}", "📬 demandes : {count}", "📬 ababajije: {count}", "📬 waliouliza: {count}");
pub(in crate::board) const MARK_SOLD: Text = tr!("Mark as sold", "Marquer vendu", "Byagurishijwe", "Imeuzwa");
pub(in crate::board) const MARK_RENTED: Text = tr!("Mark as rented", "Marquer loué", "Byakodeshejwe", "Imepangishwa");
pub(in crate::board) const REMOVE: Text = tr!("🔒 Take it down", "🔒 Retirer", "🔒 Kuraho", "🔒 Ondoa");
pub(in crate::board) const LIST_AGAIN: Text =
    tr!("🔓 List again", "🔓 Republier", "🔓 Ongera usohore", "🔓 Chapisha tena");
pub(in crate::board) const UNDO: Text = tr!("Undo", "Rétablir", "Subiza", "Rudisha");
pub(in crate::board) const IS_ACTIVE: Text = tr!("online", "en ligne", "biragaragara", "ipo");
pub(in crate::board) const IS_SOLD: Text = tr!("sold", "vendu", "byagurishijwe", "imeuzwa");
pub(in crate::board) const IS_RENTED: Text = tr!("rented", "loué", "byakodeshejwe", "imepangishwa");
pub(in crate::board) const IS_EXPIRED: Text = tr!("expired", "expiré", "byarangiye", "imeisha muda");
pub(in crate::board) const IS_REMOVED: Text = tr!("taken down", "retiré", "byakuweho", "imeondolewa");
pub(in crate::board) const RAN_OUT: Text = tr!(
    "⏰ *{title}* has been online for 30 days and is now hidden. Still on offer?",
    "⏰ *{title}* était en ligne depuis 30 jours et est masqué. Toujours d'actualité ?",
    "⏰ *{title}* imaze iminsi 30, ubu irahishwe. Iracyahari?",
    "⏰ *{title}* imekuwepo siku 30 na sasa imefichwa. Bado ipo?",
);
pub(in crate::board) const NOTHING_SAVED: Text = tr!(
    "You have saved nothing yet. Tap *Save* on something you like.",
    "Vous n'avez encore rien enregistré. Touchez *Enregistrer* sur une annonce.",
    "Nta kintu urabika. Kanda *Bika* ku cyo ukunze.",
    "Hujahifadhi kitu. Gusa *Hifadhi* kwenye unachopenda.",
);
pub(in crate::board) const YOU_SAVED: Text =
    tr!("What you saved:", "Vos enregistrements :", "Ibyo wabitse:", "Ulivyohifadhi:");
pub(in crate::board) const FAVOURITES: Text = tr!("Favourites", "Favoris", "Ibyo wakunze", "Vipendwa");
pub(in crate::board) const SEARCHES: Text = tr!("Searches", "Recherches", "Ibishakwa", "Utafutaji");
pub(in crate::board) const TAP_TO_FORGET: Text =
    tr!("🔔 on · tap to stop", "🔔 actif · toucher pour arrêter", "🔔 kanda uhagarike", "🔔 gusa kuacha");
