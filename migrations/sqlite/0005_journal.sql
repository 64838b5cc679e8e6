-- Wide rows lie better in a table of their own order; a message that was answered twice (as a placeholder, then with its
-- content) has two.

create table journal_by_row (
    message_id integer not null,
    epoch integer not null,
    created_at integer not null,
    body blob not null
);

insert into journal_by_row (message_id, epoch, created_at, body)
select message_id, epoch, created_at, body from journal order by message_id, epoch;

drop table journal;

alter table journal_by_row rename to journal;

create index journal_message on journal (message_id);
