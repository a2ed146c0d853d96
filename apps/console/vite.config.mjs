import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const OUTPUT = new URL('../../dist/apps/console', import.meta.url).pathname;

export default defineConfig({
  base: '/console/',
  // The admin-service puts a fresh nonce here for each answer (apps/admin-service/src/features/console).
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL is none of the sources that the console's policy allows.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
    // Tells the tests which chunks a page needs.
    manifest: true,
  },
  css: { modules: { localsConvention: 'camelCaseOnly' } },
  plugins: [precompressed()],
});

/** Writes a Brotli and a gzip copy of each asset beside it, so that no request compresses anything. */
function precompressed() {
  let folder;
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(resolve(root, build.outDir), 'assets');
    },
    closeBundle() {
      for (const name of readdirSync(folder)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const content = readFileSync(join(folder, name));
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, { params }));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}
