-- Operators with names and roles, and the audit as the one place of what they did with dead letters.
create table operator (
    name text primary key,
    role text not null check (role in ('viewer', 'support', 'operator', 'admin')),
    -- SHA-256 of the token, in hex; a token has 256 random bits.
    token_hash text not null unique,
    -- Argon2id of the password for the console, in PHC form; null while there is none.
    password_hash text,
    created_at integer not null,
    created_by text not null,
    -- Null while they may act.
    revoked_at integer,
    -- When the token was last used, to the minute.
    used_at integer
) without rowid;

insert into audit (at, who, way, act, subject)
select at,
    case when instr(who, ':') > 0 then substr(who, instr(who, ':') + 1) when who = 'api' then 'operator' else who end,
    case when who = 'api' or who like 'api:%' then 'api' else 'command' end,
    case event when 'retried' then 'dead.retry' else 'dead.discard' end, kind || ' ' || letter_id
from dead_audit order by audit_id;
delete from dead_audit;

-- A program of the release before still writes here.
create trigger dead_audit_moves after insert on dead_audit
begin
    insert into audit (at, who, way, act, subject)
    values (new.at,
        case when instr(new.who, ':') > 0 then substr(new.who, instr(new.who, ':') + 1) when new.who = 'api' then 'operator' else new.who end,
        case when new.who = 'api' or new.who like 'api:%' then 'api' else 'command' end,
        case new.event when 'retried' then 'dead.retry' else 'dead.discard' end, new.kind || ' ' || new.letter_id);
end;
