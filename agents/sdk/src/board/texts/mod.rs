//! What a board says, in the four languages.

mod apply;
mod listing;
mod mine;
mod said;
mod search;

pub(super) use self::{apply::*, listing::*, mine::*, said::*, search::*};
use crate::{Text, tr};

pub(super) const PER_HOUR: Text = tr!("per hour", "par heure", "ku isaha", "kwa saa");
pub(super) const PER_DAY: Text = tr!("per day", "par jour", "ku munsi", "kwa siku");
pub(super) const PER_NIGHT: Text = tr!("per night", "par nuit", "ku ijoro", "kwa usiku");
pub(super) const PER_WEEK: Text = tr!("per week", "par semaine", "ku cyumweru", "kwa wiki");
pub(super) const PER_MONTH: Text = tr!("per month", "par mois", "ku kwezi", "kwa mwezi");
pub(super) const PER_KG: Text = tr!("per kg", "le kg", "ku kilo", "kwa kilo");

pub(super) const SAVED_TITLE: Text = tr!("⭐ Saved", "⭐ Enregistrés", "⭐ Ibyabitswe", "⭐ Vilivyohifadhiwa");
pub(super) const MINE_TITLE: Text = tr!("🗂️ Mine", "🗂️ Les miens", "🗂️ Ibyanjye", "🗂️ Vyangu");
pub(super) const SEE: Text = tr!("See it", "Voir", "Birebe", "Tazama");
pub(super) const BACK: Text = tr!("Back", "Retour", "Subira", "Rudi");
pub(super) const BACK_TO_LIST: Text = tr!("Back to list", "Retour à la liste", "Subira ku rutonde", "Rudi kwa orodha");
pub(super) const DETAILS: Text = tr!("Details", "Détails", "Ibisobanuro", "Maelezo");

pub(super) const SAVED_WORDS: &[&str] = &[
    "saved",
    "favourites",
    "favorites",
    "my searches",
    "saved searches",
    "mes favoris",
    "favoris",
    "enregistres",
    "ibyabitswe",
    "vilivyohifadhiwa",
];
pub(super) const MINE_WORDS: &[&str] = &[
    "my listings",
    "my listing",
    "my ads",
    "my jobs",
    "my applications",
    "my application",
    "my orders",
    "my order",
    "my trips",
    "my bookings",
    "my properties",
    "my inquiries",
    "my produce",
    "my requests",
    "my offers",
    "mes annonces",
    "mon annonce",
    "mes offres",
    "mes candidatures",
    "mes commandes",
    "mes trajets",
    "mes demandes",
    "ibyanjye",
    "ibyo ngurisha",
    "akazi kanjye",
    "ubusabe bwanjye",
    "matangazo yangu",
    "kazi zangu",
    "maombi yangu",
    "oda zangu",
    "safari zangu",
];
pub(super) const NOTIFY_WORDS: &[&str] = &[
    "notify me",
    "notify",
    "tell me",
    "let me know",
    "prevenez moi",
    "me prevenir",
    "mumbwire",
    "menyesha",
    "nijulishe",
    "niambie",
];
