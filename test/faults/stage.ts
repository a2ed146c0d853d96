import { call } from './caller.js';
import { Client, type Stage } from './clients.js';
import type { History } from './history.js';
import { Cast, Person } from './people.js';
import type { PlannedStep } from './plan.js';
import type { World } from './world.js';

/** The shortest that can be set. */
export const LEASE_SECONDS = 5;
const OWNERS = 4;

/** The first administrator, whose id nobody knows before the first session. */
export async function signInFirst({ admins, adminPassword, sharedSecret }: World, history: History): Promise<Cast> {
  history.secrets.set('the first password', adminPassword);
  history.secrets.set('the shared secret', sharedSecret);
  const answer = await call(admins[0]?.url ?? '', {
    method: 'POST',
    path: '/v1/sessions',
    body: { username: 'admin', password: adminPassword },
    token: '',
  });
  const { id } = (answer?.body['user'] ?? {}) as { id?: string };
  if (id === undefined) throw new Error(`the first administrator cannot sign in: ${String(answer?.status)}`);
  return new Cast(new Person(id, 'admin', adminPassword));
}

/** A command of the run itself: sent until it is answered. */
export const plainStep = (action: object): PlannedStep =>
  ({ ...action, insistent: true, replica: 0, waitSeconds: null }) as PlannedStep;

/** Settings and people; the gateways start when the lease is short, so that none ever holds a longer one. */
export async function setTheStage(world: World, stage: Stage): Promise<void> {
  const client = new Client(stage, 0);
  await client.set('gatewayLeaseSeconds', LEASE_SECONDS, plainStep({ do: 'lifetime', days: 1 }));
  await client.set('maxActiveKeysPerUser', 1_000, plainStep({ do: 'lifetime', days: 1 }));
  await client.set('apiKeyAuthenticationEnabled', true, plainStep({ do: 'switch', on: true }));
  const hired = Array.from({ length: OWNERS }, () => client.hire(plainStep({ do: 'hire' }), 'owner'));
  if ((await Promise.all(hired)).includes(null)) throw new Error('the stage could not be set');
  await Promise.all(world.gateways.map(({ process }) => process.start()));
  await world.ready();
}

/** What makes keys pass again, so that the next round has something to lose. */
export async function restore(stage: Stage, round: number): Promise<void> {
  const client = new Client(stage, round);
  await client.set('apiKeyAuthenticationEnabled', true, plainStep({ do: 'switch', on: true }));
  for (const [at, owner] of stage.cast.owners.entries()) {
    await client.onUser(owner, plainStep({ do: 'reactivate', owner: at }) as Parameters<Client['onUser']>[1]);
    await client.onUser(owner, plainStep({ do: 'grant', owner: at }) as Parameters<Client['onUser']>[1]);
    await client.issue(owner, plainStep({ do: 'issue', owner: at }));
  }
}
