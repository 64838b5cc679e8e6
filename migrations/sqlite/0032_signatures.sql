-- Signatures of components in minisign's format, by the SHA-256 of their bytes: so that every host can check what it takes from the database.
create table component_signature (
    sha256 text primary key,
    signature text not null,
    at integer not null
) without rowid;
