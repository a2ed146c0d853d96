import type { IncomingMessage } from 'node:http';

/** Other forms of HTTP: behind them requests would reach the upstream that nobody has decided on. */
const HTTP_AGAIN = /^(?:h2c?|http|tls)(?:$|\/)/;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:\/[!#$%&'*+.^_`|~0-9a-z-]+)?$/;

/** The protocols that a request asks to change to, in lower case, without those that are HTTP again. */
export function offeredProtocols({ headers }: IncomingMessage): readonly string[] {
  const { upgrade } = headers;
  if (upgrade === undefined) return NONE;
  return upgrade
    .split(',')
    .map((protocol) => protocol.trim().toLowerCase())
    .filter((protocol) => TOKEN.test(protocol) && !HTTP_AGAIN.test(protocol));
}

const NONE: readonly string[] = [];
