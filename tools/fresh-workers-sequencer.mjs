import Sequencer from '@jest/test-sequencer';

/**
 * What needs no server comes first: modules of a service that a worker has loaded stay there, and a file that computes
 * then waits for the garbage collector (16 s became 81 behind files that start the product). Next comes what starts
 * the whole product and takes longest.
 */
const KINDS = [/\.spec\.ts$/, /\.e2e-spec\.ts$/, /\.int-spec\.ts$/];

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
