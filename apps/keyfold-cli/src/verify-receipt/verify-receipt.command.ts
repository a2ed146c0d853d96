import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { verifyReceipt } from '@keyfold/domain';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, ioError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { readTextFile, readVerifierKey } from '../verify/key-material.js';
import { readPinnedGateways } from './pinned-gateways.js';
import { describeReceipt, receiptReport } from './receipt-report.js';

const EXPLANATION = `
Checks offline that the log has this record, and that each gateway process listed as "applied" has cosigned a tree with
it. Exit code: 0 genuine, 1 refused, 2 wrong usage, 3 unreadable file.

With the log's key alone you have to trust the log for the list of gateways, for their keys and for every "lease ended".
--gateways takes the keys that you have kept (one on each line, or the answer of GET /v1/gateways): the receipt must
name each of these processes, and "applied" counts by these keys only. A receipt does not say which key you meant: ask
with --expect-key.`;

interface VerifyReceiptOptions {
  readonly key: string;
  readonly gateways?: string;
  readonly expectKey?: string;
  readonly json?: true;
}

export function verifyReceiptCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('verify-receipt')
    .summary('check the receipt of a confirmed write against the public key of its log')
    .argument('<receipt>', 'file with the receipt, - for standard input')
    .requiredOption('--key <file or key>', "the log's public key (log.pub), as a file or as the key itself")
    .option('--gateways <file>', 'keys of the gateway processes that you have kept')
    .option('--expect-key <id>', 'refuse the receipt unless its record concerns this API key')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXPLANATION)
    .action(async (file: string, options: VerifyReceiptOptions) => {
      done(await verifyFile(terminal, file, options));
    });
}

async function verifyFile(terminal: Terminal, file: string, options: VerifyReceiptOptions): Promise<ExitCode> {
  const { expectKey } = options;
  const logKey = await readVerifierKey(options.key);
  const gateways = options.gateways === undefined ? undefined : await readPinnedGateways(options.gateways);
  const receipt = file === '-' ? await readStandardInput(terminal) : await readTextFile(file, 'the receipt');
  const verdict = verifyReceipt(receipt, {
    logKey,
    ...(gateways === undefined ? {} : { gateways }),
    ...(expectKey === undefined ? {} : { expectKey }),
  });
  const asJson = options.json === true;
  const report = asJson ? JSON.stringify(receiptReport(verdict, receipt)) : describeReceipt(verdict, receipt);
  terminal.stdout.write(`${report}\n`);
  return verdict.isGenuine ? EXIT.ok : EXIT.verificationFailed;
}

function readStandardInput({ stdin }: Terminal): Promise<string> {
  return text(stdin).catch((error: unknown) => {
    throw ioError('cannot read the receipt', error);
  });
}
