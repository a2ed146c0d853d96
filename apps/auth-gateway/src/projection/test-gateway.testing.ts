import pg from 'pg';
import { encodeLeaf, Frontier, leafHash } from '@keyfold/domain';
import { inPackage, migrateDatabase } from '@keyfold/event-store';
import type { VerifiedBatch } from '@keyfold/messaging';
import { createLogger } from '@keyfold/service-kit';
import type { Entry } from '../../../../libs/domain/test/test-log.js';
import { FactLoader, readKeyRows } from '../facts/fact-loader.js';
import { GatewayFacts, type ReadRows } from '../facts/gateway-facts.js';
import { ProjectionStore } from './projection-store.js';
import { Projector } from './projector.js';

export const LOG_KEY_ID = 'deadbeef';

/** A gateway's schema in a database of a test. */
export interface TestSchema {
  readonly pool: pg.Pool;
  /** A gateway process on these tables, started. */
  start(options?: { readRows?: (keyId: string) => Promise<ReadRows>; maxEntries?: number }): Promise<TestProcess>;
  empty(): Promise<void>;
}

export interface TestProcess {
  readonly facts: GatewayFacts;
  readonly projector: Projector;
  readonly loader: FactLoader;
  readonly alarms: string[];
}

export async function makeSchema(url: string, schema: string): Promise<TestSchema> {
  await migrateDatabase({ url, schema, migrationsDir: inPackage('apps/auth-gateway/migrations') });
  const pool = new pg.Pool({ connectionString: url, options: `-c search_path="${schema}"`, max: 6 });
  const start: TestSchema['start'] = async (options = {}) => {
    const facts = new GatewayFacts({ maxEntries: options.maxEntries ?? 1_000 });
    const alarms: string[] = [];
    const log = createLogger(
      { service: 'test' },
      { write: (line) => void alarms.push(String((JSON.parse(line) as { alarm?: string }).alarm)) },
    );
    const projector = new Projector(new ProjectionStore(pool, LOG_KEY_ID), facts, log);
    await projector.start();
    const loader = new FactLoader(facts, options.readRows ?? ((keyId) => readKeyRows(pool, keyId)));
    return { facts, projector, loader, alarms };
  };
  const empty = async (): Promise<void> => {
    await pool.query('truncate projection, settings, roles, users, api_keys, remembered_proofs');
  };
  return { pool, start, empty };
}

/** The batches that the feed would deliver, cut after these positions. */
export function batchesOf(entries: readonly Entry[], cuts: readonly number[] = []): VerifiedBatch[] {
  const frontier = Frontier.empty();
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < entries.length), entries.length])].sort(
    (a, b) => a - b,
  );
  let from = 0;
  return ends.map((end) => {
    const records = entries.slice(from, end).map(({ openings, record }) => {
      const leaf = encodeLeaf(record);
      frontier.append(leafHash(leaf));
      return { record, leaf, openings, erased: [] };
    });
    from = end;
    return { records, frontier: frontier.clone(), checkpoint: `note of ${end}` };
  });
}
