-- Up Migration
-- What keys are found by: beginnings of the words of their names. Written by the projection, in its own folding (src/tables/search-words.ts); here for
-- keys that were there before, near enough. A key's name never changes.
alter table keyfold.api_keys add column search_words tsvector not null default ''::tsvector;
update keyfold.api_keys k
set search_words = array_to_tsvector(array(
  select distinct entry
  from regexp_split_to_table(lower(k.state ->> 'name'), '[^[:alnum:]]+') as word
  cross join lateral (
    select left(word, characters) || '*'
    from generate_series(1, least(length(word), 6)) as characters
    union all
    select word
    where length(word) > 6
  ) as entries (entry)
  where word <> ''
))
where k.state ->> 'name' is not null;
-- Without the pending list: a search must not pay for the writes before it.
create index api_keys_search_words_idx on keyfold.api_keys using gin (search_words) with (fastupdate = off);

-- Down Migration
drop index keyfold.api_keys_search_words_idx;
alter table keyfold.api_keys drop column search_words;
