//! The people who write from the phone, places that they share, and sentences to begin with.

/// Somebody who writes from the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persona {
    /// Its name in addresses.
    pub id: &'static str,
    /// The name that WhatsApp shows.
    pub name: &'static str,
    /// The language that they write in.
    pub language: &'static str,
    /// Their number, or, of somebody without one, their user id.
    pub handle: &'static str,
}

/// All of them. The numbers are of a prefix that Rwanda has given to nobody, so that none is a customer's.
pub const PERSONAS: [Persona; 5] = [
    Persona { id: "aline", name: "Aline Uwimana", language: "en", handle: "+250700000001" },
    Persona { id: "eric", name: "Eric Mugisha", language: "rw", handle: "+250700000002" },
    Persona { id: "claire", name: "Claire Ingabire", language: "fr", handle: "+250700000003" },
    Persona { id: "fatuma", name: "Fatuma Juma", language: "sw", handle: "+250700000004" },
    Persona { id: "keza", name: "Keza", language: "en", handle: "RW.70000000000000005" },
];

/// A place to share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhonePlace {
    /// Its name.
    pub name: &'static str,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// Places to share: four in Kigali, one far away.
pub const PLACES: [PhonePlace; 5] = [
    PhonePlace { name: "Kimironko, Kigali", latitude: -1.9495, longitude: 30.1260 },
    PhonePlace { name: "Remera, Kigali", latitude: -1.9579, longitude: 30.1127 },
    PhonePlace { name: "Nyabugogo, Kigali", latitude: -1.9390, longitude: 30.0444 },
    PhonePlace { name: "Kigali city centre", latitude: -1.9441, longitude: 30.0619 },
    PhonePlace { name: "Huye", latitude: -2.5967, longitude: 29.7394 },
];

/// Sentences to try first, with their languages.
pub const TRIES: [(&str, &str); 5] = [
    ("en", "I want to sell my fridge for 80k in Kimironko"),
    ("en", "looking for a fridge in Remera"),
    ("rw", "Ndashaka akazi"),
    ("fr", "Je cherche un appartement 2 chambres à Remera"),
    ("sw", "Nataka kuongea na mtu"),
];

impl Persona {
    /// The persona of a name in an address; the first if there is none.
    pub fn of(id: &str) -> Persona {
        PERSONAS.into_iter().find(|persona| persona.id == id).unwrap_or(PERSONAS[0])
    }

    /// Whether they have a number.
    pub fn has_number(&self) -> bool {
        self.handle.starts_with('+')
    }
}
