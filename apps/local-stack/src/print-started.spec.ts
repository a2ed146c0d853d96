import { expect, test } from '@jest/globals';
import { startedLines } from './print-started.js';
import type { StartedStack } from './stack.js';
import { type Environment, readStackConfig } from './stack-config.js';

const started = {
  secrets: { adminPassword: {} },
  variables: { join: { KEYFOLD_DATA_DIR: '/data' } },
} as unknown as StartedStack;

async function lines(env: Environment): Promise<string[]> {
  return startedLines(await readStackConfig(env, () => undefined), started);
}

test('the proxy is named where there is one, and the last line is the one that scripts wait for', async () => {
  expect((await lines({ KEYFOLD_HOST: '::' })).join('\n')).not.toContain('reverse proxy');
  const withProxy = await lines({ KEYFOLD_UPSTREAM_URL: 'http://127.0.0.1:8080', KEYFOLD_PROXY_PORT: '4102' });
  expect(withProxy).toContain('reverse proxy   http://127.0.0.1:4102');
  expect(withProxy.at(-1)).toBe('Keyfold is ready');
});

test("the console's address comes first, unless there is no console", async () => {
  expect((await lines({ KEYFOLD_ADMIN_PORT: '4000' })).find((line) => line !== '')).toBe(
    'console         http://127.0.0.1:4000/console/',
  );
  expect((await lines({ KEYFOLD_CONSOLE: 'off' })).join('\n')).not.toContain('/console/');
});

test('a broker that is none is refused before anything is started', async () => {
  await expect(lines({ KEYFOLD_NATS_URL: 'http://nats.example' })).rejects.toThrow('KEYFOLD_NATS_URL: must be');
});
