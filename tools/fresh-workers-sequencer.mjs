import Sequencer from '@jest/test-sequencer';

/**
 * What computes most comes first: modules that a worker has loaded stay there, and such a file then waits for the
 * garbage collector (6 s became 69 behind some eighty files, though none of them starts a service). Next comes what
 * needs no server, then what starts the whole product and takes longest.
 */
const KINDS = [/\/tamper[^/]*\.spec\.ts$/, /\.spec\.ts$/, /\.e2e-spec\.ts$/, /\.int-spec\.ts$/];

/**
 * Runs short files last, so that no worker is left alone with a long one at the end. Jest sorts by how long each took
 * the last time, but a fresh clone has no last time, and by size a table of cases looks longer than a start of the
 * product.
 */
export default class FreshWorkersSequencer extends Sequencer {
  sort(tests) {
    const kind = ({ path }) => {
      const at = KINDS.findIndex((pattern) => pattern.test(path));
      return at < 0 ? KINDS.length : at;
    };
    // Stable: within a kind, and so wherever all files are of one, Jest's order stays.
    return [...super.sort(tests)].sort((one, other) => kind(one) - kind(other));
  }
}
