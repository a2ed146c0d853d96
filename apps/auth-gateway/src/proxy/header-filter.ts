/** What the proxy does with a header field: `override-method` is dropped for keys that may only read. */
export type FieldAction = 'pass' | 'drop' | 'override-method';

/** Hop-by-hop fields (RFC 9110, 7.6.1), and those that are set anew from what the parser has read. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The key is for Keyfold alone. The others say who the client is or what it asks for, as only a proxy may (those of the
 * large clouds included), so they are removed or made anew. CGI makes HTTP_PROXY of `Proxy`, from which programs take
 * the proxy of their own requests.
 */
const PROXY_FIELDS = new Set([
  'authorization',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'forwarded',
  'proxy',
  'true-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-host',
  'x-real-ip',
  'x-request-id',
  'x-rewrite-url',
]);
const PROXY_FAMILIES = ['remote-', 'x-auth-request-', 'x-forwarded-', 'x-keyfold-', 'x-original-'];

/** Frameworks that take the method from here would let a reading key write. */
const METHOD_OVERRIDES = new Set(['x-http-method', 'x-http-method-override', 'x-method-override']);

/** Names come from clients, so what is remembered of them is bounded. */
const MAX_REMEMBERED = 1_000;
const remembered = new Map<string, FieldAction>();

/**
 * What to do with a field of a client's request. Servers fold case, and CGI, WSGI, PHP and their kin also fold `_`, `.`
 * and other characters to one, so a name is judged by what it may become behind: `X_Keyfold.User-Id` is
 * `X-Keyfold-User-Id`.
 */
export function requestFieldAction(name: string): FieldAction {
  let action = remembered.get(name);
  if (action === undefined) {
    action = actionOn(name);
    if (remembered.size < MAX_REMEMBERED) remembered.set(name, action);
  }
  return action;
}

/** Whether a name of the upstream's answer is one that only Keyfold may say, or an alias of it. */
export function isIdentityField(name: string): boolean {
  // Only these two letters begin one, and no folding changes a letter but its case.
  const first = name.charCodeAt(0) | 0x20;
  if (first !== 0x78 && first !== 0x72) return false;
  const folded = fold(name);
  return folded === 'remote-user' || folded.startsWith('x-keyfold-');
}

/** Whether a field is hop-by-hop. */
export function isHopByHopField(lowerCaseName: string): boolean {
  return CONNECTION_FIELDS.has(lowerCaseName);
}

function actionOn(name: string): FieldAction {
  if (CONNECTION_FIELDS.has(name.toLowerCase())) return 'drop';
  const folded = fold(name);
  if (PROXY_FIELDS.has(folded) || PROXY_FAMILIES.some((family) => folded.startsWith(family))) return 'drop';
  return METHOD_OVERRIDES.has(folded) ? 'override-method' : 'pass';
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

const NO_OPTIONS: ReadonlySet<string> = new Set();

/**
 * The connection options: names, in lower case, that `Connection` lists. They are hop-by-hop, and are removed before
 * our own are set.
 */
export function connectionOptionsOf(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NO_OPTIONS;
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
}
