import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DataDirectory } from './data-directory.js';
import { prepareSecrets } from './secrets.js';
import { serviceVariables } from './service-variables.js';
import { readStackConfig } from './stack-config.js';

test('no child is given a variable in both forms, whichever the operator used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-variables-'));
  const data = await DataDirectory.open(join(folder, 'data'), () => undefined);
  try {
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const env = {
      KEYFOLD_GATEWAY_PORT_FILE: await file('port', '4100\n'),
      KEYFOLD_SHARED_SECRET_FILE: await file('secret', 'a shared secret of the tests, long enough\n'),
      KEYFOLD_LOG_LEVEL_FILE: await file('level', 'warn\n'),
      KEYFOLD_GATEWAY_PUBLIC_URL_FILE: await file('public-url', 'https://keys.example\n'),
    };
    const config = await readStackConfig(env, () => undefined);
    const secrets = await prepareSecrets(data, config);
    const databases = { owner: 'postgres://o', service: 'postgres://s', gateway: 'postgres://g' };
    const brokers = { admin: 'nats://a', gateway: 'nats://g' };
    const variables = await serviceVariables({ data, config, secrets, databases, brokers });
    for (const given of [variables.migration, variables.admin, variables.gateway]) {
      const names = Object.keys(given).filter((name) => given[name] !== undefined);
      expect(names.filter((name) => names.includes(`${name}_FILE`))).toEqual([]);
      expect(given['KEYFOLD_GATEWAY_PORT']).toBe('4100');
    }
  } finally {
    data.close();
    await rm(folder, { recursive: true, force: true });
  }
});
