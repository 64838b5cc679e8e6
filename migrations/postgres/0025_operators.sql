-- Operators with names and roles, and the audit as the one place of what they did with dead letters.
create table switchboard.operator (
    name text collate "C" primary key,
    role text collate "C" not null check (role in ('viewer', 'support', 'operator', 'admin')),
    -- SHA-256 of the token, in hex; a token has 256 random bits.
    token_hash text collate "C" not null unique,
    -- Argon2id of the password for the console, in PHC form; null while there is none.
    password_hash text,
    created_at bigint not null,
    created_by text not null,
    -- Null while they may act.
    revoked_at bigint,
    -- When the token was last used, to the minute.
    used_at bigint
);

select switchboard.for_role('switchboard_node', 'grant select, insert, update on switchboard.operator to switchboard_node');

-- The name and the way of an actor as older rows have them.
create function switchboard.moved_act(at bigint, who text, event text, kind text, letter_id bigint) returns void language sql set search_path = ''
as $$
    insert into switchboard.audit (at, who, way, act, subject)
    values (at,
        case when position(':' in who) > 0 then substr(who, position(':' in who) + 1) when who = 'api' then 'operator' else who end,
        case when who = 'api' or who like 'api:%' then 'api' else 'command' end,
        case event when 'retried' then 'dead.retry' else 'dead.discard' end, kind || ' ' || letter_id)
$$;

select switchboard.moved_act(at, who, event, kind, letter_id) from switchboard.dead_audit order by audit_id;
delete from switchboard.dead_audit;

-- A program of the release before still writes here.
create function switchboard.dead_audit_moves() returns trigger language plpgsql set search_path = ''
as $$
begin
    perform switchboard.moved_act(new.at, new.who, new.event, new.kind, new.letter_id);
    return null;
end
$$;

create trigger dead_audit_moves after insert on switchboard.dead_audit for each row execute function switchboard.dead_audit_moves();

select switchboard.functions_to_those_meant();
