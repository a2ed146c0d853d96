import { Command } from 'commander';
import { keyFingerprint } from '@keyfold/domain';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.js';
import { requestService } from '../service.js';
import type { Terminal } from '../terminal.js';
import { allGateways } from './all-gateways.js';
import { type WaitingKey, waitingKeys, waitingTable } from './waiting-keys.js';

const WAITING_EXPLANATION = `
A process logs its fingerprint when it starts. Compare the two before you approve: whoever knows the shared secret can
add a key to this list.
KEYFOLD_TOKEN (or the file KEYFOLD_TOKEN_FILE) is a session with settings.read.`;

const APPROVE_EXPLANATION = `
Give the fingerprint of a key that waits ("keyfold gateways waiting"), or a whole key (gateway/slot+...), also before
its process has asked. The key counts from the next request of its process on, once no lease by another key of the same
slot can still run.
Exit code: 0 approved, 2 no such key waits, 3 refused or unreachable. Needs settings.manage.`;

const RETIRE_EXPLANATION = `
Stop the gateway first: its leases must be over. Its keys are never accepted again; a gateway of the same name that
starts later needs new keys.
Exit code: 0 retired, 3 refused or unreachable. Needs settings.manage.`;

/** The subcommands of `keyfold gateways` for installations in which an administrator approves the keys of gateways. */
export function approvalCommands(terminal: Terminal, done: (code: ExitCode) => void): Command[] {
  return [waitingCommand(terminal, done), approveCommand(terminal, done), retireCommand(terminal, done)];
}

function waitingCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('waiting')
    .summary('list the keys of processes that wait for approval, with their fingerprints')
    .option('--json', 'print them as JSON')
    .addHelpText('after', WAITING_EXPLANATION)
    .action(async ({ json }: { json?: true }) => {
      const keys = waitingKeys(await allGateways(terminal));
      terminal.stdout.write(`${json === true ? JSON.stringify(keys) : waitingTable(keys, new Date())}\n`);
      done(EXIT.ok);
    });
}

function approveCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('approve')
    .summary('approve keys of a gateway, by fingerprint')
    .argument('<gateway id>', 'the gateway that the keys are of')
    .argument('<fingerprints...>', 'SHA256:..., as the process logs it')
    .addHelpText('after', APPROVE_EXPLANATION)
    .action(async (gatewayId: string, named: readonly string[]) => {
      const waiting = waitingKeys(await allGateways(terminal)).filter((key) => key.gatewayId === gatewayId);
      const verifierKeys = [...new Set(named.map((name) => keyNamed(name, gatewayId, waiting)))];
      await requestService(terminal, `${pathOf(gatewayId)}/approve`, { body: { verifierKeys } });
      for (const key of verifierKeys) terminal.stdout.write(`approved ${nameOf(key)}  ${keyFingerprint(key)}\n`);
      done(EXIT.ok);
    });
}

function retireCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('retire')
    .summary('forget a gateway that has been stopped, and never accept its keys again')
    .argument('<gateway id>', 'the gateway')
    .addHelpText('after', RETIRE_EXPLANATION)
    .action(async (gatewayId: string) => {
      await requestService(terminal, pathOf(gatewayId), { method: 'DELETE' });
      terminal.stdout.write(`retired ${gatewayId}\n`);
      done(EXIT.ok);
    });
}

/** A key given whole passes as it is: the service checks whose it is. */
function keyNamed(name: string, gatewayId: string, waiting: readonly WaitingKey[]): string {
  if (name.startsWith(`${gatewayId}/`)) return name;
  const found = waiting.find(({ fingerprint }) => fingerprint === name);
  if (found !== undefined) return found.verifierKey;
  const others = waiting.map(({ fingerprint, slot }) => `  ${gatewayId}/${slot}  ${fingerprint}`);
  const hint = others.length === 0 ? 'none does' : ['these do:', ...others].join('\n');
  throw new CommandError(EXIT.usage, `no key of ${gatewayId} with the fingerprint ${name} waits; ${hint}`);
}

/** The name in a C2SP verifier key: gateway and slot. */
function nameOf(verifierKey: string): string {
  return verifierKey.split('+', 1)[0] ?? '';
}

function pathOf(gatewayId: string): string {
  return `v1/gateways/${encodeURIComponent(gatewayId)}`;
}
