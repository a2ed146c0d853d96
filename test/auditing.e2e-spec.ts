import { execFile } from 'node:child_process';
import { readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { checkoutRoot, removeOutsideCluster } from '@keyfold/local-servers';
import { AdminClient } from './support/http-client.js';
import { freePorts, NpmStart } from './support/npm-start.js';
import { makeServerFolder } from './support/server-folder.js';
import { createPerson } from './support/signed-in.js';

/*
 * Runs the commands of docs/auditing.md as a reader would: from top to bottom, in one shell, against what `npm start`
 * runs. Only the port differs. Each must succeed, and one with `# exit code N` must end with that.
 */

jest.setTimeout(600_000);

const exec = promisify(execFile);
const EXIT_CODE = /^(.*?)\s+# exit code (\d)$/;

let folder: string;
let started: NpmStart;
let port: string;

beforeAll(async () => {
  folder = await makeServerFolder('keyfold-auditing-');
  // As a checkout, but with data of its own.
  for (const name of ['package.json', 'node_modules', 'dist', 'tools'])
    await symlink(join(checkoutRoot(), name), join(folder, name));
  const ports = await freePorts();
  port = ports.KEYFOLD_ADMIN_PORT;
  started = await NpmStart.start({ KEYFOLD_DATA_DIR: join(folder, '.keyfold'), ...ports }).ready();
  await makeHistory();
});
afterAll(async () => {
  await started.end();
  await removeOutsideCluster(join(folder, '.keyfold'));
  await rm(folder, { recursive: true, force: true });
});

/** Somebody has issued a key and revoked it. */
async function makeHistory(): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const adminPassword = (await readFile(join(folder, '.keyfold', 'admin-password'), 'utf8')).trim();
  const admin = await new AdminClient(url).signIn('admin', adminPassword);
  await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  const roles = ['api-key-generate', 'api-key-sign-in'];
  const service = { url, adminUsername: 'admin', adminPassword };
  const { client } = await createPerson(service, admin, { username: 'dana', roles });
  const issued = await client.post('/v1/me/api-keys', { name: 'Zapier' });
  const revoked = await client.post(`/v1/api-keys/${String(issued.body['id'])}/revoke`, { reason: 'UNSPECIFIED' });
  expect([issued.status, revoked.status]).toEqual([201, 200]);
}

/** The `sh` blocks in their order, with what each was to show. */
async function blocks(): Promise<string[]> {
  const text = await readFile(join(checkoutRoot(), 'docs', 'auditing.md'), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block.replaceAll(':3000', `:${port}`));
}

function withExitCodes(block: string): string {
  const lines = block.split('\n').map((line) => {
    const [, command, code] = EXIT_CODE.exec(line) ?? [];
    return command === undefined ? line : `code=0; ${command} || code=$?; [ $code = ${String(code)} ]`;
  });
  return lines.join('\n');
}

test('the commands of docs/auditing.md do what it says, one after the other', async () => {
  const all = await blocks();
  const script = all.map((block, nth) => `echo "--- block ${nth}"\n${withExitCodes(block)}`).join('\n');
  const checks = `set -eE -o pipefail; trap 'echo "FAILED: $BASH_COMMAND" >&2' ERR; curl() { command curl --fail-with-body "$@"; }`;
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('KEYFOLD_'));
  const { stdout } = await exec('bash', ['--norc', '--noprofile', '-c', `${checks}\n${script}`], {
    cwd: folder,
    env: Object.fromEntries(inherited),
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stdout.match(/^OK: \d+ records/gm)).toHaveLength(4);
  expect(stdout).toMatch(/^FAILED at position \d+: .* \[CONTENT\]$/m);
  expect(stdout).toMatch(/^FAILED at the checkpoint: .* \[OPENINGS\]$/m);
  expect(stdout).toMatch(/^State at position 10 /m);
  expect(stdout).toMatch(/^key \S+: revokedAt null -> /m);
  const answers = stdout.match(/^(?:ALLOWED|REFUSED: \w+|UNDETERMINED)(?=.* \(facts at position)/gm);
  expect(answers).toEqual(['REFUSED: REVOKED', 'ALLOWED', 'ALLOWED', 'UNDETERMINED', 'ALLOWED']);
  expect(JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'))).toMatchObject({ users: expect.any(Array) });
});
