//! Whose contact a turn may give away: of the parties of a match that both sides accepted.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    chain::Chain,
    context::{TurnContext, TurnError},
};
use switchboard_core::{
    contract::{listings::ContactPolicy, matches, types::Reply},
    effect::{Effect, Write},
};
use switchboard_edge::whatsapp::reply::Card;

impl TurnContext<'_> {
    /// Contact cards that may be disclosed: of the other party of each match that is accepted, possibly in this very turn.
    pub(super) async fn contact_cards(&self, chain: &Chain) -> Result<HashMap<String, Card>, TurnError> {
        let mut cards = HashMap::new();
        for (agent, reply) in chain.replies() {
            let Reply::Contact(contact) = reply else { continue };
            let Ok(id) = contact.match_.parse::<Uuid>() else { continue };
            if let Some(other) = self.consenting_party(chain, agent, id).await?
                && let Some(card) = self.app.store.contact(other).await?
                && let Some(phone) = card.phone
            {
                let name = card.name.unwrap_or_else(|| phone.e164());
                cards.insert(contact.match_.clone(), Card { name, phone });
            }
        }
        Ok(cards)
    }

    /// The other party of an accepted match. The seeker consents by proposing, the owner by accepting or by the listing's policy.
    /// Reads the turn's own effects first, since they are not committed yet.
    async fn consenting_party(&self, chain: &Chain, agent: &str, id: Uuid) -> Result<Option<Uuid>, TurnError> {
        let writes = || chain.links.iter().flat_map(|link| &link.effects).map(|effect| &effect.write);
        let proposed = writes().find_map(|write| match write {
            Write::MatchPropose { id: made, listing, status } if *made == id => Some((*listing, *status)),
            _ => None,
        });
        if let Some((listing, status)) = proposed {
            let owner = self.app.store.listing_owner(agent, listing).await?.map(|(owner, _)| owner);
            return Ok(owner.filter(|_| status == matches::Status::Accepted));
        }
        let Some(parties) = self.app.store.match_parties(agent, id).await? else { return Ok(None) };
        let answered = writes().fold(parties.status, |status, write| match write {
            Write::MatchAnswer { id: of, status } if *of == id => *status,
            _ => status,
        });
        let me = self.claim.person.id;
        let other = match me {
            _ if me == parties.seeker => Some(parties.owner),
            _ if me == parties.owner => Some(parties.seeker),
            _ => None,
        };
        Ok(other.filter(|_| answered == matches::Status::Accepted))
    }
}

/// Whether a turn gives the person's contact to others: now, or once somebody asks.
pub(super) fn gives_contact(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| match &effect.write {
        Write::MatchPropose { .. } => true,
        Write::MatchAnswer { status, .. } => *status == matches::Status::Accepted,
        Write::ListingCreate { draft, .. } => draft.contact != ContactPolicy::Never,
        _ => false,
    })
}
