import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { withServices, type Services } from '../stack/services.js';
import { nodeCommand, startChild } from '../support/child.js';
import type { HeadLoad } from './head-load.js';

const GATEWAYS = 32;
const RATES = [20, 100];
const PASSWORD = 'a long walk on the beach';

export const headsPart: Part = {
  name: 'heads',
  about: 'signed heads a second while the log grows, against an idle log',
  run: (options) => measureHeads(options),
};

/** @param adminModule what to run as the admin-service: another build's, to compare with that */
export function measureHeads(options: BenchOptions, adminModule?: string): Promise<Figure[]> {
  const { progress, rounds, seconds } = options;
  return withServices(
    async (services) => {
      const append = await grants(services);
      const idle = (): Promise<number> => headsPerSecond(services, seconds);
      const figures: Figure[] = [];
      for (const perSecond of RATES) {
        const appended: number[] = [];
        const figure = await compare({
          name: `heads at ${perSecond} appends a second, against none`,
          unit: 'heads/s',
          aim: null,
          rounds,
          progress,
          theirs: idle,
          ours: async () => {
            const appends = new PacedAppends(append, perSecond);
            const heads = await headsPerSecond(services, seconds);
            appended.push(await appends.stop());
            return heads;
          },
        });
        figures.push({ ...figure, note: `${Math.round(mean(appended) / seconds)} appends a second were made` });
      }
      return figures;
    },
    adminModule === undefined ? {} : { adminModule },
  );
}

/** Grants a role and takes it back again, an event each. */
async function grants(services: Services): Promise<(nth: number) => Promise<unknown>> {
  const admin = await AdminSession.signIn(services.adminUrl, services.adminPassword);
  const { id: roleId } = await admin.call<{ id: string }>('POST', '/v1/roles', { name: 'Bench', permissions: [] });
  const users: string[] = [];
  for (let nth = 0; nth < 16; nth += 1) {
    const body = { username: `user${nth}`, password: PASSWORD };
    users.push((await admin.call<{ id: string }>('POST', '/v1/users', body)).id);
  }
  const granted = new Set<number>();
  return (nth) => {
    const at = nth % users.length;
    const isGranted = granted.delete(at);
    if (!isGranted) granted.add(at);
    return admin.call(isGranted ? 'DELETE' : 'PUT', `/v1/users/${users[at] ?? ''}/roles/${roleId}`);
  };
}

/** Sends an append each so many milliseconds, whether or not the one before has been answered. */
class PacedAppends {
  private sent = 0;
  private readonly pending = new Set<Promise<unknown>>();
  private readonly startMs = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly append: (nth: number) => Promise<unknown>,
    private readonly perSecond: number,
  ) {
    this.timer = setInterval(() => {
      this.sendDue();
    }, 5);
  }

  /** @returns how many were answered */
  async stop(): Promise<number> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    return this.sent;
  }

  private sendDue(): void {
    const due = ((performance.now() - this.startMs) * this.perSecond) / 1000;
    // A user has one change at a time under way: the next one decides on the last.
    while (this.sent < due && this.pending.size < 12) {
      const answer = this.append(this.sent++);
      this.pending.add(answer);
      void answer.finally(() => this.pending.delete(answer));
    }
  }
}

async function headsPerSecond({ adminInternalUrl, sharedSecret }: Services, seconds: number): Promise<number> {
  const load: HeadLoad = { url: adminInternalUrl, sharedSecret, gateways: GATEWAYS, seconds };
  const child = startChild(nodeCommand('bench/heads/head-load.js', JSON.stringify(load)));
  return Number(await child.line(/^[\d.]+$/));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
