/** The broker has no room for the stream, or for more in it. Only its operator or ours can change that. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError';
}

const SIZE_SETTING = 'KEYFOLD_NATS_STREAM_MAX_BYTES';
// JetStream's error codes (nats-server, server/errors.json).
const SENTENCES: ReadonlyMap<number, string> = new Map([
  [10113, `the NATS account demands a size for every stream (max_bytes_required): set ${SIZE_SETTING}`],
  [10122, `the NATS account allows no stream of that size (max_stream_bytes): lower ${SIZE_SETTING}`],
  [10002, `the NATS account has no room left for the stream: give it more, or lower ${SIZE_SETTING}`],
  [10023, `nats-server has no room left for the stream: give JetStream more, or lower ${SIZE_SETTING}`],
  [10047, `nats-server has no room left for the stream: give JetStream more, or lower ${SIZE_SETTING}`],
  [10077, `the stream is full: raise ${SIZE_SETTING}, or the limits of the NATS account`],
]);

/** @returns null if that answer of JetStream's says nothing of room */
export function streamRefusal(code: number, description: string): StreamRefusedError | null {
  const sentence = SENTENCES.get(code);
  return sentence === undefined ? null : new StreamRefusedError(`${sentence} (${description})`);
}
