-- Up Migration
-- The words of user name, display name and e-mail address, for the search by beginnings of words. Written by the projection in its own folding;
-- here for users that were there before, near enough until their next change.
alter table keyfold.users add column search_words tsvector not null default ''::tsvector;
update keyfold.users
set search_words = array_to_tsvector(
  array_remove(regexp_split_to_array(lower(concat_ws(' ', username, display_name, email)), '[^[:alnum:]]+'), '')
);
-- Without the pending list: a search must not pay for the writes before it.
create index users_search_words_idx on keyfold.users using gin (search_words) with (fastupdate = off);

-- Down Migration
drop index keyfold.users_search_words_idx;
alter table keyfold.users drop column search_words;
