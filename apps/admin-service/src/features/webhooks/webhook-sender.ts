import { type Dispatcher, Pool, request } from 'undici';
import { hasProxy, outboundAgent, type ProxySettings } from '../../platform/outbound-proxy.js';
import { AddressNotAllowedError, checkedAddress, guardedLookup, requireAllowedHost } from './webhook-address.js';

/** What came of an attempt: the receiver's status, or why there is none. */
export interface SendResult {
  readonly status: number | null;
  readonly error: 'ADDRESS_NOT_ALLOWED' | 'TIMEOUT' | 'NOT_REACHABLE' | null;
}

const TIMEOUT_MS = 15_000;

/**
 * Posts a message: one connection, no redirect followed, the answer's body not read. Never rejects. What the receiver
 * or the network says besides the status is not kept: it could be anything from inside.
 *
 * @param options `proxy`: the settings of `HTTPS_PROXY` and `NO_PROXY`; without them every receiver is reached directly
 */
export async function sendWebhook(
  url: string,
  message: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  options: { readonly allowPrivate: boolean; readonly timeoutMs?: number; readonly proxy?: ProxySettings },
): Promise<SendResult> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  try {
    return { status: await post(new URL(url), message, { ...options, signal }), error: null };
  } catch (error) {
    if (error instanceof AddressNotAllowedError) return { status: null, error: 'ADDRESS_NOT_ALLOWED' };
    return { status: null, error: signal.aborted ? 'TIMEOUT' : 'NOT_REACHABLE' };
  }
}

async function post(
  url: URL,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  { allowPrivate, proxy = {}, signal }: { allowPrivate: boolean; proxy?: ProxySettings; signal: AbortSignal },
): Promise<number> {
  requireAllowedHost(url.hostname, allowPrivate);
  // This lookup is wasted if NO_PROXY excepts the host. Only the agent knows that; it then looks the host up itself.
  const address = hasProxy(proxy) ? await untilAborted(checkedAddress(url.hostname, allowPrivate), signal) : '';
  // Each message uses a new connection: a kept one would outlive the check of its address.
  const agent = outboundAgent(proxy, {
    connect: { lookup: guardedLookup(allowPrivate) },
    clientFactory: (origin, options) => new Pool(origin, options).compose(tunnelTo(`${address}:${url.port || '443'}`)),
  });
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      signal,
      body,
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Keyfold-Webhooks' },
    });
    answer.body.on('error', () => undefined).destroy();
    return answer.statusCode;
  } finally {
    await agent.destroy();
  }
}

/**
 * Has the proxy connect to the address that was checked instead of a name that it would resolve itself. TLS within the
 * tunnel still asks for the name.
 */
function tunnelTo(authority: string): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch({ ...options, path: authority, headers: { ...(options.headers as object), host: authority } }, handler);
}

function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('took too long'));
    });
    work.then(resolve, reject);
  });
}
