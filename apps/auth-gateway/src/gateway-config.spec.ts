import { expect, test } from '@jest/globals';
import { generateSignerKey, parseSignerKey } from '@keyfold/domain';
import { GatewayConfig } from './gateway-config.js';

const required = {
  KEYFOLD_GATEWAY_DATABASE_URL: 'postgres://localhost/keyfold',
  KEYFOLD_SHARED_SECRET: 's'.repeat(32),
  KEYFOLD_LOG_PUBLIC_KEY: parseSignerKey(generateSignerKey('keyfold.local/test', Buffer.alloc(32, 1))).verifierKey,
};

test('every port keeps its default beside Kubernetes Services of the listeners’ names', () => {
  const names = ['KEYFOLD_GATEWAY_PORT', 'KEYFOLD_GATEWAY_OPS_PORT', 'KEYFOLD_PROXY_PORT', 'KEYFOLD_GATEWAY_GRPC_PORT'];
  const links = Object.fromEntries(names.map((name) => [name, 'tcp://10.96.0.5:3100']));
  const warnings: string[] = [];
  const { settings } = GatewayConfig.fromEnvironment({ ...required, ...links }, (sentence) => warnings.push(sentence));
  expect(settings).toMatchObject({
    KEYFOLD_GATEWAY_PORT: 3100,
    KEYFOLD_GATEWAY_OPS_PORT: 3101,
    KEYFOLD_PROXY_PORT: 3102,
  });
  expect(settings.KEYFOLD_GATEWAY_GRPC_PORT).toBeUndefined();
  expect(warnings.map((sentence) => sentence.split(' ')[0]).sort()).toEqual([...names].sort());
});
