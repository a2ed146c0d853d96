/**
 * The floors of each app and library, top to bottom: a folder imports only from itself and from floors below it. Names
 * on one floor (an inner list) do not import each other. A name is a folder under the root, a file in the root
 * (`names.ts`), or `.`: the root's other files.
 */
const FLOORS = {
  'apps/admin-service/src': ['.', ['bootstrap', 'feed', 'rebuild'], 'features', 'http', 'write', 'tables', 'platform'],
  'apps/admin-service/src/features': [
    '.',
    ['forks', 'receipts'],
    ['api-keys', 'audit', 'console', 'gateways', 'last-used', 'oidc', 'roles', 'settings', 'webhooks'],
    ['notices', 'sign-in'],
    'users',
  ],
  'apps/auth-gateway/src': [
    '.',
    ['grpc', 'nats', 'proxy', 'reference'],
    'surfaces',
    ['http', 'operations', 'audit'],
    ['projection', 'tokens', 'use'],
    'authentication',
    ['credentials', 'freshness', 'limits'],
    ['facts', 'workers'],
  ],
  'libs/messaging/src': [
    '.',
    ['follow', 'relay'],
    ['refill', 'use'],
    'heads',
    ['fork', 'verify'],
    'transport',
    'protocol',
    ['ports', 'wake-up.ts'],
  ],
  'libs/domain/src': ['.', ['audit', 'receipts'], ['model', 'export', 'time'], 'lease', ['keys', 'log']],
  'libs/event-store/src': [
    '.',
    'append',
    'read',
    ['time', 'commit-warnings.ts', 'create-pool.ts', 'idempotency.ts'],
    ['errors.ts', 'prepared.ts', 'session-settings.ts'],
  ],
  'libs/service-kit/src': ['.', 'operations', ['http', 'tracing'], 'problem', ['logging', 'config', 'time']],
};

const IS_TEST = '(spec|\\.testing)\\.ts$';

/**
 * The rules of dependency-cruiser that hold a root to its floors. Tests may import from any floor.
 *
 * @param {string} root folder that has the floors, such as `apps/auth-gateway/src`
 * @param {readonly (string | readonly string[])[]} floors top to bottom, as in FLOORS
 * @returns {object[]} one forbidden rule for each name, and one for folders that have no floor
 */
function floorRules(root, floors) {
  const levels = floors.map((floor) => [floor].flat());
  const names = levels.flat();
  const pathOf = (name) => matcher(root, name, names);
  const upward = levels.flatMap((level, at) =>
    level.map((name) => ({
      name: `floors: ${root}: ${name}`,
      comment: 'Imports go down only. Move what both need to a floor below both (tools/import-floors.cjs).',
      severity: 'error',
      from: { path: pathOf(name), pathNot: IS_TEST },
      to: { path: `^${root}/`, pathNot: [name, ...levels.slice(at + 1).flat()].map(pathOf) },
    })),
  );
  const without = {
    name: `floors: ${root}: no floor`,
    comment: 'Give this folder a floor in tools/import-floors.cjs.',
    severity: 'error',
    from: { path: `^${root}/`, pathNot: [IS_TEST, ...names.map(pathOf)] },
    to: {},
  };
  return [...upward, without];
}

function matcher(root, name, names) {
  if (name.endsWith('.ts')) return `^${root}/${name.replaceAll('.', '\\.')}$`;
  if (name !== '.') return `^${root}/${name}/`;
  const files = names.filter((other) => other.endsWith('.ts')).map((file) => file.replaceAll('.', '\\.'));
  return files.length === 0 ? `^${root}/[^/]+$` : `^${root}/(?!(?:${files.join('|')})$)[^/]+$`;
}

module.exports = { FLOORS, floorRules };
