-- Up Migration
-- What users are found by: beginnings of the words of user name, display name and e-mail address. Written by the projection, in its own folding
-- (src/users/search-words.ts); here for users that were there before, near enough until their next change.
alter table keyfold.users add column search_words tsvector not null default ''::tsvector;
update keyfold.users u
set search_words = array_to_tsvector(array(
  select distinct entry
  from regexp_split_to_table(lower(concat_ws(' ', u.username, u.display_name, u.email)), '[^[:alnum:]]+') as word
  cross join lateral (
    select left(word, characters) || '*'
    from generate_series(1, least(length(word), 6)) as characters
    union all
    select word
    where length(word) > 6
  ) as entries (entry)
  where word <> ''
));
-- Without the pending list: a search must not pay for the writes before it.
create index users_search_words_idx on keyfold.users using gin (search_words) with (fastupdate = off);

-- Down Migration
drop index keyfold.users_search_words_idx;
alter table keyfold.users drop column search_words;
