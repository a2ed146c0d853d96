// The programs that `npm run test:image` runs, each in the package of its name: buildah builds the image, mmdebstrap
// its base. Both work with mounts and chroots, so the run ends here without root.
import { giveUp, install, isOnPath } from './debian-packages.mjs';

const PROGRAMS = ['buildah', 'mmdebstrap'];

const missing = PROGRAMS.filter((program) => !isOnPath(program));
if (missing.length > 0) install(missing);
const stillMissing = missing.filter((program) => !isOnPath(program));
if (stillMissing.length > 0) giveUp('test:image builds an image, and these are not installed', stillMissing);
if (process.getuid?.() !== 0) {
  console.error('test:image builds an image in chroots: run it as root, in a container for example.');
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
