-- Up Migration
-- Which notices their owner has seen: a mark in each row, since one with a lower sequence may commit after those that have been marked.
alter table keyfold.notices add column is_read boolean not null default false;
create index notices_unread_idx on keyfold.notices (user_id, sequence) where not is_read;

-- Down Migration
drop index keyfold.notices_unread_idx;
alter table keyfold.notices drop column is_read;
