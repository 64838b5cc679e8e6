//! Questions that several domains ask in the same words, and a listing made of their answers.

use crate::{Answers, Step, listings, money::Amount, opt, tr, understand};

/// May interested people get the owner's number?
pub const CONTACT: Step = Step::choice(
    "contact",
    tr!("Your number", "Votre numéro", "Nimero yawe", "Namba yako"),
    tr!(
        "May interested people get your number?",
        "Les personnes intéressées peuvent-elles avoir votre numéro ?",
        "Ababyifuza nabaha nimero yawe?",
        "Wanaopenda wapewe namba yako?"
    ),
    &[
        opt("share", tr!("Yes, share it", "Oui, donnez-le", "Yego, yitange", "Ndiyo, wape")),
        opt("ask", tr!("Ask me each time", "Demandez-moi", "Banza umbaze", "Niulize kwanza")),
        opt("never", tr!("Never", "Jamais", "Oya rwose", "Hapana, usitoe")),
    ],
)
.assumed("ask");

/// Photos of what is offered.
pub const PHOTOS: Step = Step::photos(
    "photos",
    tr!("Photos", "Photos", "Amafoto", "Picha"),
    tr!(
        "Send a photo, up to five.",
        "Envoyez une photo, jusqu'à cinq.",
        "Ohereza ifoto, kugeza kuri eshanu.",
        "Tuma picha, hadi tano."
    ),
    5,
)
.or_skip();

/// Where something is.
pub const PLACE: Step = Step::place(
    "place",
    tr!("Where", "Lieu", "Aho", "Mahali"),
    tr!(
        "Where is it? Share a location or type a place.",
        "Où est-ce ? Partagez une position ou écrivez un lieu.",
        "Kiri he? Ohereza ahantu cyangwa uhandike.",
        "Iko wapi? Tuma mahali au andika jina."
    ),
);

/// Near where to look.
pub const NEAR: Step = Step::place(
    "place",
    tr!("Near", "Près de", "Hafi ya", "Karibu na"),
    tr!(
        "Near which place? Share a location or type one.",
        "Près de quel lieu ? Partagez une position ou écrivez-en un.",
        "Hafi y'he? Ohereza ahantu cyangwa uhandike.",
        "Karibu na wapi? Tuma mahali au andika jina."
    ),
)
.or_skip();

/// A listing of the answers that go by their usual names: description, category, price or salary, place or location, photos, contact.
/// Without a word on contacts, the owner is asked each time.
pub fn draft(kind: &str, title: &str, answers: &Answers) -> listings::Draft {
    let price = answers.amount("price").or_else(|| answers.amount("salary"));
    listings::Draft {
        kind: kind.to_owned(),
        // A name is what its owner wrote; anything else begins with a capital.
        title: if kind == "service" { title.to_owned() } else { understand::capital(title) },
        description: answers.words("description").map(str::to_owned),
        category: answers.choice("category").map(str::to_owned),
        price: price.and_then(Amount::low),
        price_max: price.and_then(Amount::high),
        price_unit: None,
        place: answers.place("place").or_else(|| answers.place("location")).cloned(),
        attributes: "{}".to_owned(),
        images: answers.photos("photos"),
        contact: match answers.choice("contact") {
            Some("share") => listings::ContactPolicy::Share,
            Some("never") => listings::ContactPolicy::Never,
            _ => listings::ContactPolicy::Ask,
        },
    }
}
