import { Command, InvalidArgumentError } from 'commander';
import { checkpointOf, type Fork } from '@keyfold/domain';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.js';
import { askService, requestService } from '../service.js';
import { printable, type Terminal } from '../terminal.js';

const EXPLANATION = `
A log has forked where its database has lost the end of it: a standby that lagged was promoted, or a backup was restored. Nothing is
written or signed until an administrator acknowledges that; then the log goes on, as the database has it, under a new origin.
Exit code: 0 there is no fork, 1 there is one, 3 unreachable.`;

const ACKNOWLEDGE_EXPLANATION = `
Before: see to it that nothing answers gateways from the old database any more, and find out what was lost. Revocations among it
have to be made again. After: each admin-service starts again by itself (or is started by whoever runs it), gateways follow,
auditors need the new public key, and for an hour no write is confirmed.
Exit code: 0 acknowledged, 2 the fork is another one, or there is none, 3 refused or unreachable. Needs settings.manage.
KEYFOLD_URL names the admin-service (one that is not ready may have to be asked directly), KEYFOLD_TOKEN (or the file
KEYFOLD_TOKEN_FILE) a session.`;

/** `keyfold fork`: whether the log has forked, and acknowledging it. */
export function forkCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('fork')
    .summary('say whether the log has forked, and acknowledge it')
    .option('--json', 'print it as JSON')
    .addHelpText('after', EXPLANATION)
    .action(async ({ json }: { json?: true }) => {
      const fork = await findFork(terminal);
      terminal.stdout.write(`${json === true ? JSON.stringify(fork) : describe(fork)}\n`);
      done(fork === null ? EXIT.ok : EXIT.verificationFailed);
    })
    .addCommand(acknowledgeCommand(terminal, done));
}

function acknowledgeCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('acknowledge')
    .summary('let the log go on, as its database has it, under a new origin')
    .requiredOption('--position <position>', 'as "keyfold fork" says it: proof that you have looked', wholeNumber)
    .addHelpText('after', ACKNOWLEDGE_EXPLANATION)
    .action(async ({ position }: { position: number }) => {
      const fork = await findFork(terminal);
      if (fork === null) throw new CommandError(EXIT.usage, 'the log has not forked');
      if (fork.position !== position)
        throw new CommandError(EXIT.usage, `the fork is behind position ${fork.position}, not behind ${position}`);
      const answer = await requestService(terminal, 'v1/log/fork/acknowledge', { body: fork });
      const { origin, publicKey } = (await answer.json()) as { origin: string; publicKey: string };
      const now = [`acknowledged: the log goes on as ${origin}`, `its public key is now ${publicKey}`];
      terminal.stdout.write(`${now.map(printable).join('\n')}\n`);
      done(EXIT.ok);
    });
}

/** @returns null if a checkpoint is signed, so that there is no fork @throws CommandError for any other refusal */
async function findFork(terminal: Terminal): Promise<Fork | null> {
  const answer = await askService(terminal, 'v1/log/checkpoint');
  if (answer.ok) return null;
  const problem = (await answer.json().catch(() => ({}))) as Partial<Fork> & { code?: string; detail?: string };
  const { checkpoint, code, detail, position } = problem;
  if (code === 'LOG_FORKED' && typeof position === 'number' && typeof checkpoint === 'string')
    return { position, checkpoint };
  throw new CommandError(EXIT.io, `the service answered ${answer.status} ${detail ?? ''}`.trimEnd());
}

function describe(fork: Fork | null): string {
  if (fork === null) return 'the log has not forked';
  const lost = checkpointOf(fork.checkpoint);
  const size = lost === null ? 'more' : `${lost.size}`;
  return [
    `THE LOG HAS FORKED behind position ${fork.position}; it had ${size} records. Nothing is written or signed.`,
    `To let it go on as it is now: keyfold fork acknowledge --position ${fork.position} (see its --help first)`,
    'Checkpoint of the log as it was:',
    ...fork.checkpoint.trimEnd().split('\n').map(printable),
  ].join('\n');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('a position is a whole number');
  return Number(text);
}
