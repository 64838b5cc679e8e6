//! What a board says of applications.

use crate::{Text, tr};

pub(in crate::board) const YOUR_OWN: Text =
    tr!("This is your own.", "C'est le vôtre.", "Ibi ni ibyawe.", "Hii ni yako mwenyewe.");
pub(in crate::board) const ALREADY_ASKED: Text =
    tr!("You have already asked for this.", "Vous l'avez déjà demandé.", "Wamaze kubisaba.", "Tayari umeomba hii.",);
pub(in crate::board) const SENT: Text = tr!(
    "✅ Sent. I'll tell you as soon as {owner} answers.",
    "✅ Envoyé. Je vous préviens dès que {owner} répond.",
    "✅ Byoherejwe. Nzakubwira icyo {owner} asubije.",
    "✅ Imetumwa. Nitakuambia jibu la {owner}.",
);
pub(in crate::board) const ACCEPT: Text = tr!("✅ Accept", "✅ Accepter", "✅ Emera", "✅ Kubali");
pub(in crate::board) const DECLINE: Text = tr!("Decline", "Refuser", "Oya", "Kataa");
pub(in crate::board) const WITHDRAW: Text = tr!("❌ Cancel it", "❌ Annuler", "❌ Bihagarike", "❌ Ghairi hii");
pub(in crate::board) const WITHDRAWN: Text = tr!(
    "Cancelled. I'll let the other side know.",
    "Annulé. Je préviens l'autre personne.",
    "Byahagaritswe. Ndabimenyesha undi.",
    "Imeghairiwa. Namjulisha mwenzako.",
);
pub(in crate::board) const ACCEPTED: Text = tr!(
    "✅ Accepted. I'll let {name} know.",
    "✅ Accepté. Je préviens {name}.",
    "✅ Byemewe. Ndabibwira {name}.",
    "✅ Imekubaliwa. Namjulisha {name}.",
);
pub(in crate::board) const DECLINED: Text = tr!(
    "Declined. I'll let {name} know.",
    "Refusé. Je préviens {name}.",
    "Byanzwe. Ndabibwira {name}.",
    "Imekataliwa. Namjulisha {name}.",
);
pub(in crate::board) const GOOD_NEWS: Text = tr!(
    "🎉 Good news: *{title}*, {owner} accepted.",
    "🎉 Bonne nouvelle : *{title}*, {owner} accepte.",
    "🎉 Inkuru nziza: *{title}*, {owner} yemeye.",
    "🎉 Habari njema: *{title}*, {owner} amekubali.",
);
pub(in crate::board) const BAD_NEWS: Text = tr!(
    "*{title}*: {owner} declined this time.",
    "*{title}* : {owner} a refusé cette fois.",
    "*{title}*: {owner} ntiyemeye ubu.",
    "*{title}*: {owner} hakukubali mara hii.",
);
pub(in crate::board) const THEY_WITHDREW: Text = tr!(
    "*{title}*: somebody who had asked has cancelled.",
    "*{title}* : une personne a annulé sa demande.",
    "*{title}*: uwari wabisabye yabihagaritse.",
    "*{title}*: aliyeomba ameghairi.",
);
pub(in crate::board) const PENDING: Text = tr!("⏳ waiting", "⏳ en attente", "⏳ birategereje", "⏳ inasubiri");
pub(in crate::board) const IS_ACCEPTED: Text = tr!("✅ accepted", "✅ accepté", "✅ byemewe", "✅ imekubaliwa");
pub(in crate::board) const IS_REJECTED: Text = tr!("❌ declined", "❌ refusé", "❌ byanzwe", "❌ imekataliwa");
pub(in crate::board) const IS_WITHDRAWN: Text = tr!("cancelled", "annulé", "byahagaritswe", "imeghairiwa");
