-- Creates a login for hosts with the least privileges that `serve` needs. Run it as the owner, after `switchboard db migrate`, with a password of your own:
--
--   psql "$OWNER_URL" -v password="'…'" -f deploy/roles.sql
create role switchboard_host login password :password in role switchboard_node;
