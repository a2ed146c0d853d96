import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AggregatorRegistry } from 'prom-client';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { expositionProblems } from '@keyfold/testing/exposition';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { inDeploy, shippedQueries } from '@keyfold/testing/monitoring';
import { signInAdmin } from '@keyfold/testing/signed-in';
import { gatewayMetrics } from '../../apps/auth-gateway/src/gateway-metrics.js';
import { checkMetrics, locatePromtool, promtoolSays } from './promtool.js';

const FETCHING_MS = 300_000;

let promtool: string;
let world: GatewayWorld;
let gateway: TestAuthGateway;
let service: TestAdminService;

beforeAll(async () => {
  promtool = await locatePromtool();
  world = await startGatewayWorld();
  gateway = await world.gateway({ env: { KEYFOLD_UPSTREAM_URL: 'http://127.0.0.1:9', KEYFOLD_PROXY_PORT: '0' } });
  service = await startTestAdminService({ database: await world.postgres.createDatabase() });
  await world.caughtUp(gateway);
}, FETCHING_MS);

afterAll(async () => {
  await service.close();
  await world.stop();
});

async function pageOf(opsUrl: string): Promise<string> {
  return (await fetch(`${opsUrl}/metrics`)).text();
}

describe('promtool accepts', () => {
  test('the metrics of a gateway, those of several processes together too', async () => {
    const { key } = await world.writer.issue(world.anna);
    await world.caughtUp(gateway);
    for (const authorization of [basic('anna', key), basic('anna', key), 'Basic x'])
      await fetch(`${gateway.url}/v1/forward-auth`, { headers: { authorization } });
    const page = await pageOf(gateway.opsUrl);
    expect([checkMetrics(promtool, page), expositionProblems(page)]).toEqual(['', []]);

    const registries = [1, 2].map(() => gatewayMetrics(gateway.parts));
    const pages = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
    const together = await AggregatorRegistry.aggregate(pages).metrics();
    expect([checkMetrics(promtool, together), expositionProblems(together)]).toEqual(['', []]);
  });

  test('the metrics of an admin-service', async () => {
    await (await signInAdmin(service)).get('/v1/users');
    const page = await pageOf(service.opsUrl);
    expect([checkMetrics(promtool, page), expositionProblems(page)]).toEqual(['', []]);
  });

  test('nothing else (or the two above would prove nothing)', () => {
    expect(checkMetrics(promtool, '# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n')).toContain('a_ms');
  });

  test('the shipped alerts, which are raised by what they are for', async () => {
    expect(await promtoolSays(promtool, ['check', 'rules', inDeploy('prometheus/keyfold.rules.yml')])).toContain(
      'SUCCESS',
    );
    expect(await promtoolSays(promtool, ['test', 'rules', inDeploy('prometheus/keyfold.rules.test.yml')])).toContain(
      'SUCCESS',
    );
  });

  test('the queries of the dashboard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyfold-promtool-'));
    const filled = (await shippedQueries()).map(({ expr }, at) => ({
      record: `query:number_${at}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.*'),
    }));
    const file = join(folder, 'queries.yml');
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: filled }] }));
    expect(await promtoolSays(promtool, ['check', 'rules', file])).toContain(`${filled.length} rules found`);
    await rm(folder, { recursive: true });
  });
});
