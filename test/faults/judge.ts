import { leaks } from '@keyfold/testing/canary';
import { runKeyfold } from '@keyfold/testing/keyfold-command';
import { problemsOfCommands } from './checks/commands.js';
import { type AfterConfirmation, judgeAfterConfirmation } from './checks/confirmed.js';
import { problemsOfDecisions, problemsOfLeases, problemsOfReadingBack } from './checks/decisions.js';
import { problemsOfReceipts } from './checks/receipts.js';
import { problemsOfReports } from './checks/reports.js';
import { problemsOfRows } from './checks/rows.js';
import type { Stage } from './clients.js';
import { readReceipts } from './confirmations.js';
import type { Figures } from './figures.js';
import { type ConfirmedCommand, isConfirmed, isDone, type Observation } from './history.js';
import { FactsAlong, type LogCopy, type SeenRecord } from './log-copy.js';
import type { Prober } from './prober.js';
import { LEASE_SECONDS } from './stage.js';
import type { World } from './world.js';

interface Evidence {
  readonly world: World;
  readonly stage: Stage;
  readonly log: LogCopy;
  /** Gateways whose tables were taken from them. */
  readonly rebuilt: ReadonlySet<string>;
  /** Processes that the receipt of a write must name; without it every worker of every gateway. */
  readonly mustName?: (command: ConfirmedCommand) => readonly string[];
}

/** What a run comes to. */
export interface Judgement {
  readonly problems: readonly string[];
  readonly figures: Figures;
  /** Requests that began after a confirmation, by what that took away. */
  readonly afterConfirmation: AfterConfirmation['requests'];
}

/** Everything that is wrong, and what was looked at, when all has been healed. */
export async function judge(prober: Prober, { log, mustName, rebuilt, stage, world }: Evidence): Promise<Judgement> {
  const { commands, observations, reports } = stage.history;
  const atLast: Observation[] = [];
  for (const gateway of world.gateways) atLast.push(...(await prober.askAll(gateway)));
  await log.readOn();
  const { records } = log;
  const problems = problemsOfLastAnswers(atLast, records);
  const leaseMs = LEASE_SECONDS * 1_000;
  const wrong = [...problemsOfLeases(observations, commands, leaseMs), ...problemsOfDecisions(observations, records)];
  const lost = problemsOfCommands(commands, records);
  const after = judgeAfterConfirmation(observations, commands, records);
  const workers = world.gateways.flatMap((gateway) =>
    Array.from({ length: gateway.workers }, (_, slot) => `${gateway.id}/${slot}`),
  );
  problems.push(
    ...after.problems,
    ...wrong,
    ...lost,
    ...problemsOfReadingBack(observations, rebuilt),
    ...problemsOfReports(reports, { commands, records, leaseMs }),
    ...problemsOfReceipts(await readReceipts(stage, mustName ?? (() => workers)), world.logPublicKey),
    ...(await problemsOfHistory(log)),
  );
  for (const gateway of world.gateways) problems.push(...(await problemsOfRows(gateway, records)));
  problems.push(...(await problemsOfExport(world, stage)));
  problems.push(...leaks('the log lines', world.lines().join('\n'), stage.history.secrets));
  const figures = {
    acknowledged: commands.filter(isDone).length,
    lost: lost.length,
    judged: observations.filter(({ status }) => status > 0).length,
    wrongAllows: wrong.filter((problem) => problem.includes(': allowed')).length,
    confirmed: commands.filter(isConfirmed).length,
    afterConfirmation: [...after.requests.values()].reduce((sum, requests) => sum + requests, 0),
    allowedAfterConfirmation: after.problems.length,
  };
  return { problems, figures, afterConfirmation: after.requests };
}

/** The key of a person who was erased cannot be proven: each question is a failure, and too many of them are a 429. */
function problemsOfLastAnswers(answers: readonly Observation[], records: readonly SeenRecord[]): string[] {
  const { keys, users } = new FactsAlong(records).at(records.length);
  const isErased = (keyId: string): boolean => {
    const key = keys.get(keyId);
    return key?.status === 'issued' && users.get(key.userId)?.status === 'erased';
  };
  return answers
    .filter(({ keyId, status }) => status !== 200 && !(status === 429 && isErased(keyId)))
    .map(({ gateway, keyId, status }) => `${gateway} has no answer about ${keyId} when all is well: ${status}`);
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
