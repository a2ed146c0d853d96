import { setTimeout as delay } from 'node:timers/promises';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { AdminSession } from '../stack/admin-session.js';
import { type Services, withServices } from '../stack/services.js';
import { type Child, nodeCommand, startChild } from '../support/child.js';
import { cpuSeconds } from '../support/cores.js';
import type { FleetReport, HeadFleet } from './head-fleet.js';
import type { HeadLoad } from './head-load.js';

/** Gateway processes of a large installation. */
const FLEET = 1_000;
const APPENDS = 100;
/** What their heads may cost while nothing happens. */
const IDLE_CORES = 0.1;
/** After that long a gateway asks over HTTP. */
const NATS_TIMEOUT_MS = 1_000;
const GATEWAYS = 32;
const RATES = [20, 100];
const PASSWORD = 'a long walk on the beach';

export const headsPart: Part = {
  name: 'heads',
  about: 'signed heads a second while the log grows, against an idle log; and what a fleet of gateway processes costs',
  run: async (options) => [...(await measureHeads(options)), ...(await measureFleet(options))],
};

/** @param adminModule what to run as the admin-service: another build's, to compare with that */
function measureHeads(options: BenchOptions, adminModule?: string): Promise<Figure[]> {
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

/** @param adminModule what to run as the admin-service */
function measureFleet(options: BenchOptions, adminModule?: string): Promise<Figure[]> {
  return withServices(
    async (services) => {
      const append = await grants(services);
      const windowSeconds = Math.max(10, options.seconds * 3);
      const alone = await usedCores(services, append, { windowSeconds, perSecond: APPENDS });
      const rest = await usedCores(services, append, { windowSeconds, perSecond: 0 });
      const { logKeyId, natsUrl, sharedSecret } = services;
      const fleet: HeadFleet = { natsUrl, logKeyId, sharedSecret, processes: FLEET };
      const child = startChild(nodeCommand('bench/heads/head-fleet.js', JSON.stringify(fleet)));
      try {
        await child.line(/^the fleet asks$/);
        const figures: Figure[] = [];
        for (const [perSecond, without] of [
          [0, rest],
          [APPENDS, alone],
        ] as const) {
          await reportOf(child);
          const cores = (await usedCores(services, append, { windowSeconds, perSecond })) - without;
          const report = await reportOf(child);
          figures.push(...fleetFigures(perSecond, cores, report));
          options.progress(
            `heads of ${FLEET} processes at ${perSecond} appends/s: ${cores.toFixed(3)} cores, ${JSON.stringify(report)}`,
          );
        }
        return figures;
      } finally {
        await child.stop();
      }
    },
    adminModule === undefined ? {} : { adminModule },
  );
}

function fleetFigures(perSecond: number, cores: number, report: FleetReport): Figure[] {
  const name = `${FLEET} processes that ask once a second, ${perSecond === 0 ? 'idle log' : `${perSecond} appends a second`}`;
  const note = `${report.answered} answers, ${report.timedOut} after the time-out, ${report.refused} refused, ${report.withoutLease} without a lease`;
  const { p50, p99 } = report;
  return [
    {
      kind: 'bounded',
      name: `${name}: cores of the admin-service`,
      within: { least: 0, most: perSecond === 0 ? IDLE_CORES : 1 },
      values: { cores },
      note,
    },
    { kind: 'duration', name: `${name}: head`, aim: { p99: NATS_TIMEOUT_MS }, milliseconds: { p50, p99 }, note },
  ];
}

/** Of the admin-service, over a window in which this many appends a second are made. */
async function usedCores(
  { admin }: Services,
  append: (nth: number) => Promise<unknown>,
  { perSecond, windowSeconds }: { readonly perSecond: number; readonly windowSeconds: number },
): Promise<number> {
  const pid = admin.process.pid ?? 0;
  const appends = perSecond === 0 ? null : new PacedAppends(append, perSecond);
  // The first second finds code and connections cold.
  await delay(1_000);
  const [before, fromMs] = [cpuSeconds(pid) ?? 0, performance.now()];
  await delay(windowSeconds * 1_000);
  const used = (cpuSeconds(pid) ?? 0) - before;
  const seconds = (performance.now() - fromMs) / 1_000;
  await appends?.stop();
  return used / seconds;
}

/** What came of the fleet's requests since the last report. */
async function reportOf(child: Child): Promise<FleetReport> {
  const reports = child
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{')).length;
  child.process.send('report');
  for (;;) {
    const lines = child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const last = lines.at(-1);
    if (lines.length > reports && last !== undefined) return JSON.parse(last) as FleetReport;
    await delay(20);
  }
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
