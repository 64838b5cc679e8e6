//! What people send beside words: a place, a card, a document, a basket, a form.

use agent_sdk::{Content, Language, MediaKind, Outcome, Place, Result, Turn, places, tr};

use crate::{everywhere, menu};

/// Answers a message without words.
pub(crate) fn answer(turn: &Turn, language: Language) -> Result<Outcome> {
    let text = match &turn.message.content {
        Content::Place(_) => match turn.shared_place() {
            Some(place) => return near(turn, place, language),
            None => menu::NOT_TEXT,
        },
        Content::Contacts(cards) if cards.len() == 1 => tr!(
            "Thank you, I have the contact. I write to nobody for you; tell me what you need, or choose below.",
            "Merci, j'ai le contact. Je n'écris à personne pour vous ; dites-moi ce qu'il vous faut, ou choisissez ci-dessous.",
            "Urakoze, nabonye nimero y'uwo muntu. Nta we nandikira mu izina ryawe; mbwira icyo ukeneye, cyangwa uhitemo hasi.",
            "Asante, nimepata mawasiliano. Simwandikii mtu kwa niaba yako; niambie unachohitaji, au chagua hapa chini.",
        ),
        Content::Contacts(_) => tr!(
            "Thank you, I have the contacts. I write to nobody for you; tell me what you need, or choose below.",
            "Merci, j'ai les contacts. Je n'écris à personne pour vous ; dites-moi ce qu'il vous faut, ou choisissez ci-dessous.",
            "Urakoze, nabonye nimero zabo. Nta we nandikira mu izina ryawe; mbwira icyo ukeneye, cyangwa uhitemo hasi.",
            "Asante, nimepata mawasiliano yao. Simwandikii mtu kwa niaba yako; niambie unachohitaji, au chagua hapa chini.",
        ),
        Content::Media(media) if media.kind == MediaKind::Document => tr!(
            "I have the document. What is it for? Say it in a few words, such as *my CV, I look for work*, or choose below.",
            "J'ai le document. À quoi sert-il ? Dites-le en quelques mots, par exemple *mon CV, je cherche du travail*, ou choisissez ci-dessous.",
            "Nabonye inyandiko. Ni iy'iki? Bivuge mu magambo make, nka *CV yanjye, nshaka akazi*, cyangwa uhitemo hasi.",
            "Nimepata hati. Ni ya nini? Sema kwa maneno machache, kama *CV yangu, natafuta kazi*, au chagua hapa chini.",
        ),
        Content::Media(media) if matches!(media.kind, MediaKind::Image | MediaKind::Video) => tr!(
            "I have it. What shall I do with it? Say it in a few words, such as *I sell this*, or choose below.",
            "Je l'ai. Que dois-je en faire ? Dites-le en quelques mots, par exemple *je vends ceci*, ou choisissez ci-dessous.",
            "Nayibonye. Nyikoreshe iki? Bivuge mu magambo make, nka *ndagurisha iki*, cyangwa uhitemo hasi.",
            "Nimeipata. Niifanyie nini? Sema kwa maneno machache, kama *nauza hii*, au chagua hapa chini.",
        ),
        Content::Order(_) => tr!(
            "I have your basket, but baskets are not ordered here yet. Say in a few words what you want, or choose below.",
            "J'ai votre panier, mais les paniers ne se commandent pas encore ici. Dites en quelques mots ce que vous voulez, ou choisissez ci-dessous.",
            "Nabonye ibyo wahisemo, ariko ntibitumizwa gutya. Vuga mu magambo make icyo ushaka, cyangwa uhitemo hasi.",
            "Nimepata kikapu chako, lakini hakiagizwi hapa bado. Sema kwa maneno machache unachotaka, au chagua hapa chini.",
        ),
        Content::Form(_) => tr!(
            "Thank you, I have your answers. Say in a few words what you want to do with them, or choose below.",
            "Merci, j'ai vos réponses. Dites en quelques mots ce que vous voulez en faire, ou choisissez ci-dessous.",
            "Urakoze, nabonye ibisubizo byawe. Vuga mu magambo make icyo ushaka kubikoresha, cyangwa uhitemo hasi.",
            "Asante, nimepata majibu yako. Sema kwa maneno machache unataka kufanya nini nayo, au chagua hapa chini.",
        ),
        _ => menu::NOT_TEXT,
    };
    Ok(menu::show(turn, language, text.get(language), 0))
}

/// What is around a place.
fn near(turn: &Turn, place: &Place, language: Language) -> Result<Outcome> {
    let named = || place.name.as_deref().and_then(|name| places::find(name).into_iter().find_map(|found| found.point));
    let found = match place.point.or_else(named) {
        Some(point) => everywhere::around(&Place { point: Some(point), ..place.clone() }, language)?,
        None => None,
    };
    let nothing = tr!(
        "I know where you are now, but have nothing near it yet. What do you look for?",
        "Je sais maintenant où vous êtes, mais je n'ai encore rien à proximité. Que cherchez-vous ?",
        "Ubu nzi aho uri, ariko nta kintu gihari hafi. Urashaka iki?",
        "Sasa najua ulipo, lakini bado sina kitu karibu. Unatafuta nini?",
    );
    Ok(found.unwrap_or_else(|| menu::show(turn, language, nothing.get(language), 0)))
}
