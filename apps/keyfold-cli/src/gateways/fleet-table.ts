/** A gateway as `GET /v1/gateways` lists it. */
export interface Gateway {
  readonly gatewayId: string;
  readonly appliedPosition: number;
  readonly lagEvents: number;
  readonly leaseUntil: string | null;
  readonly lastSeenAt: string;
  readonly version: string | null;
  readonly processes: readonly GatewayProcess[];
}

/** A process of a gateway, as far as it is shown. */
export interface GatewayProcess {
  readonly slot: string | null;
  readonly verifierKey: string | null;
  readonly enrolled: boolean;
  readonly noLease: string | null;
  readonly appliedPosition: number;
  readonly lagEvents: number;
  readonly leaseUntil: string | null;
  readonly lastSeenAt: string;
  readonly version: string | null;
}

const HEAD = ['process', 'applied', 'lag', 'lease', 'seen', 'version'];

/** The fleet as a table: a line for each process, and one for each gateway that has none. */
export function fleetTable(gateways: readonly Gateway[], now: Date): string {
  if (gateways.length === 0) return 'no gateways';
  const rows = [HEAD, ...gateways.flatMap((gateway) => rowsOf(gateway, now))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(lineOf).join('\n');
}

function rowsOf(gateway: Gateway, now: Date): string[][] {
  const { gatewayId, processes } = gateway;
  if (processes.length === 0) return [cells(gatewayId, gateway, 'no process', now)];
  return processes.map((process) => {
    const name = process.slot === null ? `${gatewayId} (older version)` : `${gatewayId}/${process.slot}`;
    return cells(name, process, leaseOf(process, now), now);
  });
}

type Shown = Pick<GatewayProcess, 'appliedPosition' | 'lagEvents' | 'lastSeenAt' | 'version'>;

function cells(name: string, shown: Shown, lease: string, now: Date): string[] {
  const seen = `${secondsBetween(shown.lastSeenAt, now)} s ago`;
  return [name, String(shown.appliedPosition), String(shown.lagEvents), lease, seen, shown.version ?? '-'];
}

function leaseOf({ leaseUntil, noLease }: GatewayProcess, now: Date): string {
  if (noLease !== null) return `none: ${noLease}`;
  return leaseUntil === null ? 'none' : `${Math.max(0, -secondsBetween(leaseUntil, now))} s`;
}

function secondsBetween(time: string, now: Date): number {
  return Math.round((now.getTime() - Date.parse(time)) / 1_000);
}
