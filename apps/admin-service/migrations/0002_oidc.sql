-- Up Migration
-- Sign-ins by OpenID Connect that have begun and not come back yet. A row is known by the hash of a secret that only the browser has; state,
-- nonce and PKCE verifier are made from that secret, so who reads the table can finish nobody's sign-in.
create table keyfold.oidc_flows (
  secret_hash bytea not null constraint oidc_flows_pkey primary key,
  redirect_uri text not null,
  return_to text,
  expires_at timestamptz not null
);
create index oidc_flows_expires_at_idx on keyfold.oidc_flows (expires_at);

-- Finds the user whom a token's issuer and subject name. The identities are in the user's state and leave it on erasure.
-- 0010 moves the index to a column of its own. No pending list: a lookup must not pay for the writes before it.
create index users_oidc_identities_idx on keyfold.users
  using gin ((state -> 'oidcIdentities') jsonb_path_ops) with (fastupdate = off);

-- Down Migration
drop index keyfold.users_oidc_identities_idx;
drop table keyfold.oidc_flows;
