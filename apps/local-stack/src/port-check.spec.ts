import { expect, test } from '@jest/globals';
import { checkPorts } from './port-check.js';
import { readStackConfig } from './stack-config.js';

test('a host that is not of this machine is named, in a sentence', async () => {
  // Of documentation (RFC 5737), so nobody has it.
  const config = await readStackConfig({ KEYFOLD_HOST: '192.0.2.1', KEYFOLD_ADMIN_PORT: '0' }, () => undefined);
  await expect(checkPorts(config)).rejects.toMatchObject({
    name: 'StartError',
    message: 'KEYFOLD_HOST is not an address of this machine.',
  });
});
