import { compare, type Round } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { type Services, withServices } from '../stack/services.js';
import { nodeCommand, startChild } from '../support/child.js';
import { CpuMeter } from './cpu-meter.js';
import { withInserter } from './inserter.js';

const CLIENTS = [1, 32];
const OWNERS = 64;
const PASSWORD = 'a long walk on the beach';

/** Sends one command and resolves when it is answered. @param nth counts all commands of this kind from 0 */
type Command = (nth: number) => Promise<unknown>;

interface Sides {
  readonly what: string;
  readonly against: string;
  readonly aim: number | null;
  readonly command: Command;
  readonly other: Command;
}

export const commandsPart: Part = {
  name: 'commands',
  about: 'issue against the hash that it needs; grant and settings change against the commit that they need',
  run: (options) =>
    withServices(async (services) => {
      const hashes = startChild(nodeCommand('bench/commands/hash-server.js'));
      try {
        const hashUrl = (await hashes.line(/^listening at /)).slice('listening at '.length);
        return await withInserter(services.databaseUrl, Math.max(...CLIENTS), async (insert) =>
          measure(await sidesOf(services, { hashUrl, insert }), options),
        );
      } finally {
        await hashes.stop();
      }
    }),
};

async function measure(all: readonly Sides[], { rounds, seconds, progress }: BenchOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { what, against, aim, command, other } of all) {
    for (const clients of CLIENTS) {
      const ours = new CpuMeter();
      const theirs = new CpuMeter();
      const figure = await compare({
        name: `${what} against ${against}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
        unit: 'a second',
        aim,
        rounds,
        progress,
        ours: roundOf(command, { clients, seconds, meter: ours }),
        theirs: roundOf(other, { clients, seconds, meter: theirs }),
      });
      // The wall clock also tells of what else runs on the machine; this does not.
      figures.push({ ...figure, note: `processor time ${ours.perCommand()} against ${theirs.perCommand()} ms each` });
    }
  }
  return figures;
}

async function sidesOf(
  services: Services,
  { hashUrl, insert }: { hashUrl: string; insert: Command },
): Promise<Sides[]> {
  const admin = await AdminSession.signIn(services.adminUrl, services.adminPassword);
  const owners = await createOwners(services, admin);
  const { id: roleId } = await admin.call<{ id: string }>('POST', '/v1/roles', { name: 'Bench', permissions: [] });
  const common = { against: 'a one-row insert', aim: null, other: insert };
  const issue: Pick<Sides, 'what' | 'command'> = {
    what: 'issue',
    command: (nth) => at(owners, nth).call('POST', '/v1/me/api-keys', {}),
  };
  return [
    { ...issue, against: 'argon2.hash behind HTTP', aim: 0.9, other: () => post(`${hashUrl}/reference`) },
    { ...issue, against: 'the hash that it computes behind HTTP', aim: null, other: () => post(`${hashUrl}/own`) },
    {
      ...common,
      what: 'grant or withdrawal',
      command: (nth) => {
        const isGranted = Math.floor(nth / OWNERS) % 2 === 1;
        return admin.call(isGranted ? 'DELETE' : 'PUT', `/v1/users/${at(owners, nth).userId}/roles/${roleId}`);
      },
    },
    {
      ...common,
      what: 'settings change',
      command: (nth) => admin.call('PATCH', '/v1/settings/security', { journalRetentionDays: 100 + (nth % 3000) }),
    },
  ];
}

/** Many, since nobody may have more than 1,000 keys. */
async function createOwners({ adminUrl }: Services, admin: AdminSession): Promise<AdminSession[]> {
  await admin.call('PATCH', '/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1000 });
  const owners: AdminSession[] = [];
  for (let nth = 0; nth < OWNERS; nth += 1) {
    const username = `owner${nth}`;
    const { id } = await admin.call<{ id: string }>('POST', '/v1/users', { username, password: PASSWORD });
    await admin.call('PUT', `/v1/users/${id}/roles/api-key-generate`);
    owners.push(await AdminSession.signIn(adminUrl, PASSWORD, username));
  }
  return owners;
}

/** So many clients, each sending its next command when the one before is answered. */
function roundOf(command: Command, given: { clients: number; seconds: number; meter: CpuMeter }): Round {
  const { clients, seconds, meter } = given;
  let sent = 0;
  return async () => {
    const start = performance.now();
    const end = start + seconds * 1000;
    let answered = 0;
    const client = async (): Promise<void> => {
      while (performance.now() < end) {
        await command(sent++);
        answered += 1;
      }
    };
    meter.start();
    await Promise.all(Array.from({ length: clients }, client));
    meter.stop(answered);
    return (answered * 1000) / (performance.now() - start);
  };
}

async function post(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST' });
  await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}

function at(owners: readonly AdminSession[], nth: number): AdminSession {
  const owner = owners[nth % owners.length];
  if (!owner) throw new RangeError('nobody to be');
  return owner;
}
