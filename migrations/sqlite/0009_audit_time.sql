-- Audit rows of changes made through a SQLite shell older than 3.42. The default of `config_audit.at` uses the modifier 'subsec', which
-- such a shell (Debian 12 has 3.40) reads as null, so that every change of `app_config` was refused. The triggers now write the time
-- themselves, in words that any version knows; the table, its rows and its ids stay.

drop trigger app_config_inserted;
drop trigger app_config_updated;
drop trigger app_config_deleted;

create trigger app_config_inserted after insert on app_config
begin
    insert into config_audit (key, old, new, who, at)
    values (new.key, null, new.value, new.updated_by, cast(round((julianday('now') - 2440587.5) * 86400000) as integer));
end;

create trigger app_config_updated after update of value on app_config when old.value is not new.value
begin
    insert into config_audit (key, old, new, who, at)
    values (new.key, old.value, new.value, case when new.updated_at = old.updated_at then 'sql' else new.updated_by end,
        cast(round((julianday('now') - 2440587.5) * 86400000) as integer));
end;

create trigger app_config_deleted after delete on app_config
begin
    insert into config_audit (key, old, new, who, at)
    values (old.key, old.value, null, 'sql', cast(round((julianday('now') - 2440587.5) * 86400000) as integer));
end;
