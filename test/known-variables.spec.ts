import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { KNOWN_VARIABLES } from '@keyfold/service-kit';

const ROOT = new URL('..', import.meta.url).pathname;
const isKnown = (name: string): boolean => KNOWN_VARIABLES.has(name) || KNOWN_VARIABLES.has(name.replace(/_FILE$/, ''));

test('every variable that a configuration schema names is known, so that no service warns about the other one', () => {
  const schemas = ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => /-config\.ts$|config\/settings\.ts$/.test(file));
  const named = schemas.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^\s+(KEYFOLD_[A-Z0-9_]+):/gm)].map(([, name]) => name ?? ''),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !isKnown(name))).toEqual([]);
});

test('every variable that is known is read by something', () => {
  const sources = ['apps', 'libs']
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => /\.tsx?$/.test(file) && !/spec\.ts$|node_modules|known-variables\.ts$/.test(file))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const isRead = (name: string): boolean => sources.some((text) => new RegExp(`\\b${name}\\b`).test(text));
  expect([...KNOWN_VARIABLES].filter((name) => !isRead(name))).toEqual([]);
});

test('every variable of the example environment is known', () => {
  const named = [...readFileSync(join(ROOT, '.env.example'), 'utf8').matchAll(/^#?\s*(KEYFOLD_[A-Z0-9_]+)=/gm)].map(
    ([, name]) => name ?? '',
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !isKnown(name))).toEqual([]);
});
