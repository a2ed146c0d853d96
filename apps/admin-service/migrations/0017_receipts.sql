-- Up Migration
-- Receipts of confirmed writes, made once and kept for 400 days.
create table keyfold.receipts (
  -- Of the record that the receipt is about.
  position bigint not null constraint receipts_pkey primary key,
  -- What the answer's `confirmation` says.
  confirmation jsonb not null,
  -- The file, byte for byte.
  file text not null,
  -- Log time.
  confirmed_at timestamptz not null
);
create index receipts_confirmed_at_idx on keyfold.receipts (confirmed_at);

-- Who may read a receipt beside those whom the record names: whose own request was confirmed by it and changed nothing.
create table keyfold.receipt_readers (
  position bigint not null,
  actor text collate "C" not null,
  noted_at timestamptz not null,
  constraint receipt_readers_pkey primary key (position, actor)
);
create index receipt_readers_noted_at_idx on keyfold.receipt_readers (noted_at);

-- Down Migration
drop table keyfold.receipt_readers;
drop table keyfold.receipts;
