//! What a text outside a flow means on a board: decided by what the host reads in it, not by lists of words.

use super::{
    Board,
    heard::Heard,
    search::Search,
    show::{active, back_to_list},
    texts,
};
use crate::{Language, Outcome, Place, Result, Text, Turn, reply, store::own as store, words};

/// A search, or what was looked at, is what the person means for so long.
const FRESH_MS: u64 = 2 * 60 * 60 * 1000;

/// The other side's words wait for an answer so long.
const ANSWER_MS: u64 = 30 * 60 * 1000;

/// Words that page or sort the latest search, plainly written. None of them names a thing.
const CHEAP: &str = " cheap cheaper cheapest cher chere chers cheres moins ihendutse ahendutse gihendutse bihendutse make rahisi nafuu chini kabisa bei \
    lowest less affordable ";
const SUPERLATIVE: &str = " cheapest lowest le la kabisa kurusha izindi ";
const MORE: &str = " more another other others next else different autre autres encore suite ibindi izindi ikindi indi abandi \
    bindi zindi kindi yindi rindi wundi bandi zaidi nyingine mengine zingine vingine kingine lingine wengine ingine ";
const PHOTO: &str = " photo photos picture pictures pics image images ifoto amafoto picha ";
const REFINES: &str = " price ones with without only see option options have d m n en you montrez montre voir got anything something chose nta hamna hakuna mufite mna hari avec prix igiciro fite yafite ifite zifite kurusha \
    iya icya uwa ibya yenye zenye kuna onyesha nionyeshe nyereka mwereke ";
const OWNER: &str = " owner seller contact number call reach vendeur vendeuse proprietaire annonceur numero appeler joindre contacter nyirayo nyiracyo \
    nyirabyo ugurisha uyigurisha ubigurisha uyikodesha nimero guhamagara mwenyewe muuzaji mwenye namba piga wasiliana employer employeur landlord farmer company ";
/// Words that ask to reach somebody.
const TALKS: &str = " talk speak parler kuvugana kuongea kuzungumza ";
/// Words that ask for what a flow of the listing's ways asks for: a job, a visit, an introduction.
const WANTS: &str = " apply applying postuler candidature gusaba kugasaba kuyisaba mbisabe kuomba niombe visit visiter see voir gusura kuyisura \
    kuyireba kuiona kuitembelea inquire interested interesse interessee introduce ";
const WHERE: &str = " where exactly located location address adresse ou situe hehe he aho wapi hasa mahali ";

impl Board {
    /// Answers words.
    pub fn said(&self, turn: &Turn, text: &str) -> Result<Outcome> {
        let language = Language::of(turn);
        let heard = Heard::of(text);
        let does = |act: &str| heard.does(act);
        let wanted = heard.left(self.fillers);
        let names_thing = heard.things().next().is_some();
        if words::has_one_of(text, texts::SAVED_WORDS) {
            return self.saved(language);
        }
        if words::has_one_of(text, texts::MINE_WORDS) {
            return self.mine(language);
        }
        if does("news") {
            return self.stands(language);
        }
        if does("sold")
            && !does("question")
            && let Some(outcome) = self.gone_by(&heard, language)?
        {
            return Ok(outcome);
        }
        if does("who") && !names_thing {
            return self.who(language);
        }
        let seeks = does("seek") || does("offer");
        let plain = wanted.is_empty() && !seeks;
        let asks = does("question") || does("price");
        // A few other words do not change a yes to what waits: *ok share it*.
        let agrees = does("yes") && !asks && !does("no") && wanted.split(' ').count() <= 2;
        if agrees && !plain && !self.waiting()?.is_empty() {
            return self.answered(turn, &heard, language);
        }
        // Nor to a no: *no, keep my number private*.
        let declines = does("no") && !asks && !does("yes") && !seeks && !names_thing && wanted.split(' ').count() <= 4;
        if declines && !plain && !self.waiting()?.is_empty() {
            return self.answered(turn, &heard, language);
        }
        if plain && (does("yes") || does("no") || does("later")) {
            return self.answered(turn, &heard, language);
        }
        // Nothing more to add, after the last question was answered.
        if plain && does("skip") {
            return Ok(self.kind(texts::ALL_RIGHT, language));
        }
        if words::is_one_of(text, texts::NOTIFY_WORDS) {
            return self.save_search(language);
        }
        if let Some(outcome) = self.about(turn, text, &heard, &wanted, language)? {
            return Ok(outcome);
        }
        if let Some(outcome) = self.refined(turn, &heard, &wanted)? {
            return Ok(outcome);
        }
        if does("undecided") {
            return self.newest(turn);
        }
        let thanks = does("thanks") && !names_thing && !seeks && !asks;
        if (plain || thanks)
            && let Some(outcome) = self.courtesy(&heard, language)?
        {
            return Ok(outcome);
        }
        let is_chat = does("question") && !seeks && !does("price");
        if names_thing || !wanted.is_empty() && (!is_chat || does("seek")) {
            return self.find(turn, self.reads(&heard));
        }
        if heard.place().is_some() && !is_chat || does("seek") || heard.has(self.fillers) && !is_chat {
            return match heard.place() {
                Some(_) => self.find(turn, self.reads(&heard)),
                None => self.search.begin(turn).ask(),
            };
        }
        Ok(self.menu(language, texts::UNCLEAR.get(language)))
    }

