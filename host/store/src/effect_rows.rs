//! Effects' rows, made of settlements.

use uuid::Uuid;

use crate::{
    effects::{EffectKind, EffectRow, ForgetRow, LISTING_MS, ListingRow},
    settlement::Settlement,
    stored, terms,
    time::iso,
    words::Word,
};
use switchboard_core::{
    contract::{
        listings, records,
        types::{Content, Money, Notice},
    },
    effect::Write,
};

/// A notice as the content of a message.
pub(crate) fn content(notice: Notice) -> String {
    stored::write(&Content::Notice(notice))
}

/// The rows of a settlement's effects, with the words of its listings. They are made on the caller's task.
pub(crate) struct Written {
    pub(crate) effects: Vec<EffectRow>,
    pub(crate) forgotten: Vec<ForgetRow>,
}

impl Written {
    pub(crate) fn of(settlement: &Settlement) -> Written {
        let now = settlement.now;
        let mut written = Written { effects: Vec::new(), forgotten: Vec::new() };
        for effect in &settlement.effects {
            match of_write(&effect.write, settlement) {
                Some(kind) => {
                    let (agent, person) = (effect.agent.clone(), Some(settlement.person_id));
                    written.effects.push(EffectRow { agent, person, now, kind });
                }
                None => written.forgotten.push(ForgetRow { person: settlement.person_id, now }),
            }
        }
        written
    }
}

/// The row that a write becomes; none where the person is forgotten.
fn of_write(write: &Write, settlement: &Settlement) -> Option<EffectKind> {
    let at = || iso(settlement.now);
    let expires = || iso(settlement.now + LISTING_MS);
    let business = || settlement.business.clone();
    let listing = |id, draft| Box::new(self::listing(id, draft, &settlement.currency, at(), expires()));
    let owner = |owner: &records::Owner| match owner {
        records::Owner::Person => settlement.person_id.to_string(),
        records::Owner::Agent => String::new(),
    };
    Some(match write.clone() {
        Write::RecordPut { owner: of, collection, key, value, expected } => {
            EffectKind::RecordPut { owner: owner(&of), collection, name: key, value, expected, fresh: 0 }
        }
        Write::RecordRemove { owner: of, collection, key } => {
            EffectKind::RecordRemove { owner: owner(&of), collection, name: key, fresh: 0 }
        }
        Write::ListingCreate { id, draft } => EffectKind::ListingCreate(listing(id, &draft)),
        Write::ListingUpdate { id, draft } => EffectKind::ListingUpdate(listing(id, &draft)),
        Write::ListingStatus { id, status } => {
            EffectKind::ListingStatus { id, status: status.word(), at: at(), expires: expires() }
        }
        Write::Apply { id, listing, reference, message, attributes } => {
            EffectKind::Apply { id, listing, reference, message, attributes, at: at() }
        }
        Write::ApplicationAnswer { id, status } => {
            EffectKind::ApplicationAnswer { id, status: status.word(), at: at() }
        }
        Write::MatchPropose { id, listing, status } => {
            EffectKind::MatchPropose { id, listing, status: status.word(), at: at() }
        }
        Write::MatchAnswer { id, status } => EffectKind::MatchAnswer { id, status: status.word() },
        Write::Preference { name, value } => EffectKind::Preference { name, value },
        Write::Notify { person, kind, listing, r#match, data } => {
            let text = |id: Option<Uuid>| id.map(|id| id.to_string());
            let content = content(Notice { kind, listing: text(listing), match_: text(r#match), data });
            EffectKind::Notify { to: person, content, depth: settlement.depth + 1 }
        }
        Write::Report { listing, reason } => EffectKind::Report { listing, reason, at: at() },
        Write::SaveSearch { id, query } => {
            EffectKind::SaveSearch { id, business: business(), query: stored::write(&query) }
        }
        Write::ForgetSearch { id } => EffectKind::ForgetSearch { id },
        Write::Timer { key, at, notice, template, until } => {
            let (content, template) = (content(notice), template.as_ref().map(stored::write));
            // A timer is word to the same person: it goes no deeper, however often it is set anew.
            let depth = settlement.depth.max(1);
            match key {
                Some(name) => EffectKind::Timer { name, at, content, business: business(), template, until, depth },
                None => EffectKind::Defer { lane: settlement.lane.id, content, template, until, depth },
            }
        }
        Write::TimerCancel { key } => EffectKind::TimerCancel { name: key },
        Write::Ticket { number, subject, details, priority } => {
            let (priority, message) = (priority.word(), settlement.message_id);
            EffectKind::Ticket { number, subject, details, priority, business: business(), message }
        }
        Write::Asked { number } => EffectKind::Asked { number },
        Write::Heard { ticket, words } => EffectKind::Heard { ticket, words, message: settlement.message_id },
        Write::Rated { rating, good } => EffectKind::Rated { rating, good: good.into() },
        Write::Forget => return None,
    })
}

/// The values of a draft. `currency` is that of listings that name no price.
pub(crate) fn listing(id: Uuid, draft: &listings::Draft, currency: &str, at: String, expires: String) -> ListingRow {
    let units = |money: &Option<Money>| money.as_ref().map(|money| money.hundredths as f64 / 100.0);
    let price = draft.price.as_ref().or(draft.price_max.as_ref());
    let place = draft.place.as_ref();
    let point = place.and_then(|place| place.point);
    ListingRow {
        id,
        r#type: draft.kind.clone(),
        title: draft.title.clone(),
        description: draft.description.clone(),
        category: draft.category.clone(),
        price: units(&draft.price),
        price_max: units(&draft.price_max),
        currency: price.map_or(currency, |money| &money.currency).to_owned(),
        price_unit: draft.price_unit.clone(),
        location: place.and_then(|place| place.name.clone().or_else(|| place.address.clone())),
        lat: point.map(|point| point.latitude),
        lng: point.map(|point| point.longitude),
        attributes: draft.attributes.clone(),
        images: stored::write(&draft.images),
        contact: draft.contact.word(),
        at,
        expires,
        words: terms::of_listing(draft),
    }
}
