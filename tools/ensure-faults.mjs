// What `npm run test:faults` needs beside npm's packages: libfaketime, for a Postgres whose clock is wrong.
import { readdirSync } from 'node:fs';
import { giveUp, install } from './debian-packages.mjs';

const PACKAGE = 'libfaketime';

if (!isInstalled()) install([PACKAGE]);
if (!isInstalled()) giveUp('test:faults sets clocks wrong, and this is not installed', [PACKAGE]);

/** As test/support/fake-time.ts looks for it. */
function isInstalled() {
  return readdirSync('/usr/lib', { recursive: false }).some((folder) => {
    try {
      return readdirSync(`/usr/lib/${folder}/faketime`).includes('libfaketime.so.1');
    } catch {
      return false;
    }
  });
}
