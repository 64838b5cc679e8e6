-- Makes the roles: those that the schema names, and a login for hosts with the least privileges that `serve` needs. Run it as a superuser (or
-- the owner, if it may make roles), before a restore and before or after `switchboard db migrate`, with a password of your own. It may be run
-- again at any time: it then changes the password.
--
--   psql "$OWNER_URL" -v password="'…'" -f deploy/roles.sql
\set ON_ERROR_STOP on
\if :{?password}
\else
    \echo 'give a password: psql "$OWNER_URL" -v password="''…''" -f deploy/roles.sql'
    -- Ends with an error, so that a script stops too.
    select 1 / 0 as password_is_missing;
\endif

select format('create role %I nologin', name)
from unnest(array['anon', 'authenticated', 'service_role', 'switchboard_node']) as wanted (name)
where not exists (select from pg_roles where rolname = name)
\gexec

select 'create role switchboard_host login' where not exists (select from pg_roles where rolname = 'switchboard_host')
\gexec

alter role switchboard_host with login password :password;
grant switchboard_node to switchboard_host;
