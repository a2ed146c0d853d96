// The programs that `npm run test:proxies` runs. As root on Debian and its kin what is missing is installed, and no
// service of theirs is left running; elsewhere the run ends here and says what to install.
import { giveUp, install, isOnPath } from './debian-packages.mjs';

/** Each program is in the package of its name, and so is its service, if it has one. */
const PROGRAMS = ['nginx', 'caddy', 'haproxy', 'curl', 'jq', 'pgbouncer'];

const missing = PROGRAMS.filter((program) => !isOnPath(program));
if (missing.length > 0) install(missing);
const stillMissing = missing.filter((program) => !isOnPath(program));
if (stillMissing.length > 0) giveUp('test:proxies runs real proxies, and these are not installed', stillMissing);
