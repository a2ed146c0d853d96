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

/** A GET unless it says otherwise, and with a body a POST. */
export interface ServiceRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly method?: 'DELETE';
  /** The header of that name (RFC 7240). */
  readonly prefer?: string;
}

/**
 * Asks the admin-service that `KEYFOLD_URL` names, as who `KEYFOLD_TOKEN` is. @throws CommandError for every answer but
 * a good one
 */
export async function requestService(terminal: Terminal, path: string, request: ServiceRequest): Promise<Response> {
  const url = addressOf(terminal, path, request.query ?? {});
  const response = await reach(url, sentAs(await tokenOf(terminal), request));
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/** Asks for what anyone may read. @returns the answer, whatever it is @throws CommandError if there is none */
export function askService(terminal: Terminal, path: string): Promise<Response> {
  return reach(addressOf(terminal, path, {}), { method: 'GET' });
}

function reach(url: URL, init: RequestInit): Promise<Response> {
  return fetch(url, init).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw ioError(`cannot reach ${url.origin}`, cause);
  });
}

function addressOf({ serviceUrl = DEFAULT_URL }: Terminal, path: string, query: Readonly<Record<string, string>>): URL {
  const url = URL.parse(path, serviceUrl.endsWith('/') ? serviceUrl : `${serviceUrl}/`);
  if (url === null) throw new CommandError(EXIT.usage, 'KEYFOLD_URL is not a URL');
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

function sentAs(token: string, { body, method, prefer }: ServiceRequest): RequestInit {
  const preference = prefer === undefined ? {} : { prefer };
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'zstd, gzip', ...preference };
  if (body === undefined) return { method: method ?? 'GET', headers };
  return { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
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
