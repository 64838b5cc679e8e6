//! A photo sent outside a flow: it belongs to what the person listed last.

use super::{Board, heard::Heard, show::any, texts};
use crate::{
    Choice, Content, Language, MediaKind, Outcome, Result, Turn,
    listings::{self, Listing, Status},
    reply,
    store::own as store,
};

/// Photos of a listing.
const PHOTOS_MAX: usize = 5;

/// Listings made within so long are asked about: which one is meant?
const LATELY_MS: u64 = 60 * 60 * 1000;

impl Board {
    /// Adds a photo to the newest listing of the person, or asks which is meant; none if there is no photo or nothing to add it to. A
    /// caption that seeks or offers something else is a message of its own.
    pub(super) fn photo(&self, turn: &Turn, language: Language) -> Result<Option<Outcome>> {
        let Content::Media(media) = &turn.message.content else { return Ok(None) };
        let caption = media.caption.as_deref().unwrap_or_default();
        let heard = Heard::of(caption);
        if media.kind != MediaKind::Image || heard.does("seek") || heard.does("offer") {
            return Ok(None);
        }
        let own: Vec<Listing> = listings::mine()?.into_iter().filter(|own| own.status == Status::Active).collect();
        let named = own.iter().find(|own| !caption.is_empty() && heard.names(&own.draft.title));
        let lately = own.iter().filter(|own| turn.now.saturating_sub(own.created_at) < LATELY_MS).count();
        match named.or_else(|| own.first().filter(|_| lately < 2)) {
            Some(listing) => add(listing, &media.handle, language).map(Some),
            None if own.is_empty() => Ok(None),
            None => {
                store::put_mine("photo", "kept", &media.handle)?;
                let rows: Vec<Choice> = own
                    .iter()
                    .take(reply::ROWS_MAX)
                    .map(|own| reply::choice(format!("photo:{}", own.id), &reply::row_title(&own.draft.title).0))
                    .collect();
                Ok(Some(Outcome::say(reply::list(language, texts::PHOTO_OF_WHICH.get(language), rows))))
            }
        }
    }

    /// Adds the photo that waits to a listing.
    pub(super) fn add_kept(&self, id: &str, language: Language) -> Result<Outcome> {
        let listing = any(id)?.filter(|listing| listing.mine);
        let (Some(listing), Some(handle)) = (listing, store::mine::<String>("photo", "kept")?) else {
            return Ok(self.gone(language));
        };
        store::remove_mine("photo", "kept")?;
        add(&listing, &handle, language)
    }
}

fn add(listing: &Listing, handle: &str, language: Language) -> Result<Outcome> {
    let mut draft = listing.draft.clone();
    let body = if draft.images.len() >= PHOTOS_MAX {
        texts::ENOUGH_PHOTOS
    } else {
        if !draft.images.iter().any(|known| known == handle) {
            draft.images.push(handle.to_owned());
        }
        listings::update(&listing.id, &draft)?;
        texts::PHOTO_ADDED
    };
    let count = draft.images.len().to_string();
    let body = body.with(language, &[("title", &draft.title), ("count", &count)]);
    let see = reply::choice(format!("own:{}", listing.id), texts::SEE.get(language));
    Ok(Outcome::say(reply::choices(language, body, vec![see, reply::menu_choice(language)])))
}
