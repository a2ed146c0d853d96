-- Up Migration
-- Where notices are sent, and what became of each.

create table keyfold.webhooks (
  webhook_id uuid not null constraint webhooks_pkey primary key,
  sequence bigint generated always as identity constraint webhooks_sequence_key unique,
  version bigint not null default 1,
  url text not null,
  -- null: every type
  types text[],
  is_enabled boolean not null default true,
  -- Needed in clear to sign with, so it is encrypted, not hashed (AES-256-GCM under a key derived from the secret that the services share).
  secret bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null
);

create table keyfold.webhook_deliveries (
  delivery_id uuid not null default gen_random_uuid() constraint webhook_deliveries_pkey primary key,
  sequence bigint generated always as identity constraint webhook_deliveries_sequence_key unique,
  webhook_id uuid not null constraint webhook_deliveries_webhook_id_fkey references keyfold.webhooks on delete cascade,
  notice_id uuid not null constraint webhook_deliveries_notice_id_fkey references keyfold.notices on delete cascade,
  status text not null default 'pending' constraint webhook_deliveries_status_check check (status in ('pending', 'delivered', 'dead')),
  attempts int not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  -- Of a delivery under way: when another replica may take it over.
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_attempt_at timestamptz,
  last_status int,
  last_error text,
  constraint webhook_deliveries_notice_key unique (webhook_id, notice_id)
);
create index webhook_deliveries_due_idx on keyfold.webhook_deliveries (next_attempt_at) where status = 'pending';
create index webhook_deliveries_webhook_id_idx on keyfold.webhook_deliveries (webhook_id, sequence);
create index webhook_deliveries_notice_id_idx on keyfold.webhook_deliveries (notice_id);

-- Whoever makes a notice queues its deliveries in the same transaction: there is no moment at which one exists without the other.
create function keyfold.queue_webhook_deliveries() returns trigger
language plpgsql
as $function$
begin
  insert into keyfold.webhook_deliveries (webhook_id, notice_id)
  select w.webhook_id, m.notice_id
  from made m
  join keyfold.webhooks w on w.is_enabled and (w.types is null or m.type = any (w.types))
  order by m.sequence;
  return null;
end
$function$;
create trigger notices_queue_webhook_deliveries
after insert on keyfold.notices
referencing new table as made
for each statement execute function keyfold.queue_webhook_deliveries();

-- Down Migration
drop trigger notices_queue_webhook_deliveries on keyfold.notices;
drop function keyfold.queue_webhook_deliveries();
drop table keyfold.webhook_deliveries;
drop table keyfold.webhooks;
