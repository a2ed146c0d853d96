import { eventually } from '@keyfold/testing/eventually';
import { call } from './caller.js';
import type { ReadReceipt } from './checks/receipts.js';
import type { Stage } from './clients.js';
import { type ConfirmedCommand, isConfirmed, isWaitedFor, now } from './history.js';

/** A lease of five seconds has ended, and its receipt is made, within this. */
const WAIT_SECONDS = 20;
const PATIENCE_MS = 60_000;

/**
 * Asks for every confirmation that is still pending until it comes: nothing may keep one from coming once all is well.
 *
 * @returns those that did not come
 */
export async function settlePending(stage: Stage): Promise<string[]> {
  const pending = stage.history.commands.filter(isWaitedFor).filter(({ waitedFor }) => waitedFor.confirmedAt === null);
  const problems: string[] = [];
  for (const { label, waitedFor } of pending) {
    await eventually(async () => {
      await requireConfirmed(stage, waitedFor.position);
      waitedFor.confirmedAt = now();
    }, PATIENCE_MS).catch((error: unknown) => {
      problems.push(`"${label}" at ${waitedFor.position} was never confirmed: ${String(error)}`);
    });
  }
  return problems;
}

async function requireConfirmed({ cast, urls }: Stage, position: number): Promise<void> {
  const url = urls[0] ?? '';
  const token = (await cast.administrator.token(url, () => undefined)) ?? '';
  const path = `/v1/confirmations/${position}`;
  const answer = await call(url, { method: 'GET', path, token, waitSeconds: WAIT_SECONDS });
  if (answer?.status === 401) cast.administrator.forget();
  if (answer?.body['status'] !== 'confirmed') throw new Error(`it is ${JSON.stringify(answer?.body)}`);
}

/**
 * Reads the receipt of each confirmed write.
 *
 * @param mustName processes that each must name: those that had a lease when the write was made
 */
export async function readReceipts(
  { cast, history, urls }: Pick<Stage, 'cast' | 'urls'> & { readonly history: Pick<Stage['history'], 'commands'> },
  mustName: (command: ConfirmedCommand) => readonly string[],
): Promise<ReadReceipt[]> {
  const url = urls[0] ?? '';
  const token = (await cast.administrator.token(url, () => undefined)) ?? '';
  const byPosition = new Map(
    history.commands.filter(isConfirmed).map((command) => [command.waitedFor.position, command]),
  );
  const receipts: ReadReceipt[] = [];
  for (const [position, command] of byPosition) {
    const response = await fetch(`${url}/v1/confirmations/${position}/receipt`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { label } = command;
    const read = { status: response.status, file: await response.text(), mustName: mustName(command) };
    receipts.push({ label, position, ...read });
  }
  return receipts;
}
