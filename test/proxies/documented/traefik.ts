import {
  type DocumentedProxy,
  type Field,
  forwardedFields,
  isOneOf,
  question,
  refused,
  replaced,
  valuesOf,
  without,
} from './documented-proxy.js';
import { at, shippedYaml, textAt, textsAt } from './shipped-yaml.js';

/** Entry points keep X-Forwarded-* and X-Real-Ip of trusted addresses only. */
const OF_TRUSTED_PEERS = /^(x-forwarded-.*|x-real-ip)$/i;

/**
 * ForwardAuth of Traefik 3.7: a GET with the listed fields; 2xx passes with the listed fields replaced, anything else
 * goes to the client whole.
 */
export const traefik: DocumentedProxy = async ({ http }, request) => {
  const entryPoint = at(shippedYaml('traefik/traefik.yml'), 'entryPoints', 'web');
  const routing = at(shippedYaml('traefik/dynamic/keyfold.yml'), 'http');
  let fields: Field[] = request.fields.filter(([name]) => !OF_TRUSTED_PEERS.test(name));
  if (at(entryPoint, 'http', 'aliasHeadersStrategy') === 'delete')
    fields = fields.filter(([name]) => /^[A-Za-z0-9-]+$/.test(name));
  const router = isWebSocket(request.fields) ? 'app-websocket' : 'app';
  for (const name of textsAt(routing, 'routers', router, 'middlewares')) {
    const middleware = Object(at(routing, 'middlewares', name)) as { forwardAuth?: unknown; headers?: unknown };
    if (middleware.headers !== undefined) fields = withHeadersSet(middleware.headers, fields);
    if (middleware.forwardAuth === undefined) continue;
    const { forwardAuth } = middleware;
    const sent = fields.filter(isOneOf(textsAt(forwardAuth, 'authRequestHeaders')));
    const uri = textAt(forwardAuth, 'address').replace('http://{{ env "KEYFOLD_GATEWAY" }}', '');
    const answer = await question(http, { method: 'GET', uri, fields: [...sent, ...forwardedFields(request)] });
    if (answer === null) return refused(500);
    if (answer.status < 200 || answer.status > 299) return refused(answer.status, answer.fields);
    fields = replaced(fields, textsAt(forwardAuth, 'authResponseHeaders'), answer.fields);
  }
  return { passed: true, fields };
};

/** The rule of the router for WebSockets: any line of a header may match. */
function isWebSocket(fields: readonly Field[]): boolean {
  const isOffered = valuesOf(fields, 'Upgrade').some((value) => /^websocket$/i.test(value));
  return isOffered && valuesOf(fields, 'Sec-WebSocket-Key').some((value) => value !== '');
}

/** The header gets the value alone; an empty one removes it. */
function withHeadersSet(headers: unknown, fields: readonly Field[]): Field[] {
  const values = Object.entries(Object(at(headers, 'customRequestHeaders')) as Record<string, string>);
  const rest = without(
    fields,
    values.map(([name]) => name),
  );
  return [...rest, ...values.filter(([, value]) => value !== '')];
}
