import Sequencer from '@jest/test-sequencer';

/** Longest kind first: what starts the whole product, what starts a server, and what needs none. */
const KINDS = [/\.e2e-spec\.ts$/, /\.int-spec\.ts$/];

/**
 * Runs long files before short ones, so that no worker is left alone with a long one at the end. Jest sorts by how long
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
