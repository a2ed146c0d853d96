// What `npm run test:verifiers` builds and runs: Go, and the packages for transparency logs of its checksum database.
// As root on Debian and its kin what is missing is installed; elsewhere the run ends here and says what to install.
import { existsSync } from 'node:fs';
import { giveUp, install, isOnPath } from './debian-packages.mjs';

const REQUIRED = [
  { name: 'golang-go', isThere: () => isOnPath('go') },
  { name: 'golang-golang-x-mod-dev', isThere: () => existsSync('/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog') },
];

const missingPackages = () => REQUIRED.filter(({ isThere }) => !isThere()).map(({ name }) => name);
if (missingPackages().length > 0) install(missingPackages());
const stillMissing = missingPackages();
if (stillMissing.length > 0) giveUp('test:verifiers checks the log with programs of others', stillMissing);
