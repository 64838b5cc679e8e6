-- Sessions of operators at the console. The cookie's value stands nowhere: the key is its SHA-256.
create table operator_session (
    -- SHA-256 of the cookie's value, in hex; of a session by OPERATOR_TOKEN, of both together.
    session_hash text primary key,
    -- The operator's name; `operator` of one who has OPERATOR_TOKEN, `development` where nobody signs in.
    operator text not null,
    -- The role that they had: a session ends with it.
    role text not null check (role in ('viewer', 'support', 'operator', 'admin')),
    created_at integer not null,
    -- When it was last used, to the minute.
    used_at integer not null,
    -- When it ends, however much it is used.
    ends_at integer not null
) without rowid;

create index operator_session_ends on operator_session (ends_at);
