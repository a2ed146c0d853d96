import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { allGateways } from './all-gateways.js';
import { approvalCommands } from './approval.command.js';
import { fleetTable } from './fleet-table.js';

const EXPLANATION = `
On a terminal the table is updated each second until Ctrl-C; elsewhere, and with --once, it is printed once.
KEYFOLD_URL names the admin-service, KEYFOLD_TOKEN (or the file KEYFOLD_TOKEN_FILE) a session with settings.read.`;

const EVERY_MS = 1_000;
/** Home, and clear to the end of the screen. */
const REDRAW = '\u001b[H\u001b[J';

interface GatewaysOptions {
  readonly once?: true;
  readonly watch?: true;
  readonly json?: true;
}

export function gatewaysCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('gateways')
    .summary('show the gateways, their processes and leases, live')
    .enablePositionalOptions()
    .option('--once', 'print it once, also on a terminal')
    .option('--watch', 'draw it anew each second, also without a terminal')
    .option('--json', 'print the gateways as JSON, once')
    .addHelpText('after', EXPLANATION)
    .action(async (options: GatewaysOptions) => {
      if (options.json === true) {
        terminal.stdout.write(`${JSON.stringify(await allGateways(terminal))}\n`);
      } else if (isLive(terminal, options)) {
        await watch(terminal);
      } else {
        terminal.stdout.write(`${fleetTable(await allGateways(terminal), new Date())}\n`);
      }
      done(EXIT.ok);
    });
  for (const subcommand of approvalCommands(terminal, done)) command.addCommand(subcommand);
  return command;
}

function isLive({ stdout }: Terminal, { once, watch }: GatewaysOptions): boolean {
  return once !== true && (watch === true || stdout.isTTY === true);
}

/** Until the process is interrupted, or the service refuses. */
async function watch(terminal: Terminal): Promise<never> {
  for (;;) {
    const table = fleetTable(await allGateways(terminal), new Date());
    terminal.stdout.write(`${REDRAW}${table}\n`);
    await delay(EVERY_MS);
  }
}
