import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeLeaf, encodeLeaf, type Opening, opensCommitment } from '../log/index.js';
import { EVENT_UPCASTERS } from './events.upcasters.js';
import { emptyFacts, EVENT_SHAPES, foldFacts, readEvent } from './index.js';

// Records as releases have written them: leaf bytes, openings, and what they must read as. A fixture is never edited
// but for `reads`, when a newer shape says the same in other words; a new schemaVersion adds a file.
interface Fixture {
  readonly leaf: string;
  readonly openings: Readonly<Record<string, Opening>>;
  readonly reads: object;
}

const folder = join(import.meta.dirname, 'fixtures');
const files = readdirSync(folder);
const fixture = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Fixture;

test.each(files)('%s reads as it did when it was written', (file) => {
  const { leaf, openings, reads } = fixture(file);
  const record = decodeLeaf(Buffer.from(leaf));
  expect(file).toMatch(new RegExp(`^${record.type}\\.${record.schemaVersion}\\.(minimal\\.)?json$`));
  expect(encodeLeaf(record).toString()).toBe(leaf);
  for (const [field, commitment] of Object.entries(record.sealed)) {
    const opening = openings[field];
    expect(opening !== undefined && opensCommitment(opening, commitment)).toBe(true);
  }
  const read = readEvent(record, openings);
  expect(read.kind === 'event' ? read.recorded.event : read).toEqual(reads);
});

test.each(files)('%s still reads once its openings are destroyed', (file) => {
  const record = decodeLeaf(Buffer.from(fixture(file).leaf));
  const read = readEvent(record, {});
  expect(read.kind).toBe('event');
  foldFacts(emptyFacts(), read);
});

test('every shape that was ever written has a fixture', () => {
  const shapes = [...EVENT_SHAPES, ...EVENT_UPCASTERS.map(({ from }) => from)];
  const missing = shapes
    .map(({ type, schemaVersion }) => `${type}.${schemaVersion}.json`)
    .filter((name) => !files.includes(name));
  expect(missing).toEqual([]);
});
