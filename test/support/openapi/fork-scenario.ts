import { parseSignerKey, signCheckpoint } from '@keyfold/domain';
import type { TestAdminService } from '../admin-service.js';
import { LeaseProcess, Refused } from '../feed/lease-process.js';
import { AdminClient } from '../http-client.js';
import type { ExampleWorld } from './admin-scenario.js';
import type { Provocation } from './example-recorder.js';

/** What concerns a fork of the log. The service writes nothing afterwards. */
export async function playFork(
  { admin, recorder }: ExampleWorld,
  service: TestAdminService,
  provoke: (provocation: Provocation) => Promise<void>,
): Promise<void> {
  const lost = checkpointOfLostRecords(service);
  await provoke(['acknowledgeFork', 'LOG_NOT_FORKED', { as: admin, body: { position: 0, checkpoint: lost } }]);
  await show(service, lost);
  await recorder.call('readForks', { as: admin });
  await recorder.call('listLostRecords', { as: admin });
  await provoke(['listLostRecords', 'NOT_FOUND', { as: admin, query: { acknowledgement: '999999' } }]);
  const { body: refusal } = await new AdminClient(service.url, admin).get('/v1/log/checkpoint');
  const { checkpoint, position } = refusal as { checkpoint: string; position: number };
  const call = (named: number): Provocation[2] => ({ as: admin, body: { position: named, checkpoint } });
  await provoke(['acknowledgeFork', 'FORK_DIFFERS', call(position + 1)]);
  await recorder.call('acknowledgeFork', call(position));
}

/** What the log has signed before its database lost the end of it. */
function checkpointOfLostRecords({ logSigningKey }: TestAdminService): string {
  const signer = parseSignerKey(logSigningKey);
  return signCheckpoint({ origin: signer.name, size: 100_000, root: Buffer.alloc(32, 7) }, signer);
}

/** As a gateway does that has applied these records. */
async function show(service: TestAdminService, checkpoint: string): Promise<void> {
  const process = new LeaseProcess(service, 'gateway-2');
  try {
    await process.ask((request) => ({ ...request, checkpoint }));
  } catch (error) {
    if (error instanceof Refused && error.code === 'LOG_FORKED') return;
    throw error;
  }
  throw new Error('the fork was not found');
}
