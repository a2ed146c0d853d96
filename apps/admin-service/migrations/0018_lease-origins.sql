-- Up Migration
-- A log that goes on under another origin has had a fork: leases may be out that a lost row tells of, and cosignatures are of the other origin.

-- Origin of the log since then; null until the first replica has looked.
alter table keyfold.lease_generations add column origin text;
update keyfold.lease_generations
set origin = (
  select s.origin
  from keyfold.signed_checkpoints s
  order by s.size desc
  limit 1
);

-- Down Migration
alter table keyfold.lease_generations drop column origin;
