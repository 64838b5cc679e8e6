//! Where and when a text was said.

/// Where and when a text was said.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// When it is read, in milliseconds since 1970.
    pub now: u64,
    /// The person's time zone (IANA), for instance `Africa/Kigali`. An unknown one is UTC.
    pub zone: &'a str,
    /// The person's country (ISO 3166-1 alpha-2).
    pub country: &'a str,
    /// The currency of amounts that name none (ISO 4217).
    pub currency: &'a str,
    /// The language that the person speaks, as far as is known: `en`, `fr`, `rw`, `sw`. A hint: texts mix languages.
    pub language: &'a str,
}
