import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { CommandError, EXIT, ioError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** What an export may be restricted to; see the admin-service's `GET /v1/audit/export`. */
export type ExportQuery = Readonly<Partial<Record<'treeSize' | 'from' | 'to' | 'openings', string>>>;

/** Asks the admin-service for an export. @throws CommandError if it cannot be reached or refuses */
export async function requestExport(terminal: Terminal, query: ExportQuery): Promise<Readable> {
  const response = await requestService(terminal, 'v1/audit/export', { query });
  if (response.body === null) throw new CommandError(EXIT.io, 'the service sent nothing');
  // The two declarations of the same web stream (lib and node:stream/web) do not know each other.
  return Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
}

/** A GET, or with a body a POST. */
export interface ServiceRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** The header of that name (RFC 7240). */
  readonly prefer?: string;
}

/**
 * Asks the admin-service that `KEYFOLD_URL` names, as who `KEYFOLD_TOKEN` is. @throws CommandError for every answer but
 * a good one
 */
export async function requestService(
  terminal: Terminal,
  path: string,
  { body, prefer, query = {} }: ServiceRequest,
): Promise<Response> {
  const token = await tokenOf(terminal);
  const base = terminal.serviceUrl ?? DEFAULT_URL;
  const url = URL.parse(path, base.endsWith('/') ? base : `${base}/`);
  if (url === null) throw new CommandError(EXIT.usage, 'KEYFOLD_URL is not a URL');
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const preference = prefer === undefined ? {} : { prefer };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...preference };
  const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(url, sent).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw ioError(`cannot reach ${url.origin}`, cause);
  });
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function tokenOf({ token, tokenFile }: Terminal): Promise<string> {
  if (token !== undefined) return token;
  if (tokenFile === undefined)
    throw new CommandError(EXIT.usage, 'neither KEYFOLD_TOKEN nor KEYFOLD_TOKEN_FILE is set');
  const text = await readFile(tokenFile, 'utf8').catch((error: unknown) => {
    throw ioError('cannot read KEYFOLD_TOKEN_FILE', error);
  });
  return text.trim();
}

async function refusalOf(response: Response): Promise<CommandError> {
  const problem: unknown = await response.json().catch(() => null);
  const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? String(problem.detail) : '';
  return new CommandError(EXIT.io, `the service answered ${response.status} ${detail}`.trimEnd());
}
