// The programs that `npm run test:proxies` runs. As root on Debian and its kin what is missing is installed, and no service of theirs
// is left running; elsewhere the run ends here and says what to install.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { giveUp, install } from './debian-packages.mjs';

/** Each program is in the package of its name, and so is its service, if it has one. */
const PROGRAMS = ['nginx', 'caddy', 'haproxy', 'curl'];

const missing = PROGRAMS.filter((program) => !isInstalled(program));
if (missing.length > 0) install(missing);
const stillMissing = missing.filter((program) => !isInstalled(program));
if (stillMissing.length > 0) giveUp('test:proxies runs real proxies, and these are not installed', stillMissing);

function isInstalled(program) {
  // Debian keeps servers where the PATH of ordinary users does not look.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
