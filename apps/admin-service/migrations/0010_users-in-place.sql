-- Up Migration
-- A grant changes a user's state and nothing else. An index over an expression of the state made every such change a new entry in all indexes of the
-- table, one for each beginning of each word among them; over a column that does not change, the row is changed in place and no index is touched.
alter table keyfold.users set (fillfactor = 80);
alter table keyfold.users
  add column oidc_identities jsonb not null generated always as (coalesce(state -> 'oidcIdentities', '[]'::jsonb)) stored;
drop index keyfold.users_oidc_identities_idx;
create index users_oidc_identities_idx on keyfold.users using gin (oidc_identities jsonb_path_ops) with (fastupdate = off);

-- Down Migration
drop index keyfold.users_oidc_identities_idx;
alter table keyfold.users drop column oidc_identities;
alter table keyfold.users reset (fillfactor);
create index users_oidc_identities_idx on keyfold.users
  using gin ((state -> 'oidcIdentities') jsonb_path_ops) with (fastupdate = off);
