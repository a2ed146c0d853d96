import {
  forwardedFields,
  isOneOf,
  question,
  refused,
  replaced,
  without,
  type DocumentedProxy,
  type Field,
} from './documented-proxy.js';
import { at, shippedYaml, textAt, textsAt } from './shipped-yaml.js';

/** Entry points keep X-Forwarded-* and X-Real-Ip of trusted addresses only. */
const OF_TRUSTED_PEERS = /^(x-forwarded-.*|x-real-ip)$/i;

/** ForwardAuth of Traefik 3.7: a GET with the listed fields; 2xx passes with the listed fields replaced, anything else goes to the client whole. */
export const traefik: DocumentedProxy = async ({ http }, request) => {
  const entryPoint = at(shippedYaml('traefik/traefik.yml'), 'entryPoints', 'web');
  const routing = at(shippedYaml('traefik/dynamic/keyfold.yml'), 'http');
  let fields: Field[] = request.fields.filter(([name]) => !OF_TRUSTED_PEERS.test(name));
  if (at(entryPoint, 'http', 'aliasHeadersStrategy') === 'delete')
    fields = fields.filter(([name]) => /^[A-Za-z0-9-]+$/.test(name));
  for (const name of textsAt(routing, 'routers', 'app', 'middlewares')) {
    const middleware = Object(at(routing, 'middlewares', name)) as { forwardAuth?: unknown; headers?: unknown };
    if (middleware.headers !== undefined) fields = withoutEmptied(middleware.headers, fields);
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

/** An empty value removes a header. */
function withoutEmptied(headers: unknown, fields: readonly Field[]): Field[] {
  const values = Object.entries(Object(at(headers, 'customRequestHeaders')) as Record<string, unknown>);
  return without(
    fields,
    values.filter(([, value]) => value === '').map(([name]) => name),
  );
}
