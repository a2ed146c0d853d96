// Runs after `npm ci`. The package `node` brings the headers for C++ add-ons, 67 MB; nothing here is compiled against
// them.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const platforms = fileURLToPath(new URL('../node_modules/node/node_modules', import.meta.url));
// The runtime is a package for each platform, below `node`. Without development dependencies there is none.
const found = existsSync(platforms) ? readdirSync(platforms, { withFileTypes: true }) : [];
for (const entry of found)
  if (entry.isDirectory()) rmSync(join(platforms, entry.name, 'include'), { recursive: true, force: true });
