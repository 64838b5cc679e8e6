-- What an operator says of a business number; null: as the configuration says for all numbers.
-- JSON lists: the languages that it answers in, the first in doubt; the agents that serve there, beside the menu's.
alter table business_number add column languages text;
alter table business_number add column agents text;
-- When people of the business answer there, as BUSINESS_HOURS is written.
alter table business_number add column hours text;
-- The template that asks people to write again, `name:language`.
alter table business_number add column notice_template text;
-- When an operator removed it, in milliseconds. The row stays: replies that still wait are sent from it.
alter table business_number add column removed_at integer;

-- What Meta bills a send as: `marketing`, `utility`, `authentication`, `service`, as its statuses say.
alter table status add column category text;
