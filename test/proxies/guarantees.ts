import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { isAlive, isPortFree } from '@keyfold/local-servers';
import { badGateways } from './guarantees/bad-gateways.js';
import { madeUp } from './guarantees/made-up.js';
import { oddRequests } from './guarantees/odd-requests.js';
import type { ProxyTraits } from './guarantees/setting.js';
import { whoMayNot } from './guarantees/who-may-not.js';
import { whoMayPass } from './guarantees/who-may-pass.js';
import type { ProxyStarter } from './installed-proxies.js';
import { type ProxiedWorld, startProxiedWorld } from './proxied-world.js';
import { smokeTest } from './smoke-test.js';

/** Registers the tests that every proxy with its shipped configuration must pass. */
export function guarantees(start: ProxyStarter, traits: ProxyTraits): void {
  let world: ProxiedWorld;

  beforeAll(async () => {
    world = await startProxiedWorld(start);
  });

  afterAll(async () => {
    const { pid, url } = world.proxy;
    await world.stop();
    expect(isAlive(pid)).toBe(false);
    expect(await isPortFree(Number(new URL(url).port))).toBe(true);
  });

  beforeEach(async () => {
    await world.link.become({ to: world.gateway.url });
    world.seen();
    world.link.taken();
  });

  const setting = { traits, world: () => world };
  whoMayPass(setting);
  whoMayNot(setting);
  madeUp(setting);
  oddRequests(setting);
  badGateways(setting);

  test('the operator’s smoke test passes, with a key and without', async () => {
    const [, encoded = ''] = world.may.pass.split(' ');
    const [user = '', key = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    expect(await smokeTest(world.proxy.url)).toMatchObject({ code: 0 });
    expect(await smokeTest(world.proxy.url, { user, key })).toMatchObject({
      code: 0,
      output: expect.stringContaining('200'),
    });
    expect(await smokeTest(world.proxy.url, { user, key: `${key}x` })).toMatchObject({ code: 1 });
    await world.link.become('down');
    expect(await smokeTest(world.proxy.url)).toMatchObject({ code: 1 });
  });
}
