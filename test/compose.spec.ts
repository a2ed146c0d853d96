import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { KNOWN_VARIABLES } from '@keyfold/service-kit';
import { makeSecrets, OPERATORS_SECRETS } from '../apps/keyfold-cli/src/compose-secrets/make-secrets.js';
import { natsUsers } from '../apps/local-stack/src/nats-users.js';

// What CI can check of the containers without an engine.
interface Service {
  readonly build?: object;
  readonly command?: readonly string[];
  readonly image: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly secrets?: readonly (string | { source: string })[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly networks: object;
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { file: string }>>;
}

/** Fixed by the image or by the Compose file's ports, of `npm start` alone, or of the command line. */
const OF_NO_USE_IN_A_CONTAINER = [
  'KEYFOLD_ADMIN_INTERNAL_PORT',
  'KEYFOLD_ADMIN_OPS_PORT',
  'KEYFOLD_ADMIN_PORT',
  'KEYFOLD_DATA_DIR',
  'KEYFOLD_GATEWAY_OPS_PORT',
  'KEYFOLD_GATEWAY_PORT',
  'KEYFOLD_GATEWAY_PROOF_KEY_FILE',
  'KEYFOLD_HOST',
  'KEYFOLD_NATS_SERVER',
  'KEYFOLD_PROXY_PORT',
  'KEYFOLD_TOKEN',
  'KEYFOLD_URL',
];

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
        expect(name).not.toMatch(/(PASSWORD|SECRET|(?<!PER_)KEY|DATABASE_URL|OWNER_URL|NATS_URL)$/);
        expect(value ?? '').not.toMatch(/:\/\/[^/]*@/);
      }
  });

  test('every secret is made by `keyfold compose-secrets`, is used, and each service gets only those that it names', () => {
    const used = new Set<string>();
    for (const { secrets = [], environment = {} } of Object.values(compose.services)) {
      const names = secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
      names.forEach((name) => used.add(name));
      const read = Object.values(environment).flatMap((value) => /^\/run\/secrets\/(.+)$/.exec(value ?? '')?.[1] ?? []);
      expect(names).toEqual(expect.arrayContaining(read));
    }
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    const files = Object.values(compose.secrets).map(({ file }) => file.split('/').at(-1));
    expect(files.sort()).toEqual([...Object.keys(makeSecrets()), ...OPERATORS_SECRETS].sort());
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

  test('one service builds the image, and the others neither build nor pull it', () => {
    const ours = Object.entries(compose.services).filter(([, { image }]) => image.startsWith('keyfold:'));
    expect(ours.filter(([, { build }]) => build !== undefined).map(([name]) => name)).toEqual(['migrate']);
    for (const [, service] of ours) expect(service).toMatchObject({ pull_policy: 'never' });
  });

  test('every container is without rights that it does not need, and bounded', () => {
    for (const service of Object.values(compose.services))
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.any(String),
        pids_limit: expect.any(Number),
        logging: { options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
      });
    expect(text('deploy/nats.conf')).toMatch(/max_file_store: \d+GB, max_memory_store: \d+MB/);
  });

  test('a health check starts no Node and tells of a failure within half a minute', () => {
    for (const { healthcheck } of Object.values(compose.services)) {
      if (healthcheck === undefined) continue;
      expect(JSON.stringify(healthcheck['test'])).not.toMatch(/node/i);
      expect(healthcheck).toMatchObject({ interval: '5s', retries: 3, start_period: expect.any(String) });
    }
  });

  test('the operations ports listen in the inner network alone, and the outer one has a fixed range', () => {
    for (const name of ['admin-service', 'auth-gateway']) {
      const { environment, networks } = compose.services[name] as Service & { networks: Record<string, unknown> };
      expect(networks).toEqual({ backend: { aliases: [environment?.['KEYFOLD_OPS_HOST']] }, frontend: null });
    }
    expect(compose.networks).toEqual({
      backend: { internal: true },
      frontend: { ipam: { config: [{ subnet: '${FRONTEND_SUBNET:-10.201.77.0/24}' }] } },
    });
  });

  test('images are pinned by digest, and can be replaced', () => {
    for (const name of ['postgres', 'nats'])
      expect(compose.services[name]?.image).toMatch(/^\$\{[A-Z]+_IMAGE:-[a-z]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}\}$/);
  });

  test('the broker gives the services the same rights as the embedded one', () => {
    const conf = text('deploy/nats.conf');
    const none = { databaseOwner: '', databaseService: '', databaseGateway: '', natsAdmin: '', natsGateway: '' };
    const lists = [...conf.matchAll(/allow: \[([^\]]*)\]/g)].map(([, list = '']) => JSON.parse(`[${list}]`) as unknown);
    expect(lists).toEqual(natsUsers(none).flatMap((user) => [user.publish, user.subscribe]));
  });
});

describe('Dockerfile', () => {
  const dockerfile = text('Dockerfile');

  test('runs as an ordinary user, by programs and not by shells', () => {
    expect(dockerfile.split(/^FROM /m).at(-1)).toMatch(/^USER node$/m);
    for (const line of dockerfile.split('\n')) if (/^(CMD|ENTRYPOINT)/.test(line)) expect(line).toMatch(/ \["/);
  });

  test('takes the base that its argument names, by default by digest', () => {
    expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:26-bookworm-slim@sha256:[0-9a-f]{64}$/m);
    for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(base).toBe('${NODE_IMAGE}');
  });

  test('installs before it copies the sources, and lets in what it names only', () => {
    for (const stage of dockerfile.split(/^FROM /m))
      if (/npm ci/.test(stage)) expect(stage.split('npm ci')[0]).not.toMatch(/^COPY .*(libs|apps|\.\/? \.)/m);
    expect(text('.dockerignore')).toMatch(/^\*$/m);
    expect(dockerfile).not.toMatch(/^COPY \. |^VOLUME/m);
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
      expect(text('.env.example')).toMatch(new RegExp(`^# [A-Z](?:.|\\n# (?!KEYFOLD_))*[.,)]\\n# ${name}=`, 'm'));
  });

  test('knows every variable of docker-compose.yml, which takes each one that a container has a use for', () => {
    const taken = new Set(
      Object.values(compose.services)
        .flatMap(({ environment = {} }) => Object.keys(environment))
        .filter((name) => name.startsWith('KEYFOLD_'))
        .map((name) => (listed.has(name) ? name : name.replace(/_FILE$/, ''))),
    );
    expect([...taken, ...OF_NO_USE_IN_A_CONTAINER].sort()).toEqual([...listed].sort());
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
