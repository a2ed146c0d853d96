import { Readable } from 'node:stream';
import { to as copyTo } from 'pg-copy-streams';
import { createPool } from '@keyfold/event-store';
import { compare } from '../harness/compare.js';
import type { BenchOptions, DurationFigure, Figure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { appendAll, seedLog, waitUntilRelayed } from '../projection/seed.js';
import { AdminSession } from '../stack/admin-session.js';
import { type Services, withServices } from '../stack/services.js';
import { hardCases } from './hard-events.js';
import { keyIdOf, MANY_EVENTS, PEOPLE, peopleEvents, usernameOf } from './sample-events.js';

const EXPLANATIONS = 500;
const HARD_EXPLANATIONS = 50;
const MOST_P99_MS = 200;

/** What auditors ask the admin-service for, with a long log behind it. */
export function serviceFigures(options: BenchOptions): Promise<Figure[]> {
  return withServices(async (services) => {
    options.progress(`audit: appending ${MANY_EVENTS} events`);
    await seedLog(services.databaseUrl, MANY_EVENTS, peopleEvents(PEOPLE));
    await waitUntilRelayed(services, MANY_EVENTS);
    const admin = await AdminSession.signIn(services.adminUrl, services.adminPassword);
    return [
      await explanations(admin, `an explanation, ${MANY_EVENTS} events`, (person) => ({ keyId: keyIdOf(person) })),
      await explanations(admin, `an explanation with a user name, ${MANY_EVENTS} events`, (person) => ({
        keyId: keyIdOf(person),
        username: usernameOf(person),
      })),
      await exportFigure(services, admin, options),
      ...(await hardExplanations(services, admin, options)),
    ];
  });
}

/** One after the other, of keys all over the log, at moments all over the time since they were issued. */
async function explanations(
  admin: AdminSession,
  name: string,
  questionOf: (person: number) => object,
): Promise<DurationFigure> {
  const issued = 10 * PEOPLE;
  const milliseconds: number[] = [];
  for (let asked = 0; asked < EXPLANATIONS; asked += 1) {
    const position = issued + Math.floor(((asked + 1) * (MANY_EVENTS - issued)) / EXPLANATIONS);
    const question = { ...questionOf((asked * 7_919) % PEOPLE), position };
    const start = performance.now();
    await admin.call('POST', '/v1/audit/explain', question);
    milliseconds.push(performance.now() - start);
  }
  const [p50, p99] = [percentile(milliseconds, 50), percentile(milliseconds, 99)];
  return { kind: 'duration', name, aim: { p99: MOST_P99_MS }, milliseconds: { p50, p99 } };
}

/** Keys that are expensive to explain, at the end of the log and at moments before it. */
async function hardExplanations(
  services: Services,
  admin: AdminSession,
  options: BenchOptions,
): Promise<DurationFigure[]> {
  const figures: DurationFigure[] = [];
  for (const { events, keyId, name } of hardCases()) {
    options.progress(`audit: an explanation ${name}`);
    const { before, last } = await appendAll(services.databaseUrl, events);
    await waitUntilRelayed(services, last);
    const milliseconds: number[] = [];
    for (let asked = 0; asked < HARD_EXPLANATIONS; asked += 1) {
      const position = last - Math.floor(((last - before) * asked) / (2 * HARD_EXPLANATIONS));
      const start = performance.now();
      await admin.call('POST', '/v1/audit/explain', { keyId, position });
      milliseconds.push(performance.now() - start);
    }
    const values = {
      p50: percentile(milliseconds, 50),
      p99: percentile(milliseconds, 99),
      first: milliseconds[0] ?? 0,
    };
    figures.push({ kind: 'duration', name: `an explanation ${name}`, aim: { p99: MOST_P99_MS }, milliseconds: values });
  }
  return figures;
}

async function exportFigure(services: Services, admin: AdminSession, options: BenchOptions): Promise<Figure> {
  const pool = createPool({ url: services.databaseUrl });
  try {
    return await compare({
      name: `export of ${MANY_EVENTS} records, uncompressed, against COPY of their bytes`,
      unit: 'records/s',
      aim: null,
      rounds: options.rounds,
      progress: options.progress,
      ours: () =>
        rateOf(async () => {
          const path = `/v1/audit/export?treeSize=${MANY_EVENTS}`;
          const { body } = await admin.open(path, { 'accept-encoding': 'identity' });
          await drained(body ?? Readable.from([]));
        }),
      theirs: () =>
        rateOf(async () => {
          const client = await pool.connect();
          const rows = `select leaf from keyfold.events where position <= ${MANY_EVENTS} order by position`;
          await drained(client.query(copyTo(`copy (${rows}) to stdout (format binary)`)));
          client.release();
        }),
    });
  } finally {
    await pool.end();
  }
}

async function drained(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  for await (const chunk of bytes) count += chunk.byteLength;
  return count;
}

async function rateOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return MANY_EVENTS / ((performance.now() - start) / 1_000);
}
