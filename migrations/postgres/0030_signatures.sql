-- Signatures of components in minisign's format, by the SHA-256 of their bytes: so that every host can check what it takes from the database.
create table switchboard.component_signature (
    sha256 text collate "C" primary key,
    signature text not null,
    at bigint not null
);

select switchboard.for_role('switchboard_node', 'grant select, insert, update, delete on switchboard.component_signature to switchboard_node');
