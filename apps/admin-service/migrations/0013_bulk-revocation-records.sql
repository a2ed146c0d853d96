-- Up Migration
-- When and why keys were revoked in bulk. The settings' state keeps only what still decides; which revocation was a key's first is asked here.
create table keyfold.bulk_revocation_records (
  position bigint not null constraint bulk_revocation_records_pkey primary key,
  -- Empty: of all users.
  user_id text not null,
  -- Keys issued before this instant; null: all.
  issued_before_ms bigint,
  at_ms bigint not null,
  reason text not null
);
create index bulk_revocation_records_user_id_idx on keyfold.bulk_revocation_records (user_id, position);

insert into keyfold.bulk_revocation_records (position, user_id, issued_before_ms, at_ms, reason)
select b.position, coalesce(b."userId", ''), b."issuedBeforeMs", b."atMs", b.reason
from keyfold.settings s
cross join jsonb_to_recordset(s.state -> 'bulkRevocations') as b (
  position bigint, "userId" text, "issuedBeforeMs" bigint, "atMs" bigint, reason text
);

-- Down Migration
drop table keyfold.bulk_revocation_records;
