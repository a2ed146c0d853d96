import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { installReferencePage } from '@keyfold/service-kit';
import type { FeatureDocs } from './api-docs.js';
import { EXAMPLES } from './examples.gen.js';
import { documentConventions } from './openapi-conventions.js';
import { documentExamples } from './openapi-examples.js';
import { documentMembers } from './openapi-members.js';
import { documentOperations } from './openapi-operations.js';
import { Problem } from './problem-response.js';

/** Serves the OpenAPI 3.1 document at /openapi.json and a page to read it at /docs, both without sign-in. */
export function installOpenApi(app: NestFastifyApplication, features: readonly FeatureDocs[]): void {
  // Made when it is first asked for: it takes longer than all the rest of making the application.
  const document = (): OpenAPIObject => createOpenApiDocument(app, features);
  installReferencePage(app.getHttpAdapter().getInstance(), { title: 'Keyfold admin-service', document });
}

/** @param features what each feature says about its operations and the members of its resources */
export function createOpenApiDocument(app: NestFastifyApplication, features: readonly FeatureDocs[]): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Keyfold admin-service')
    .setDescription(DESCRIPTION)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setVersion('1')
    .addServer('/', 'The service that serves this document')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'A session token from POST /v1/sessions, or a JWT of the issuer.',
      },
      'session',
    )
    .addCookieAuth(
      'keyfold_session',
      { type: 'apiKey', in: 'cookie', description: 'The same token, as browsers send it.' },
      'sessionCookie',
    )
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    standardSchemaConverter: toJsonSchema,
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  const problem = toJsonSchema(Problem, { schemaType: 'output' });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, ...(problem.components as Record<string, object>) };
  documentOperations(document, features);
  documentConventions(document);
  documentMembers(document, features);
  documentExamples(document, EXAMPLES);
  return document;
}

const DESCRIPTION = `
Administration of Keyfold: API keys as passwords, on an append-only log that can be verified offline.

**Sign in** with \`POST /v1/sessions\` and send the token as \`Authorization: Bearer\`; browsers get it as a cookie.

**Refusals** are problem documents (RFC 9457) with a stable \`code\`. They are checked in this order: sign-in (401), shape (400),
permission (403), existence (404), version (412), state (409), policy (422). Beside those that an operation lists, any request can be
refused with \`METHOD_NOT_ALLOWED\` (405), \`CONTENT_TOO_LARGE\` (413, bodies over 131,072 bytes), \`URI_TOO_LONG\` (414),
\`UNSUPPORTED_MEDIA_TYPE\` (415, anything but JSON), \`HEADERS_TOO_LARGE\` (431), \`LOG_FORKED\` (503) and \`INTERNAL_ERROR\` (500).

**Lists** come in pages: \`{ "items": [...], "nextCursor": "..." }\`. \`nextCursor\` is null on the last page.

**Writes** answer with \`Keyfold-Position\`, their position in the log. \`Idempotency-Key\` makes a repeated POST safe, \`If-Match\`
guards against lost updates, and \`Prefer: wait=N\` answers once no gateway can miss the write.

Instants are RFC 3339 in UTC with milliseconds. Ids are opaque.
`.trim();

/**
 * Nest asks for the dialect of OpenAPI 3.0, whose boolean `exclusiveMinimum` is no JSON Schema 2020-12; so the schemas
 * are converted here, those with an id as components.
 */
function toJsonSchema(
  schema: unknown,
  { schemaType }: { schemaType: 'input' | 'output' },
): { schema: unknown; components?: Record<string, unknown> } {
  const converted = z.toJSONSchema(schema as z.ZodType, {
    target: 'draft-2020-12',
    io: schemaType,
    unrepresentable: 'any',
    override: ({ jsonSchema, zodSchema: { _zod } }) => {
      // The format of an instant is enough; the pattern repeats it in 400 characters.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // An answer may have more members in a later version; only what callers send is closed.
      if (_zod.def.type === 'object' && !('catchall' in _zod.def && _zod.def.catchall !== undefined))
        delete jsonSchema.additionalProperties;
    },
  });
  const { $defs = {}, ...own } = converted as { $defs?: Record<string, object>; id?: string };
  const components = Object.fromEntries(Object.entries($defs).map(([name, definition]) => [name, plain(definition)]));
  const { id } = own;
  if (id === undefined) return { schema: plain(own), components };
  return { schema: { $ref: `#/$defs/${id}` }, components: { ...components, [id]: plain(own) } };
}

/** Without the members that make sense in a document of its own only. */
function plain(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== 'id' && name !== '$schema'));
}
