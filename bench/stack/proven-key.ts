import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AskedServer } from '../support/asked-server.js';
import type { HttpLoad } from '../support/http-load.js';
import { AdminSession } from './admin-session.js';
import { gatewayOf, startProduct } from './product.js';
import { waitFor } from './services.js';

const SIGN_IN_TIMEOUT_MS = 30_000;
const CONNECTIONS = 32;

/** What a proxy tells of the request that it asks about. */
export const FORWARDED_LINES = [
  'X-Forwarded-Method: GET',
  'X-Forwarded-Uri: /reports/42',
  'X-Forwarded-Host: reports.example.com',
  'X-Forwarded-For: 192.0.2.7',
];

/** The product with a key that has been used. */
export interface ProvenKey {
  readonly session: AdminSession;
  readonly username: string;
  readonly key: string;
  readonly authorization: string;
  readonly gateway: AskedServer;
  readonly gatewayOpsUrl: string;
  /** A file with that value, for a load. */
  readonly authorizationsFile: string;
  /** What `/v1/forward-auth` answers it with. */
  readonly headers: Headers;
  /** Asks a server that answers without a body. */
  readonly load: (url: string, seconds: number) => HttpLoad;
}

/** Starts the product in this folder, runs the work, stops it. */
export async function withProvenKey<Result>(
  folder: string,
  work: (proven: ProvenKey) => Promise<Result>,
  env: Record<string, string> = {},
): Promise<Result> {
  const product = await startProduct(folder, env);
  try {
    const session = await AdminSession.signIn(product.adminUrl, product.adminPassword);
    const { key, username } = await session.provisionKey();
    const authorization = basic(username, key);
    const gateway = { url: product.gatewayUrl, pid: gatewayOf(product) };
    const authorizationsFile = await keepAuthorizations(folder, 'proven', [authorization]);
    return await work({
      session,
      username,
      key,
      authorization,
      authorizationsFile,
      gateway,
      gatewayOpsUrl: product.gatewayOpsUrl,
      headers: await waitUntilAllowed(gateway.url, authorization),
      load: (url, seconds) => ({
        url,
        seconds,
        authorizationsFile,
        connections: CONNECTIONS,
        lines: FORWARDED_LINES,
        answerEnd: '\r\n\r\n',
        statuses: [200],
      }),
    });
  } finally {
    await product.stop();
  }
}

/** A file for a load to read; @returns its path */
export async function keepAuthorizations(folder: string, name: string, values: readonly string[]): Promise<string> {
  const file = join(folder, `${name}.authorizations`);
  await writeFile(file, `${values.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** An Authorization value. */
export function basic(username: string, key: string): string {
  return `Basic ${Buffer.from(`${username}:${key}`).toString('base64')}`;
}

/** @returns the headers of the answer */
export async function waitUntilAllowed(gatewayUrl: string, authorization: string): Promise<Headers> {
  let headers = new Headers();
  await waitFor('the key to pass', SIGN_IN_TIMEOUT_MS, async () => {
    const answer = await fetch(`${gatewayUrl}/v1/forward-auth`, { headers: { authorization } });
    ({ headers } = answer);
    return answer.status === 200;
  });
  return headers;
}
