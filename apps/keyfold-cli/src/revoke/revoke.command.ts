import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { REVOCATION_REASONS } from '@keyfold/domain';
import type { ExitCode } from '../exit-codes.js';
import { CommandError, EXIT, ioError } from '../exit-codes.js';
import { requestService } from '../service.js';
import type { Terminal } from '../terminal.js';

const EXPLANATION = `
With --wait the command ends once no gateway accepts the key any more, and prints how that is known of each gateway:
"applied" is proven by its own signature, "lease ended" by time. --receipt saves the file that proves it to others.
Exit code: 0 revoked (with --wait: and confirmed), 1 revoked but not confirmed in time, 2 wrong usage, 3 refused or
unreachable.
KEYFOLD_URL names the admin-service, KEYFOLD_TOKEN (or the file KEYFOLD_TOKEN_FILE) a session that may revoke the key.`;

const DEFAULT_WAIT_SECONDS = 300;
/** Between two answers; each shows what has come meanwhile. */
const STEP_SECONDS = 1;

interface RevokeOptions {
  readonly reason: string;
  readonly wait?: true | number;
  readonly receipt?: string;
  readonly json?: true;
}

interface Confirmation {
  readonly status: 'confirmed' | 'pending';
  readonly position: number;
  readonly gateways: readonly ConfirmedGateway[];
}

interface ConfirmedGateway {
  readonly gatewayId: string;
  readonly appliedPosition: number;
  readonly by: 'applied' | 'lease-ended' | null;
  readonly confirmedAt: string | null;
  readonly leaseUntil: string;
}

export function revokeCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('revoke')
    .summary('revoke a key, and wait until no gateway accepts it')
    .argument('<key id>', 'the public id of the key, not the key itself')
    .addOption(new Option('--reason <reason>', 'why').choices(REVOCATION_REASONS).default('UNSPECIFIED'))
    .option(`--wait [seconds]`, `wait for the gateways (default: ${DEFAULT_WAIT_SECONDS})`, seconds)
    .option('--receipt <file>', 'write the receipt there once it is confirmed; needs --wait')
    .option('--json', 'print the confirmation as JSON')
    .addHelpText('after', EXPLANATION)
    .action(async (keyId: string, options: RevokeOptions) => {
      done(await revoke(terminal, keyId, options));
    });
}

async function revoke(terminal: Terminal, keyId: string, options: RevokeOptions): Promise<ExitCode> {
  const { receipt, wait } = options;
  requireKeyId(keyId);
  if (receipt !== undefined && wait === undefined) throw new CommandError(EXIT.usage, '--receipt needs --wait');
  if (wait === undefined) return revokeAtOnce(terminal, keyId, options);
  const last = await revokeAndWait(terminal, keyId, { ...options, wait: wait === true ? DEFAULT_WAIT_SECONDS : wait });
  if (last.status === 'pending') return EXIT.verificationFailed;
  if (receipt !== undefined) await keepReceipt(terminal, last.position, receipt);
  return EXIT.ok;
}

async function revokeAtOnce(terminal: Terminal, keyId: string, { json, reason }: RevokeOptions): Promise<ExitCode> {
  const answer = await requestService(terminal, revokePath(keyId), { body: { reason } });
  const position = Number(answer.headers.get('keyfold-position'));
  terminal.stdout.write(`${json === true ? JSON.stringify({ keyId, position }) : `revoked at position ${position}`}\n`);
  return EXIT.ok;
}

async function revokeAndWait(
  terminal: Terminal,
  keyId: string,
  { json, reason, wait }: RevokeOptions & { readonly wait: number },
): Promise<Confirmation> {
  const startedMs = performance.now();
  const request = { body: { reason }, prefer: `wait=${STEP_SECONDS}` };
  const answer = await requestService(terminal, revokePath(keyId), request);
  const { confirmation } = (await answer.json()) as { confirmation: Confirmation };
  const isSilent = json === true;
  const last = await follow(terminal, confirmation, { endMs: startedMs + wait * 1_000, isSilent });
  terminal.stdout.write(`${isSilent ? JSON.stringify(last) : summary(last, performance.now() - startedMs)}\n`);
  return last;
}

const revokePath = (keyId: string): string => `v1/api-keys/${keyId}/revoke`;

/** Prints each gateway once it is settled, and asks again until all are or the time is up. */
async function follow(
  terminal: Terminal,
  first: Confirmation,
  { endMs, isSilent }: { readonly endMs: number; readonly isSilent: boolean },
): Promise<Confirmation> {
  const printed = new Set<string>();
  let confirmation = first;
  if (!isSilent) terminal.stdout.write(`revoked at position ${first.position}, waiting for the gateways\n`);
  for (;;) {
    for (const gateway of confirmation.gateways) {
      if (gateway.by === null || printed.has(gateway.gatewayId)) continue;
      printed.add(gateway.gatewayId);
      if (!isSilent) terminal.stdout.write(`  ${describe(gateway)}\n`);
    }
    if (confirmation.status === 'confirmed' || performance.now() >= endMs) return confirmation;
    const answer = await requestService(terminal, `v1/confirmations/${confirmation.position}`, {
      prefer: `wait=${STEP_SECONDS}`,
    });
    confirmation = (await answer.json()) as Confirmation;
  }
}

function describe({ appliedPosition, by, confirmedAt, gatewayId, leaseUntil }: ConfirmedGateway): string {
  if (by === 'applied') return `${gatewayId}: applied at ${confirmedAt ?? '?'} (position ${appliedPosition})`;
  if (by === 'lease-ended') return `${gatewayId}: lease ended at ${confirmedAt ?? '?'}`;
  return `${gatewayId}: has applied ${appliedPosition}, its lease runs until ${leaseUntil}`;
}

function summary({ gateways, position, status }: Confirmation, tookMs: number): string {
  if (status === 'confirmed') {
    return `confirmed after ${(tookMs / 1_000).toFixed(1)} s: no gateway accepts the key any more (receipt of position ${position})`;
  }
  const open = gateways.filter(({ by }) => by === null).map((gateway) => `  ${describe(gateway)}`);
  return ['NOT confirmed in time; the key is revoked, and these may still accept it:', ...open].join('\n');
}

async function keepReceipt(terminal: Terminal, position: number, file: string): Promise<void> {
  const answer = await requestService(terminal, `v1/confirmations/${position}/receipt`, {});
  await writeFile(file, await answer.text(), { mode: 0o600 }).catch((error: unknown) => {
    throw ioError('cannot write the receipt', error);
  });
}

/** A whole key given by mistake must not travel in a URL, where proxies write it down. */
function requireKeyId(keyId: string): void {
  if (/^[A-Za-z0-9]{1,64}$/.test(keyId)) return;
  throw new CommandError(EXIT.usage, 'that is not the id of a key: it has letters and digits only');
}

function seconds(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('a whole number of seconds from 1');
  return value;
}
