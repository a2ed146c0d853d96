import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { KNOWN_VARIABLES } from '@keyfold/service-kit';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { natsUsers } from '../apps/local-stack/src/nats-users.js';

// What CI can check of the containers without an engine.
interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly (string | { source: string })[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: object;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { file: string }>>;
}

const text = (path: string): string => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
const source = text('docker-compose.yml');
const compose = parse(source, { merge: true }) as Compose;

/** The schema of the Compose Specification, as the linter dclint carries it. */
function composeProblems(document: unknown): unknown {
  const schema = JSON.parse(text('node_modules/dclint/schemas/compose.schema.json')) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  // Ajv knows this draft by its http name only.
  const validate = ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' });
  validate(document);
  return validate.errors;
}

describe('docker-compose.yml', () => {
  test('is a valid Compose file', () => {
    expect(composeProblems(compose)).toBeNull();
    expect(composeProblems({ services: { x: { imagee: 'y' } } })).not.toBeNull();
  });

  test('holds no secret: values come from files that git ignores', () => {
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/\.keyfold\/compose\//);
    expect(text('.gitignore')).toContain('.keyfold/');
    for (const { environment = {} } of Object.values(compose.services))
      for (const [name, value] of Object.entries(environment)) {
        expect(name).not.toMatch(/(PASSWORD|SECRET|KEY|DATABASE_URL|OWNER_URL|NATS_URL)$/);
        expect(value).not.toMatch(/:\/\/[^/]*@/);
      }
  });

  test('every secret is made by compose:secrets, is used, and each service gets only those that it names', () => {
    const maker = text('apps/local-stack/src/compose-secrets.ts');
    const used = new Set<string>();
    for (const { secrets = [], environment = {} } of Object.values(compose.services)) {
      const names = secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
      names.forEach((name) => used.add(name));
      const read = Object.values(environment).flatMap((value) => /^\/run\/secrets\/(.+)$/.exec(value)?.[1] ?? []);
      expect(names).toEqual(expect.arrayContaining(read));
    }
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const { file } of Object.values(compose.secrets)) expect(maker).toContain(`'${file.split('/').at(-1) ?? ''}'`);
  });

  test("the signing key and the owner of the database are out of the gateway's reach", () => {
    expect(compose.services['auth-gateway']?.secrets).not.toContain('log-key');
    for (const name of ['auth-gateway', 'admin-service'])
      expect(compose.services[name]?.secrets).not.toContain('database-owner-url');
  });

  test('the services start after the migration and tell when they are ready', () => {
    expect(compose.services['admin-service']?.depends_on?.['migrate']?.condition).toBe(
      'service_completed_successfully',
    );
    for (const name of ['postgres', 'nats', 'admin-service', 'auth-gateway'])
      expect(compose.services[name]?.healthcheck).toBeDefined();
  });

  test('the broker gives the services the same rights as the embedded one', () => {
    const conf = text('deploy/nats.conf');
    const none = { databaseOwner: '', databaseService: '', databaseGateway: '', natsAdmin: '', natsGateway: '' };
    const lists = [...conf.matchAll(/allow: \[([^\]]*)\]/g)].map(([, list = '']) => JSON.parse(`[${list}]`) as unknown);
    expect(lists).toEqual(natsUsers(none).flatMap((user) => [user.publish, user.subscribe]));
  });
});

describe('Dockerfile', () => {
  test('runs as an ordinary user, by programs and not by shells', () => {
    const stages = text('Dockerfile').split(/^FROM /m);
    expect(stages.length).toBe(3);
    expect(stages.at(-1)).toMatch(/^USER node$/m);
    for (const line of text('Dockerfile').split('\n')) if (/^(CMD|ENTRYPOINT)/.test(line)) expect(line).toMatch(/ \["/);
  });
});

describe('.env.example', () => {
  const listed = new Set(
    [...text('.env.example').matchAll(/^# (KEYFOLD_[A-Z0-9_]+)=/gm)].map(([, name]) => name ?? ''),
  );

  test('lists every variable that the sources name, with a sentence above each', () => {
    const named = new Set(sourceFiles('apps').concat(sourceFiles('libs')).flatMap(variablesOf));
    for (const name of [...named, ...KNOWN_VARIABLES])
      expect([...listed, ...[...listed].map((known) => `${known}_FILE`)]).toContain(name);
    for (const name of listed)
      expect(text('.env.example')).toMatch(new RegExp(`^# [A-Z][^\\n]*[.,)]\\n# ${name}=`, 'm'));
  });

  test('knows every variable of docker-compose.yml', () => {
    for (const [, name = ''] of source.matchAll(/(KEYFOLD_[A-Z0-9_]+):/g))
      expect([...listed]).toContain(listed.has(name) ? name : name.replace(/_FILE$/, ''));
  });
});

function sourceFiles(folder: string): string[] {
  return readdirSync(join(import.meta.dirname, '..', folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('spec.ts') && !path.endsWith('.testing.ts'))
    .map((path) => join(folder, path));
}

function variablesOf(path: string): string[] {
  return [...text(path).matchAll(/['"](KEYFOLD_[A-Z0-9_]*[A-Z0-9])['"]|^\s*(KEYFOLD_[A-Z0-9_]*[A-Z0-9]):/gm)].map(
    ([, quoted, member]) => quoted ?? member ?? '',
  );
}
