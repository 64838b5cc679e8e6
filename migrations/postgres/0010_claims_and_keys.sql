-- How often a lane was claimed since a turn in it ended or failed with a word: what ends its host each time is given up.

alter table switchboard.lane add column claims bigint not null default 0;

-- A time without an end is no number of milliseconds: null, where it failed the statement.
create or replace function switchboard.ms(at timestamptz) returns bigint
language sql immutable parallel safe
as 'select case when isfinite(at) then (extract(epoch from at) * 1000)::bigint end';

-- The newest backup that `switchboard db backup` made.
create table switchboard.backup (
    name text collate "C" primary key,
    at bigint not null,
    file text not null,
    bytes bigint not null
);

select switchboard.for_role('switchboard_node', 'grant select, insert, update on switchboard.backup to switchboard_node');

-- Keys compare by bytes. An index is in the order of its collation, and an upgrade of the system's C library or of ICU changes that order
-- under it: a wamid that is there is not found any more, and its message is answered twice. `collate "C"` never changes. The indexes are
-- built anew; the tables are not rewritten.
--
-- What depends on such a column (views, triggers, policies; also those of the project) is dropped and made again as it was, with its
-- owner and its rights.

create function switchboard.keys_by_bytes() returns void language plpgsql set search_path = ''
as $make$
declare
    item record;
    acl record;
begin
    -- Every text column of an index of the host's own tables, and of the keys and indexes that the host made in `public`.
    create temporary table key_column on commit drop as
    select i.indrelid as tab, a.attnum, a.attname
    from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indrelid
    cross join lateral unnest(i.indkey::int2[], i.indcollation::oid[]) as k (attnum, collating)
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
    where k.collating <> 0 and k.collating <> 'pg_catalog."C"'::regcollation
        and (c.relnamespace = 'switchboard'::regnamespace or (c.relnamespace = 'public'::regnamespace and (c.relname, a.attname) in (
            ('ai_agent_configs', 'agent_type'), ('app_config', 'key'), ('unified_applications', 'domain'),
            ('unified_applications', 'reference'), ('unified_listings', 'domain'), ('unified_sessions', 'business_number'),
            ('unified_sessions', 'user_phone'), ('user_preferences', 'name'))))
    group by 1, 2, 3;

    -- Views on them, and views on those.
    create temporary table key_view on commit drop as
    with recursive dependent (view, depth) as (
        select r.ev_class, 1
        from pg_catalog.pg_depend as d
        join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
        join pg_temp.key_column as k on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.tab and d.refobjsubid = k.attnum
        where r.ev_class <> k.tab
        union
        select r.ev_class, v.depth + 1
        from dependent as v
        join pg_catalog.pg_depend as d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = v.view
        join pg_catalog.pg_rewrite as r on d.classid = 'pg_catalog.pg_rewrite'::regclass and r.oid = d.objid
        where r.ev_class <> v.view
    )
    select c.oid::regclass::text as name, c.oid as view, max(v.depth) as depth, c.relkind, c.relacl,
        pg_catalog.pg_get_userbyid(c.relowner) as owner,
        coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') as options,
        pg_catalog.pg_get_viewdef(c.oid) as query,
        pg_catalog.obj_description(c.oid, 'pg_class') as description
    from dependent as v
    join pg_catalog.pg_class as c on c.oid = v.view
    group by c.oid;
    for item in select * from pg_temp.key_view where relkind <> 'v' loop
        raise exception '% depends on a key whose collation changes: drop it, run `switchboard db migrate`, and make it again', item.name;
    end loop;

    create temporary table key_right on commit drop as
    select v.name, null::name as attname, v.relacl as rights from pg_temp.key_view as v
    union all
    select v.name, a.attname, a.attacl from pg_temp.key_view as v
    join pg_catalog.pg_attribute as a on a.attrelid = v.view and a.attacl is not null;

    -- Triggers of those views, and of the tables where they name such a column.
    create temporary table key_trigger on commit drop as
    select t.tgrelid::regclass::text as tab, t.tgname, t.tgenabled, pg_catalog.pg_get_triggerdef(t.oid) as definition
    from pg_catalog.pg_trigger as t
    where not t.tgisinternal and (
        t.tgrelid in (select view from pg_temp.key_view)
        or exists (select from pg_catalog.pg_depend as d join pg_temp.key_column as k
            on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.tab and d.refobjsubid = k.attnum
            where d.classid = 'pg_catalog.pg_trigger'::regclass and d.objid = t.oid));

    create temporary table key_policy on commit drop as
    select p.polname, p.polrelid::regclass::text as tab, format('create policy %I on %s as %s for %s to %s%s%s',
        p.polname, p.polrelid::regclass, case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case role when 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(role)) end, ', ') from unnest(p.polroles) as r (role)),
        ' using (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')',
        ' with check (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') as definition
    from pg_catalog.pg_policy as p
    where exists (select from pg_catalog.pg_depend as d join pg_temp.key_column as k
        on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = k.tab and d.refobjsubid = k.attnum
        where d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid);

    for item in select * from pg_temp.key_policy loop
        execute format('drop policy %I on %s', item.polname, item.tab);
    end loop;
    for item in select * from pg_temp.key_trigger loop
        execute format('drop trigger %I on %s', item.tgname, item.tab);
    end loop;
    for item in select * from pg_temp.key_view order by depth desc loop
        execute format('drop view %s', item.name);
    end loop;

    for item in
        select tab::regclass as tab, string_agg(format('alter column %I type text collate "C"', attname), ', ') as columns
        from pg_temp.key_column group by tab
    loop
        execute format('alter table %s %s', item.tab, item.columns);
    end loop;

    for item in select * from pg_temp.key_view order by depth loop
        execute format('create view %s%s as %s', item.name, item.options, item.query);
        -- Rights that a default gave it just now.
        for acl in
            select distinct case x.grantee when 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end as grantee
            from pg_catalog.pg_class as c cross join lateral aclexplode(c.relacl) as x
            where c.oid = item.name::regclass and x.grantee <> c.relowner
        loop
            execute format('revoke all on %s from %s', item.name, acl.grantee);
        end loop;
        for acl in
            select r.attname, x.privilege_type as may, case when x.is_grantable then ' with grant option' else '' end as option,
                case x.grantee when 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) end as grantee
            from pg_temp.key_right as r cross join lateral aclexplode(r.rights) as x
            where r.name = item.name and pg_catalog.pg_get_userbyid(x.grantee) <> item.owner
        loop
            execute format('grant %s%s on %s to %s%s', acl.may, ' (' || quote_ident(acl.attname) || ')', item.name, acl.grantee, acl.option);
        end loop;
        if item.description is not null then
            execute format('comment on view %s is %L', item.name, item.description);
        end if;
        if item.owner <> current_user then
            execute format('alter view %s owner to %I', item.name, item.owner);
        end if;
    end loop;
    for item in select * from pg_temp.key_trigger loop
        execute item.definition;
        if item.tgenabled <> 'O' then
            execute format('alter table %s %s trigger %I', item.tab,
                case item.tgenabled when 'D' then 'disable' when 'R' then 'enable replica' else 'enable always' end, item.tgname);
        end if;
    end loop;
    for item in select * from pg_temp.key_policy loop
        execute item.definition;
    end loop;
end
$make$;

select switchboard.keys_by_bytes();

drop function switchboard.keys_by_bytes();
