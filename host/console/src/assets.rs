//! The files that pages load, in the program itself, each at an address with its hash: a browser keeps it until it changes.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that pages load.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name: `app.css`.
    pub name: &'static str,
    /// The first sixteen digits of its SHA-256, in hex.
    pub hash: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let css = "text/css; charset=utf-8";
    let javascript = "text/javascript; charset=utf-8";
    let file = |name, content_type, bytes: &'static [u8]| {
        let hash = hex::encode(&Sha256::digest(bytes)[..8]);
        Asset { name, hash, content_type, bytes }
    };
    vec![
        file("app.css", css, include_bytes!("../assets/app.css")),
        file("console.js", javascript, include_bytes!("../assets/console.js")),
        file("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    ]
});

/// The file of a name and hash; none if there is no such file, or it is another one by now.
pub fn asset(hash: &str, name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name && asset.hash == hash)
}

/// The address of a file: `/assets/<hash>/app.css`; of one that does not exist, an address where nothing is.
pub fn asset_path(name: &str) -> String {
    let hash = ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| &asset.hash);
    format!("/assets/{hash}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_hash_and_is_small() {
        for of in ASSETS.iter() {
            let path = asset_path(of.name);
            let hash = path.split('/').nth(2).expect("a hash");
            assert_eq!(asset(hash, of.name).map(|asset| asset.bytes), Some(of.bytes), "{path}");
            assert!(asset("0000000000000000", of.name).is_none());
        }
        let script = ASSETS.iter().find(|asset| asset.name == "console.js").expect("a script");
        assert!(script.bytes.len() <= 10 * 1024, "the script has {} bytes", script.bytes.len());
        for forbidden in ["eval(", "innerHTML", "new Function", "http:", "https:"] {
            let text = std::str::from_utf8(script.bytes).expect("UTF-8");
            assert!(!text.contains(forbidden), "{forbidden}");
        }
    }
}
