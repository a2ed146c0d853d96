import { leaks } from '@keyfold/testing/canary';
import { runKeyfold } from '@keyfold/testing/keyfold-command';
import { problemsOfCommands } from './checks/commands.js';
import { problemsOfDecisions, problemsOfLeases, problemsOfReadingBack } from './checks/decisions.js';
import { problemsOfReports } from './checks/reports.js';
import { problemsOfRows } from './checks/rows.js';
import type { Stage } from './clients.js';
import type { LogCopy } from './log-copy.js';
import type { Prober } from './prober.js';
import { LEASE_SECONDS } from './stage.js';
import type { World } from './world.js';

export interface Evidence {
  readonly world: World;
  readonly stage: Stage;
  readonly log: LogCopy;
  /** Gateways whose tables were taken from them. */
  readonly rebuilt: ReadonlySet<string>;
}

/** Everything that is wrong, when all has been healed. */
export async function judge(prober: Prober, { log, rebuilt, stage, world }: Evidence): Promise<string[]> {
  const { commands, observations, reports } = stage.history;
  const problems: string[] = [];
  for (const gateway of world.gateways)
    for (const { keyId, status } of await prober.askAll(gateway))
      if (status !== 200) problems.push(`${gateway.id} has no answer about ${keyId} when all is well: ${status}`);
  await log.readOn();
  const { records } = log;
  const leaseMs = LEASE_SECONDS * 1_000;
  problems.push(
    ...problemsOfLeases(observations, commands, leaseMs),
    ...problemsOfDecisions(observations, records),
    ...problemsOfReadingBack(observations, rebuilt),
    ...problemsOfCommands(commands, records),
    ...problemsOfReports(reports, { commands, records, leaseMs }),
    ...(await problemsOfHistory(log)),
  );
  for (const gateway of world.gateways) problems.push(...(await problemsOfRows(gateway, records)));
  problems.push(...(await problemsOfExport(world, stage)));
  return [...problems, ...leaks('the log lines', world.lines().join('\n'), stage.history.secrets)];
}

/** Positions without gaps, and not a byte other than when it was first seen. */
async function problemsOfHistory(log: LogCopy): Promise<string[]> {
  const again = await log.readAgain();
  if (again.length !== log.size) return [`the log has ${again.length} records after it had shown ${log.size}`];
  return log.records.flatMap(({ leaf, record }, at) => [
    ...(record.position === at + 1 ? [] : [`position ${record.position} comes at ${at + 1}`]),
    ...(again[at]?.leaf.equals(leaf) === true ? [] : [`the record at ${at + 1} has changed`]),
  ]);
}

async function problemsOfExport(world: World, { cast, urls }: Stage): Promise<string[]> {
  const serviceUrl = urls[0] ?? '';
  const token = (await cast.administrator.token(serviceUrl, () => undefined)) ?? '';
  const exported = await runKeyfold(['export', '--output', '-'], { serviceUrl, token });
  if (exported.code !== 0) return [`the export fails: ${exported.err}`];
  const verified = await runKeyfold(['verify', '-', '--json', '--key', world.logPublicKey], { input: exported.out });
  return verified.code === 0 ? [] : [`the export does not verify: ${verified.out}${verified.err}`];
}
