import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { documentConventions } from './openapi-conventions.js';
import { Problem } from './problem-response.js';

/** Serves the OpenAPI 3.1 document at /openapi.json and a page to browse it at /docs, both without sign-in. */
export function installOpenApi(app: NestFastifyApplication): void {
  const document = createOpenApiDocument(app);
  SwaggerModule.setup('docs', app, document, {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Keyfold',
  });
}

export function createOpenApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Keyfold admin-service')
    .setDescription('API keys as passwords, on an append-only log that can be verified offline.')
    .setVersion('1')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'A session token from POST /v1/sessions.' },
      'session',
    )
    .addCookieAuth('keyfold_session', { type: 'apiKey', in: 'cookie' }, 'sessionCookie')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    standardSchemaConverter: toJsonSchema,
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
  const problem = toJsonSchema(Problem, { schemaType: 'output' });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, ...(problem.components as Record<string, object>) };
  documentConventions(document);
  return document;
}

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
