import { isTimestamp, NoteError, type NoteSigner, type NoteVerifier, readNote, signNote } from '../log/index.js';
import { RECEIPT_FORMAT } from './receipt.js';
import { ReceiptError } from './receipt-error.js';

/** How one lease row stands in a receipt. */
export type StatementLine = { readonly gatewayId: string; readonly slot: string; readonly at: string } & (
  | {
      readonly by: 'applied';
      /** Of the checkpoint that the process cosigned; perhaps below what it has applied. */
      readonly size: number;
    }
  | { readonly by: 'lease-ended' }
);

/** What the log says of a write: which processes may answer, and how each of them can no longer ignore it. */
export interface Statement {
  /** The log's. */
  readonly origin: string;
  /** Of the record. */
  readonly position: number;
  /** One for each lease row, so for each incarnation of a process. */
  readonly lines: readonly StatementLine[];
}

// A gateway of an older version may have such an id. The slot `-` is that of a process of an older version, which does
// not say its slot and has no key.
const LINE = /^(?<gatewayId>[!-~]{1,128}) (?<slot>0|[1-9]\d{0,3}|-) (?:applied (?<size>\S+)|lease-ended -) (?<at>\S+)$/;
const COUNT = /^[1-9]\d{0,15}$/;

/**
 * Signs a statement with the log's key.
 *
 * @throws ReceiptError `STATEMENT` if it could not be read again
 */
export function signStatement(statement: Statement, signer: NoteSigner): string {
  const text = statementText(statement);
  parseStatement(text);
  return signNote(text, signer);
}

function statementText({ origin, position, lines }: Statement): string {
  const rows = lines.map((line) => {
    const size = line.by === 'applied' ? String(line.size) : '-';
    return `${line.gatewayId} ${line.slot} ${line.by} ${size} ${line.at}\n`;
  });
  return `${RECEIPT_FORMAT}\n${origin}\n${position}\n${rows.join('')}`;
}

/**
 * Reads a statement that has exactly one signature, by the log's key.
 *
 * @throws ReceiptError `STATEMENT` if it is malformed, of another origin, or not signed so
 */
export function openStatement(note: string, logKey: NoteVerifier): Statement {
  const { text, signatures } = readSigned(note);
  const [own, ...others] = signatures;
  if (own?.name !== logKey.name || own.keyId !== logKey.keyId || others.length > 0) {
    throw refused(`the statement is not signed by ${logKey.name}+${logKey.keyId} alone`);
  }
  if (!logKey.verify(Buffer.from(text), own.signature)) throw refused('the signature of the statement is wrong');
  const statement = parseStatement(text);
  if (statement.origin !== logKey.name) throw refused('the statement is of another log');
  return statement;
}

function readSigned(note: string): ReturnType<typeof readNote> {
  try {
    return readNote(note);
  } catch (error) {
    if (error instanceof NoteError) throw refused(`the statement: ${error.message}`, { cause: error });
    throw error;
  }
}

function parseStatement(text: string): Statement {
  const [format, origin, position = '', ...rows] = text.slice(0, -1).split('\n');
  if (format !== RECEIPT_FORMAT || origin === undefined) throw refused(`the statement is not ${RECEIPT_FORMAT}`);
  return { origin, position: countOf(position, 'the position'), lines: rows.map(parseLine) };
}

function parseLine(row: string): StatementLine {
  const { at, gatewayId, size, slot } = LINE.exec(row)?.groups ?? {};
  if (gatewayId === undefined || slot === undefined || !isTimestamp(at)) {
    throw refused('a line of the statement is malformed');
  }
  if (size === undefined) return { gatewayId, slot, by: 'lease-ended', at };
  if (slot === '-') throw refused('a line says that a process without a key has applied');
  return { gatewayId, slot, by: 'applied', size: countOf(size, 'the size of a line'), at };
}

function countOf(text: string, what: string): number {
  const count = COUNT.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw refused(`${what} in the statement is not a whole number from 1`);
  return count;
}

function refused(message: string, options?: ErrorOptions): ReceiptError {
  return new ReceiptError('STATEMENT', message, options);
}
