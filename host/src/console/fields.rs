//! The fields of a form.

use axum::body::Body;

/// The largest form in bytes: far more than any text for a person needs.
const FORM_MAX: usize = 64 * 1024;

/// The fields of a form, or of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form's body; none if it is too large or was cut off.
    pub(super) async fn read(body: Body) -> Option<Fields> {
        let bytes = axum::body::to_bytes(body, FORM_MAX).await.ok()?;
        Some(Fields::parse(&bytes))
    }

    /// Parses `name=value&…`.
    pub(super) fn parse(text: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a field; empty if there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(is, _)| is == name).map_or("", |(_, value)| value)
    }

    /// The values of all fields of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(is, _)| is == name).map(|(_, value)| value.as_str())
    }
}

/// An address of the console where a form may lead back to: its own path, else the overview.
pub(super) fn inner_path(to: &str) -> &str {
    // A browser leaves tabs and ends of lines out before it reads an address.
    let is_odd = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    let is_inner = to.starts_with('/') && !to.starts_with("//") && !to.contains(is_odd);
    if is_inner { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_may_repeat() {
        let fields = Fields::parse(b"text=a+b%0D%0Ac&id=1&id=2");
        assert_eq!(fields.get("text"), "a b\r\nc");
        assert_eq!(fields.get("none"), "");
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_form_leads_nowhere_else() {
        for (to, is) in [
            ("/inbox?a=b", "/inbox?a=b"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
            ("/\t/evil.example", "/"),
        ] {
            assert_eq!(inner_path(to), is, "{to}");
        }
    }
}
