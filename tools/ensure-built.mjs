// `npm ci` builds (script `prepare`); a start must not build, since several may run at once from one checkout.
import { existsSync } from 'node:fs';

const BUILT = ['local-stack/src/main.js', 'console/index.html'];

if (!BUILT.every((path) => existsSync(new URL(`../dist/apps/${path}`, import.meta.url)))) {
  console.error('Not built yet: run `npm run build` (a plain `npm ci` does it).');
  process.exit(1);
}
