import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const compress = promisify(gzip);
const swaggerUi = createRequire(import.meta.url)
  .resolve('swagger-ui-dist/package.json')
  .replace('package.json', '');

/** The page may load its own files and the document: no script or style inside the page, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves an OpenAPI document at `/openapi.json` and a page to read it at `/docs`, both without sign-in and without the
 * network. Register it before the server listens.
 *
 * @param title of the page, plain text without markup
 * @param document gives the document; called once, when it is first asked for
 */
export function installReferencePage(
  fastify: FastifyInstance,
  { document, title }: { readonly title: string; readonly document: () => object | Promise<object> },
): void {
  const files = new Map<string, () => Promise<Buffer>>([
    ['/openapi.json', async () => Buffer.from(JSON.stringify(await document()))],
    ['/docs', () => Promise.resolve(Buffer.from(pageOf(title)))],
    ['/docs/swagger-ui.css', () => readFile(`${swaggerUi}swagger-ui.css`)],
    ['/docs/swagger-ui-bundle.js', () => readFile(`${swaggerUi}swagger-ui-bundle.js`)],
    ['/docs/reference.css', () => Promise.resolve(Buffer.from(STYLE))],
    ['/docs/reference.js', () => Promise.resolve(Buffer.from(SCRIPT))],
  ]);
  for (const [path, read] of files) {
    let made: Promise<File> | undefined;
    fastify.get(path, async (request, reply) => {
      made ??= fileOf(read).catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return sendFile(request, reply, { path, file: await made });
    });
  }
}

interface File {
  readonly plain: Buffer;
  readonly compressed: Buffer;
}

async function fileOf(read: () => Promise<Buffer>): Promise<File> {
  const plain = await read();
  return { plain, compressed: await compress(plain) };
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { file, path }: { readonly path: string; readonly file: File },
): FastifyReply {
  const isCompressed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  return reply
    .headers({
      'content-type': TYPES[path.split('.')[1] ?? ''] ?? 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      vary: 'accept-encoding',
      // The version before an upgrade would describe another service.
      'cache-control': 'no-store',
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
    })
    .send(isCompressed ? file.compressed : file.plain);
}

function pageOf(title: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/docs/reference.css" />
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/reference.js" defer></script>
  </head>
  <body>
    <main id="reference"></main>
    <noscript>This page needs JavaScript. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
  </body>
</html>
`;
}

const SCRIPT = `
const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 2,
  filter: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
`.trimStart();

const STYLE = `
body { margin: 0; }
.dark-mode body { background: #1c2022; }
noscript { display: block; padding: 2rem; font-family: system-ui, sans-serif; }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description {
  font-family: system-ui, sans-serif;
}
.swagger-ui .wrapper { max-width: 72rem; }
.swagger-ui .info { margin: 2rem 0 1rem; }
.swagger-ui .info .title small { display: none; }
.swagger-ui .scheme-container { box-shadow: none; padding: 0 0 1rem; background: none; }
.swagger-ui .opblock .opblock-summary-path { max-width: 60%; }
`.trimStart();
