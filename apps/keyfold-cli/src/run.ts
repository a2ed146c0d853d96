import { Command, CommanderError } from 'commander';
import { composeSecretsCommand } from './compose-secrets/compose-secrets.command.js';
import type { ExitCode } from './exit-codes.js';
import { CommandError, EXIT } from './exit-codes.js';
import { explainCommand } from './explain/explain.command.js';
import { exportCommand } from './export/export.command.js';
import { forkCommand } from './fork/fork.command.js';
import { gatewaysCommand } from './gateways/gateways.command.js';
import { rebuildCommand } from './rebuild/rebuild.command.js';
import { replayCommand } from './replay/replay.command.js';
import { revokeCommand } from './revoke/revoke.command.js';
import { printable, type Terminal } from './terminal.js';
import { verifyCommand } from './verify/verify.command.js';
import { verifyReceiptCommand } from './verify-receipt/verify-receipt.command.js';

/** Runs one command line (without the program's own name) to its exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const done = (code: ExitCode): void => {
    exitCode = code;
  };
  const program = new Command('keyfold')
    .description("The auditor's and operator's command line of Keyfold.")
    // An option after a subcommand is the subcommand's.
    .enablePositionalOptions();
  const commands = [
    verifyCommand(terminal, done),
    verifyReceiptCommand(terminal, done),
    exportCommand(terminal, done),
    replayCommand(terminal, done),
    explainCommand(terminal, done),
    rebuildCommand(terminal, done),
    gatewaysCommand(terminal, done),
    revokeCommand(terminal, done),
    forkCommand(terminal, done),
    composeSecretsCommand(terminal, done),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, terminal);
  }
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function exitCodeOf(err: unknown, terminal: Terminal): ExitCode {
  // Commander has already printed its message, or the help that was asked for.
  if (err instanceof CommanderError) return err.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(err instanceof CommandError)) throw err;
  // It may quote what a service or a file says.
  terminal.stderr.write(`keyfold: ${err.message.split('\n').map(printable).join('\n')}\n`);
  return err.exitCode;
}
