-- A login for hosts that may do no more than serve. Run it as the owner, after `switchboard db migrate`, with a password of your own:
--
--   psql "$OWNER_URL" -v password="'…'" -f deploy/roles.sql
create role switchboard_host login password :password in role switchboard_node;