    /// Yes, no or later, with nothing else said.
    fn answered(&self, turn: &Turn, heard: &Heard, language: Language) -> Result<Outcome> {
        let agrees = heard.does("yes") && !heard.does("no");
        if agrees && heard.does("thanks") {
            // *Ok, thank you* ends a talk; it gives no number away.
            let question = self.ask_again("", language)?;
            return Ok(question.unwrap_or_else(|| self.kind(texts::WELCOME, language)));
        }
        if heard.does("later") && !agrees {
            return Ok(self.kind(texts::IT_WAITS, language));
        }
        // Where a search found nothing, something else was offered since.
        let found_nothing = store::mine_at::<Search>("search", "latest")?
            .filter(|(search, at)| {
                search.shown.as_ref().is_some_and(Vec::is_empty) && turn.now.saturating_sub(*at) < ANSWER_MS
            })
            .map(|(_, at)| at);
        if found_nothing > self.waits_since()? {
            return if agrees { self.save_search(language) } else { Ok(self.kind(texts::ALL_RIGHT, language)) };
        }
        if let Some(outcome) = self.resolve(turn, agrees, language)? {
            return Ok(outcome);
        }
        Ok(self.kind(if agrees { texts::WHAT_NEXT } else { texts::ALL_RIGHT }, language))
    }

    /// Greetings, thanks and good-bye.
    fn courtesy(&self, heard: &Heard, language: Language) -> Result<Option<Outcome>> {
        if heard.does("thanks") {
            return Ok(Some(self.kind(texts::WELCOME, language)));
        }
        if heard.does("goodbye") {
            return Ok(Some(self.kind(texts::BYE, language)));
        }
        if heard.does("greeting") {
            if let Some(question) = self.ask_again("👋 ", language)? {
                return Ok(Some(question));
            }
            if heard.does("question") {
                return self.stands(language).map(Some);
            }
            return Ok(Some(self.menu(language, texts::HELLO.get(language))));
        }
        Ok(None)
    }

    /// A kind word, with ways on.
    fn kind(&self, text: Text, language: Language) -> Outcome {
        let choices = vec![back_to_list(language), reply::menu_choice(language)];
        Outcome::say(reply::choices(language, text.get(language), choices))
    }

