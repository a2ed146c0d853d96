import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import { requestService } from '../service.js';
import type { Terminal } from '../terminal.js';
import { fleetTable, type Gateway } from './fleet-table.js';

const EXPLANATION = `
On a terminal the table stays and is drawn anew each second until Ctrl-C; elsewhere, and with --once, it is printed once.
KEYFOLD_URL names the admin-service, KEYFOLD_TOKEN (or the file KEYFOLD_TOKEN_FILE) a session with settings.read.`;

const EVERY_MS = 1_000;
const PAGE = '200';
/** Home, and clear to the end of the screen. */
const REDRAW = '\u001b[H\u001b[J';

interface GatewaysOptions {
  readonly once?: true;
  readonly watch?: true;
  readonly json?: true;
}

export function gatewaysCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('gateways')
    .summary('show the gateways, their processes and leases, live')
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

async function allGateways(terminal: Terminal): Promise<readonly Gateway[]> {
  const gateways: Gateway[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = cursor === null ? { limit: PAGE } : { limit: PAGE, cursor };
    const answer = await requestService(terminal, 'v1/gateways', { query });
    const page = (await answer.json()) as { items: Gateway[]; nextCursor: string | null };
    gateways.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return gateways;
}
