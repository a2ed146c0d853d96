import pg from 'pg';
import type { KeyUse } from '@keyfold/messaging';
import { KeyUses } from '../../apps/admin-service/src/features/last-used/key-uses.js';
import { compare, type Round } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { seedLists } from '../listing/seeded-lists.js';
import { withServices } from '../stack/services.js';

const KEYS = 1_000_000;
/** What a gateway sends at a time. */
const USES_PER_REPORT = 500;
/** Within it reports come from several gateways at once. */
const AT_ONCE = 2;
const MOST_WAL_BYTES = 8_192;

export const usesPart: Part = {
  name: 'uses',
  about: `uses of ${KEYS} keys in reports of ${USES_PER_REPORT}, against an upsert into a table of key and instant`,
  run: (options) =>
    withServices(async (services) => {
      options.progress(`uses: filling the read models with ${KEYS} keys takes minutes`);
      await seedLists(services, KEYS);
      const pool = new pg.Pool({ connectionString: services.databaseUrl, max: AT_ONCE });
      try {
        return await measure(pool, options);
      } finally {
        await pool.end();
      }
    }),
};

async function measure(pool: pg.Pool, { progress, rounds, seconds }: BenchOptions): Promise<Figure[]> {
  await pool.query('create table plain_uses (key_id text primary key, last_used_at timestamptz not null)');
  const uses = new KeyUses(pool);
  const walBytes: number[] = [];
  const ours = during(seconds, (report) => uses.record(report));
  const speed = await compare({
    name: `use reports, ${KEYS} keys`,
    unit: 'uses/s',
    aim: 0.2,
    rounds,
    progress,
    ours: async () => {
      const before = await walPosition(pool);
      const usesPerSecond = await ours();
      const written = Number(await walPosition(pool)) - Number(before);
      walBytes.push(written / (usesPerSecond * seconds));
      return usesPerSecond;
    },
    theirs: during(seconds, (report) => pool.query(upsertPlain, [JSON.stringify(report)])),
  });
  return [
    speed,
    {
      kind: 'bounded',
      name: `bytes of WAL for a use, ${KEYS} keys`,
      within: { least: 0, most: MOST_WAL_BYTES },
      // The first round warms up, and writes every page for the first time.
      values: { median: percentile(walBytes.slice(1), 50), 'first round': walBytes[0] ?? Number.NaN },
    },
  ];
}

/** Uses per second of reports of keys drawn at random. */
function during(seconds: number, record: (report: readonly KeyUse[]) => Promise<unknown>): Round {
  return async () => {
    const start = performance.now();
    const endsAt = start + seconds * 1000;
    let recorded = 0;
    const gateway = async (): Promise<void> => {
      while (performance.now() < endsAt) {
        await record(randomReport());
        recorded += USES_PER_REPORT;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, gateway));
    return (recorded * 1000) / (performance.now() - start);
  };
}

function randomReport(): KeyUse[] {
  const at = new Date().toISOString();
  return Array.from({ length: USES_PER_REPORT }, () => ({
    keyId: String(1 + Math.floor(Math.random() * KEYS)).padStart(22, '0'),
    at,
    address: '192.0.2.7',
    surface: 'forward-auth',
  }));
}

async function walPosition(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ at: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn as at`);
  return rows[0]?.at ?? '';
}

const upsertPlain = `
  insert into plain_uses as p (key_id, last_used_at)
  select distinct on ("keyId") "keyId", at
  from jsonb_to_recordset($1::jsonb) as u ("keyId" text, at timestamptz)
  order by "keyId"
  on conflict (key_id) do update
  set last_used_at = excluded.last_used_at`;
