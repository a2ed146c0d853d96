// `npm ci` builds (script `prepare`); a start must not build, since several may run at once from one checkout.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../dist/apps/local-stack/src/main.js', import.meta.url))) {
  console.error('Not built yet: run `npm run build` (a plain `npm ci` does it).');
  process.exit(1);
}
