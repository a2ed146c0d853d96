import { EXAMPLES } from './examples.gen.js';
import { gatewayPaths } from './gateway-operations.js';
import { gatewaySchemas } from './gateway-schemas.js';

/** The OpenAPI 3.1 document of the gateway. It is the same for every gateway of a version. */
export function gatewayDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyfold auth-gateway',
      description: DESCRIPTION,
      version: '1',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/', description: 'The service that serves this document' }],
    tags: [
      { name: 'Proxies', description: 'A proxy asks about each request before it passes it on.' },
      { name: 'Services', description: 'A service, or an integration itself, asks about a key.' },
    ],
    paths: gatewayPaths(EXAMPLES),
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'User name and API key, UTF-8 (RFC 7617).' },
      },
      schemas: gatewaySchemas(),
    },
  };
}

const DESCRIPTION = `
Decides whether a user name and an API key may pass. Each family of proxy headers has a path of its own, and a path reads no other
family. Such headers count only from trusted proxies (\`KEYFOLD_TRUSTED_PROXIES\`).

**Whoever may not sign in** gets one and the same 401, whatever the reason. Only a caller who has proven the key learns more: 403 for a
limit of the key, 429 for too many requests.

**Without a lease** the gateway allows nothing and answers 503 \`STALE\`. No error ends in "allowed".

Refusals are problem documents (RFC 9457) with a stable \`code\`. Beside those that an operation lists, any request can be refused with
\`INVALID_REQUEST\` (400, ambiguous or malformed HTTP), \`METHOD_NOT_ALLOWED\` (405, CONNECT and TRACE), \`HEADERS_TOO_LARGE\` (431) and
\`INTERNAL_ERROR\` (500).

The gateway also answers over gRPC (\`envoy.service.auth.v3.Authorization/Check\`), over NATS (\`keyfold.verify\`), and as a reverse proxy
on a port of its own.
`.trim();
