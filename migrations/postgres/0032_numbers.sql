-- What an operator says of a business number; null: as the configuration says for all numbers.
alter table switchboard.business_number
    -- JSON lists: the languages that it answers in, the first in doubt; the agents that serve there, beside the menu's.
    add column languages text,
    add column agents text,
    -- When people of the business answer there, as BUSINESS_HOURS is written.
    add column hours text,
    -- The template that asks people to write again, `name:language`.
    add column notice_template text,
    -- When an operator removed it, in milliseconds. The row stays: replies that still wait are sent from it.
    add column removed_at bigint;

-- Every host looks at it at once, like flags; not at what sends write there.
create trigger business_number_came after insert or delete on switchboard.business_number
for each row execute function switchboard.changed();
create trigger business_number_changed after update of name, languages, agents, hours, notice_template, removed_at on switchboard.business_number
for each statement execute function switchboard.changed();

-- What Meta bills a send as: `marketing`, `utility`, `authentication`, `service`, as its statuses say.
alter table switchboard.status add column category text;
