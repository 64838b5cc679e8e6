//! The types of files that Meta takes, with the ending that it expects of an upload, the greatest size, and what their first bytes say.

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sniffed {
    Jpeg,
    Png,
    Gif,
    Webp,
    Heif,
    Ogg,
    /// MP4 and M4A differ in what is in them, not in how they begin.
    Mp4,
    Gpp,
    Amr,
    Mp3,
    Aac,
    Pdf,
    /// Also the newer documents of Office.
    Zip,
    /// The older documents of Office.
    Ole,
    Text,
    Unknown,
}

/// A type of files.
pub(crate) struct FileType {
    /// Its MIME type.
    pub(crate) mime: &'static str,
    /// The endings of its names; the first is that of uploads.
    endings: &'static [&'static str],
    /// The most bytes.
    pub(crate) bytes_max: u64,
    begins: Sniffed,
}

const MIB: u64 = 1 << 20;

const fn of(mime: &'static str, endings: &'static [&'static str], mib: u64, begins: Sniffed) -> FileType {
    FileType { mime, endings, bytes_max: mib * MIB, begins }
}

/// Meta's table of types, and what phones send beside them: photos as documents, tables as text.
const TYPES: [FileType; 23] = [
    of("image/jpeg", &["jpg", "jpeg"], 16, Sniffed::Jpeg),
    of("image/png", &["png"], 16, Sniffed::Png),
    of("image/webp", &["webp"], 16, Sniffed::Webp),
    of("image/gif", &["gif"], 16, Sniffed::Gif),
    of("image/heic", &["heic", "heif"], 16, Sniffed::Heif),
    of("image/heif", &["heif", "heic"], 16, Sniffed::Heif),
    of("audio/ogg", &["ogg", "opus", "oga"], 16, Sniffed::Ogg),
    of("audio/mpeg", &["mp3"], 16, Sniffed::Mp3),
    of("audio/mp4", &["m4a", "mp4"], 16, Sniffed::Mp4),
    of("audio/aac", &["aac"], 16, Sniffed::Aac),
    of("audio/amr", &["amr"], 16, Sniffed::Amr),
    of("video/mp4", &["mp4"], 16, Sniffed::Mp4),
    of("video/3gpp", &["3gp", "3gpp"], 16, Sniffed::Gpp),
    of("application/pdf", &["pdf"], 100, Sniffed::Pdf),
    of("application/msword", &["doc"], 100, Sniffed::Ole),
    of("application/vnd.ms-excel", &["xls"], 100, Sniffed::Ole),
    of("application/vnd.ms-powerpoint", &["ppt"], 100, Sniffed::Ole),
    of("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"], 100, Sniffed::Zip),
    of("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"], 100, Sniffed::Zip),
    of("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"], 100, Sniffed::Zip),
    of("text/plain", &["txt", "text", "log", "md"], 100, Sniffed::Text),
    of("text/csv", &["csv"], 100, Sniffed::Text),
    of("application/csv", &["csv"], 100, Sniffed::Text),
];

/// Other names of types.
const OTHERS: [(&str, &str); 8] = [
    ("audio/opus", "audio/ogg"),
    ("application/ogg", "audio/ogg"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/m4a", "audio/mp4"),
    ("audio/x-m4a", "audio/mp4"),
    ("image/jpg", "image/jpeg"),
    ("audio/amr-nb", "audio/amr"),
    ("application/x-pdf", "application/pdf"),
];

/// The first bytes that [`sniffed`] looks at.
pub(crate) const HEAD: usize = 512;

/// The type that a MIME type names, with or without parameters; none if files of it are not kept.
pub(crate) fn named(mime: &str) -> Option<&'static FileType> {
    let mime = mime.split(';').next().unwrap_or_default().trim().to_lowercase();
    let mime = OTHERS.iter().find(|(other, _)| *other == mime).map_or(mime.as_str(), |(_, known)| known);
    TYPES.iter().find(|known| known.mime == mime)
}

