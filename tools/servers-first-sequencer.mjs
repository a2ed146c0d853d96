import Sequencer from '@jest/test-sequencer';

/**
 * What starts the whole product takes longest. What needs no server comes before what loads a service into the worker:
 * its modules stay there, and with a gigabyte of them a file that computes waits for the garbage collector (10 s became
 * 74).
 */
const KINDS = [/\.e2e-spec\.ts$/, /\.spec\.ts$/, /\.int-spec\.ts$/];

/**
 * Runs the longest files first, so that no worker is left alone with a long one at the end. Jest sorts by how long
 * each took the last time, but a fresh clone has no last time, and by size a table of cases looks longer than a start
 * of the product.
 */
export default class ServersFirstSequencer extends Sequencer {
  sort(tests) {
    const kind = ({ path }) => {
      const at = KINDS.findIndex((pattern) => pattern.test(path));
      return at < 0 ? KINDS.length : at;
    };
    // Stable: within a kind, and so wherever all files are of one, Jest's order stays.
    return [...super.sort(tests)].sort((one, other) => kind(one) - kind(other));
  }
}
