import { DataInUseError, NatsServerMissingError, PortTakenError } from '@keyfold/local-servers';
import { ConfigError } from '@keyfold/service-kit';
import { printStarted } from './print-started.js';
import { Stack } from './stack.js';
import { readStackConfig } from './stack-config.js';
import { StartError, StoppedError } from './start-error.js';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
// Whoever read our output may go (`npm start | head`); the system goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let stack: Stack | undefined;
let ending: Promise<void> | undefined;

/** Ctrl-C may come twice, from the terminal and forwarded by npm: only the first one does something. */
function end(exitCode: number): Promise<void> {
  ending ??= (async (): Promise<void> => {
    await stack?.stop();
    // Explicit, since a fetch of nats-server or a look-up may still be under way.
    process.exit(exitCode);
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (ending === undefined) say('Stopping.');
    void end(0);
  });

function failed(err: unknown): void {
  if (err instanceof StoppedError || ending !== undefined) return;
  say(
    isForOperator(err)
      ? err.message
      : `Keyfold cannot go on: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`,
  );
  void end(1);
}

function isForOperator(err: unknown): err is Error {
  return [StartError, ConfigError, DataInUseError, NatsServerMissingError, PortTakenError].some(
    (kind) => err instanceof kind,
  );
}

process.on('uncaughtException', failed);
process.on('unhandledRejection', failed);

try {
  const config = await readStackConfig(process.env, say);
  stack = new Stack(config, say);
  const started = await stack.start();
  printStarted(config, started);
  await started.passwordWasShown();
} catch (error) {
  failed(error);
}