    /// What is said about the listing just seen, or to its owner.
    fn about(
        &self,
        turn: &Turn,
        text: &str,
        heard: &Heard,
        wanted: &str,
        language: Language,
    ) -> Result<Option<Outcome>> {
        let Some((subject, at)) = self.subject()? else { return Ok(None) };
        let age = turn.now.saturating_sub(at);
        // Words about the other side of a match keep their meaning for longer than words about something only seen.
        let reaches = !subject.of_match.is_empty() || !subject.application.is_empty();
        if heard.does("greeting") && wanted.is_empty() {
            return Ok(None);
        }
        if !reaches && age > FRESH_MS
            || heard.does("seek") && !heard.has(OWNER) && !heard.has(WANTS)
            || heard.does("offer")
        {
            return Ok(None);
        }
        let listing = active(&subject.listing)?;
        // The owner's trade is no other thing.
        let is_other_thing = !heard.has(OWNER)
            && heard.things().next().is_some()
            && !listing.as_ref().is_some_and(|listing| heard.names(&listing.draft.title));
        if is_other_thing {
            return Ok(None);
        }
        if let Some(listing) = listing.as_ref().filter(|listing| !listing.mine && age <= FRESH_MS) {
            let applies = self.ways.iter().find_map(|way| match way.does {
                super::Does::Apply { flow, .. } if (way.fits)(listing) => Some(flow.name),
                _ => None,
            });
            let wants = heard.has(WANTS) && !heard.does("question") && heard.things().next().is_none();
            if let Some(flow) = applies.filter(|_| wants && heard.place().is_none()) {
                return self.begin(turn, flow, &listing.id, language).map(Some);
            }
            let asks_for_owner = heard.does("seek") && !heard.does("question");
            if heard.has(OWNER) && (!heard.does("to-other") || asks_for_owner || heard.has(TALKS)) {
                let ways = self.ways.iter().filter(|way| (way.fits)(listing));
                let reach = ways.filter(|way| matches!(way.does, super::Does::Contact)).count();
                return match reach {
                    0 => self.show(&listing.id, language).map(Some),
                    _ => self.contact(&listing.id, language).map(Some),
                };
            }
            if heard.does("complaint") || heard.has(" scam fraud arnaque abatekamutwe utapeli trust fake ") {
                let choices = self.ways_on(listing, language);
                return Ok(Some(Outcome::say(reply::choices(language, texts::BE_CAREFUL.get(language), choices))));
            }
            if heard.does("question")
                && heard.has(WHERE)
                && let Some(place) = &listing.draft.place
            {
                let values = [("title", listing.draft.title.as_str()), ("place", place.label())];
                let body = self.of_owner(texts::IT_IS_AT, language, &values);
                return Ok(Some(Outcome::say(reply::choices(language, body, self.ways_on(listing, language)))));
            }
        }
        let answers = subject.from_other && age < ANSWER_MS;
        // Beside a newer list, an amount is a limit for it, and so is what says so.
        let bids = heard.amount().is_some_and(|amount| amount.low.is_some()) && wanted.is_empty();
        let bids = bids && store::mine_at::<Search>("search", "latest")?.is_none_or(|(_, listed)| listed <= at);
        let asks = heard.does("question") || heard.does("price") || bids;
        if heard.does("to-other") || answers || asks && (age <= FRESH_MS / 4 || reaches && wanted.is_empty()) {
            return self.relay(turn, text, language);
        }
        Ok(None)
    }

    /// What refines or pages the latest search: `cheaper`, `more`, `the second one`, `in Remera`, `under 50k`.
    fn refined(&self, turn: &Turn, heard: &Heard, wanted: &str) -> Result<Option<Outcome>> {
        let language = Language::of(turn);
        // `do you have others` seeks, and yet means the latest list.
        let seeks = (heard.does("seek") || heard.does("offer")) && !heard.has(MORE);
        if heard.things().next().is_some() || seeks {
            return Ok(None);
        }
        let known = [CHEAP, MORE, PHOTO, REFINES, SUPERLATIVE];
        let refines = |word: &str| known.iter().any(|known| known.split(' ').any(|known| known == word));
        if !wanted.split(' ').all(|word| word.is_empty() || refines(word) || word.bytes().all(|b| b.is_ascii_digit())) {
            return Ok(None);
        }
        let Some((mut search, at)) = store::mine_at::<Search>("search", "latest")? else { return Ok(None) };
        if turn.now.saturating_sub(at) > FRESH_MS {
            return Ok(None);
        }
        if heard.has(CHEAP) {
            search.cheapest = true;
            if heard.has(SUPERLATIVE)
                && let Some(cheapest) = self.first(turn, &search)?
            {
                return self.show(&cheapest, language).map(Some);
            }
        } else if heard.has(PHOTO) {
            search.photos = true;
        } else if heard.has(MORE) {
            return match search.next {
                Some(next) => self.again(turn, next).map(Some),
                None => Ok(Some(self.kind(texts::THAT_IS_ALL, language))),
            };
        } else if let Some(number) = heard.number().filter(|_| heard.amount().is_none()) {
            let nth = (number as usize).checked_sub(1).and_then(|at| search.shown.as_ref()?.get(at));
            return match nth {
                Some(id) => self.show(id, language).map(Some),
                None => Ok(None),
            };
        } else if heard.amount().is_none() && heard.place().is_none() {
            return Ok(None);
        }
        let more = self.reads(heard);
        search.price_min = more.price_min.or(search.price_min);
        search.price_max = more.price_max.or(search.price_max);
        if let Some(place) = more.place {
            (search.place, search.anywhere) = (Some(place), false);
        }
        self.find(turn, search).map(Some)
    }

    /// The first listing that fits.
    fn first(&self, turn: &Turn, search: &Search) -> Result<Option<String>> {
        Ok(self.page(turn, search, 0)?.0.into_iter().next().map(|listing| listing.id))
    }

    /// Words about where something is, and nothing else.
    pub(super) fn near(&self, turn: &Turn, place: &Place) -> Result<Outcome> {
        let mut place = place.clone();
        // A name can be as long as a message.
        place.name = place.name.map(|name| words::cut(&name, 80));
        self.find(turn, Search { place: Some(place), ..Search::default() })
    }
}