/// The type of a file that is said to be of one: as its first bytes say, if they say the same or another that is kept as well. None for
/// what only poses as it.
pub(crate) fn sniffed(said: &'static FileType, head: &[u8]) -> Option<&'static FileType> {
    let begins = begins(head);
    if said.begins == begins {
        return Some(said);
    }
    let is_media = |found: &FileType| ["image/", "audio/", "video/"].iter().any(|kind| found.mime.starts_with(kind));
    match begins {
        Sniffed::Unknown | Sniffed::Text | Sniffed::Zip | Sniffed::Ole => None,
        // A phone that names a picture or a recording wrongly; a document stays a document.
        other => TYPES.iter().find(|found| found.begins == other && is_media(found) && is_media(said)),
    }
}

/// The name of an upload: Meta judges by its ending.
pub(crate) fn upload_name(mime: &str) -> String {
    let ending = named(mime).map_or("bin", |found| found.endings[0]);
    format!("file.{ending}")
}

/// The name of a document that is sent on: the sender's, with an ending that its type has.
pub(crate) fn shown_name(mime: &str, name: Option<&str>) -> String {
    let Some(name) = name else { return upload_name(mime) };
    let Some(found) = named(mime) else { return name.to_owned() };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if ending.is_some_and(|ending| found.endings.contains(&ending.as_str())) {
        return name.to_owned();
    }
    format!("{name}.{}", found.endings[0])
}

fn begins(head: &[u8]) -> Sniffed {
    let at = |from: usize, text: &[u8]| head.get(from..from + text.len()) == Some(text);
    match head {
        _ if at(0, b"\xff\xd8\xff") => Sniffed::Jpeg,
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Sniffed::Png,
        _ if at(0, b"GIF8") => Sniffed::Gif,
        _ if at(0, b"RIFF") && at(8, b"WEBP") => Sniffed::Webp,
        _ if at(0, b"OggS") => Sniffed::Ogg,
        _ if at(0, b"#!AMR") => Sniffed::Amr,
        _ if at(0, b"%PDF-") => Sniffed::Pdf,
        _ if at(0, b"PK\x03\x04") => Sniffed::Zip,
        _ if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Sniffed::Ole,
        _ if at(0, b"ID3") => Sniffed::Mp3,
        _ if at(4, b"ftyp") => match head.get(8..11) {
            Some(b"3gp" | b"3g2") => Sniffed::Gpp,
            Some(b"hei" | b"hev" | b"mif" | b"msf") => Sniffed::Heif,
            Some(_) => Sniffed::Mp4,
            None => Sniffed::Unknown,
        },
        // Frames of MPEG audio: layer 0 is AAC's, layer 1 is MP3's.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Sniffed::Aac,
        [0xff, second, ..] if second & 0xe6 == 0xe2 => Sniffed::Mp3,
        _ if is_text(head) => Sniffed::Text,
        _ => Sniffed::Unknown,
    }
}

/// Whether bytes are the beginning of a text: UTF-8, or of one byte a character, without control characters; and of no program.
fn is_text(head: &[u8]) -> bool {
    let is_control = |b: &u8| (*b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)) || *b == 0x7f;
    !head.is_empty() && !head.starts_with(b"#!") && !head.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let docx = TYPES[17].mime;
        for (said, head, kept) in [
            ("image/jpeg", b"\xff\xd8\xff\xe0".as_slice(), Some("image/jpeg")),
            ("image/jpeg", b"\x89PNG\r\n\x1a\n", Some("image/png")),
            ("audio/ogg; codecs=opus", b"OggS", Some("audio/ogg")),
            ("audio/opus", b"OggS", Some("audio/ogg")),
            ("audio/mpeg", b"\xff\xfb\x90", Some("audio/mpeg")),
            ("audio/aac", b"\xff\xf1\x50", Some("audio/aac")),
            ("audio/mp4", b"\0\0\0\x18ftypisom", Some("audio/mp4")),
            ("video/mp4", b"\0\0\0\x18ftypmp42", Some("video/mp4")),
            ("video/3gpp", b"\0\0\0\x18ftyp3gp4", Some("video/3gpp")),
            ("application/pdf", b"%PDF-1.7", Some("application/pdf")),
            (docx, b"PK\x03\x04", Some(docx)),
            ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Some("application/msword")),
            ("text/plain", "Muraho, amakuru? é".as_bytes(), Some("text/plain")),
            // Programs and pages in disguise.
            ("image/jpeg", b"MZ\x90\0", None),
            ("image/jpeg", b"<html>", None),
            ("application/pdf", b"\x7fELF\x02", None),
            ("application/pdf", b"\xff\xd8\xff\xe0", None),
            (docx, b"MZ\x90\0", None),
            ("text/plain", b"#!/bin/sh", None),
            ("text/plain", b"a\0b", None),
            ("image/png", b"", None),
        ] {
            let said = named(said).expect("a known type");
            assert_eq!(sniffed(said, head).map(|found| found.mime), kept, "{} {head:?}", said.mime);
        }
        assert!(
            ["application/x-msdownload", "application/vnd.android.package-archive", "text/html", ""]
                .iter()
                .all(|mime| named(mime).is_none())
        );
    }

    #[test]
    fn names_have_the_ending_of_their_type() {
        assert_eq!(upload_name("audio/mpeg"), "file.mp3");
        assert_eq!(upload_name("audio/mp4"), "file.m4a");
        assert_eq!(upload_name("audio/ogg; codecs=opus"), "file.ogg");
        assert_eq!(shown_name("application/pdf", Some("CV Alice.PDF")), "CV Alice.PDF");
        assert_eq!(shown_name("application/pdf", Some("CV.exe")), "CV.exe.pdf");
        assert_eq!(shown_name("application/pdf", None), "file.pdf");
    }
}
