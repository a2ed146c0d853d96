// What `npm run test:console` runs beside npm's packages: Debian's Chromium, and the fonts that the console names
// first, so that pictures of it look the same everywhere.
import { existsSync } from 'node:fs';
import { giveUp, install, isOnPath } from './debian-packages.mjs';

const FONTS = {
  'fonts-inter': '/usr/share/fonts/opentype/inter',
  'fonts-jetbrains-mono': '/usr/share/fonts/truetype/jetbrains-mono',
};

const missing = [
  ...(isOnPath('chromium') ? [] : ['chromium']),
  ...Object.entries(FONTS).flatMap(([name, folder]) => (existsSync(folder) ? [] : [name])),
];
if (missing.length > 0) install(missing);
if (!isOnPath('chromium'))
  giveUp('test:console opens the console in a browser, and this is not installed', ['chromium']);
