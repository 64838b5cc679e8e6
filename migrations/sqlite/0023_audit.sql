-- The audit of human acts: who did what, by which way, and what it was before. It holds no words of people and no number.
create table audit (
    audit_id integer primary key autoincrement,
    at integer not null,
    -- The operator's name.
    who text not null,
    -- command, api, console or host.
    way text not null,
    -- Such as desk.claim.
    act text not null,
    -- A person's id, a ticket's number, an agent's name.
    subject text not null,
    before text,
    after text
);

create index audit_subject on audit (subject);
create index audit_at on audit (at);
