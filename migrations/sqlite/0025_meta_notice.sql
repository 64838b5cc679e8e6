-- What Meta says of the account, its numbers and its templates, as its webhook sends it. It holds nothing of a person.
create table meta_notice (
    notice_id integer primary key autoincrement,
    -- The webhook's field, such as account_update.
    field text not null,
    -- Meta's word for what happened, such as DISABLED_UPDATE.
    event text not null,
    -- What it is about: the account's id, the end of a business number, a template and its language.
    subject text not null,
    -- By Meta's clock.
    at integer not null,
    -- What else Meta says of it, as JSON: reasons, categories, dates.
    body text not null check (json_valid(body))
);

create unique index meta_notice_once on meta_notice (field, event, subject, at);
create index meta_notice_at on meta_notice (at);
