-- What operators and people set: flags, agents' configuration, preferences; and the agents' own documents and versions.

create table app_config (
    key text primary key,
    value text not null check (json_valid(value)),
    updated_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
    updated_by text not null default 'sql'
);

create trigger app_config_touched after update of value on app_config when new.updated_at = old.updated_at
begin
    update app_config set updated_at = strftime('%Y-%m-%dT%H:%M:%fZ'), updated_by = 'sql' where key = new.key;
end;

create table user_preferences (
    user_id text not null references person (person_id),
    name text not null,
    value text not null,
    updated_at integer not null,
    primary key (user_id, name)
) without rowid;

-- The agents' own documents, per person or shared (empty person).
create table record (
    agent text not null,
    person_id text not null default '',
    collection text not null,
    key text not null,
    value text not null,
    updated_at integer not null,
    primary key (agent, person_id, collection, key)
) without rowid;

create index record_newest on record (agent, person_id, collection, updated_at);
