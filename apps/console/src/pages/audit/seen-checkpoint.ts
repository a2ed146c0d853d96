import { type Checkpoint, isSignedBy, readCheckpoint, type VerifierKey } from './signed-note.js';

const PREFIX = 'keyfold.log-seen.';

/**
 * The largest checkpoint of this log that this browser has seen. It is kept with its signature: if the log forks, both
 * notes together prove it to anyone.
 *
 * @returns null if there is none, or what is stored is not signed by the log
 */
export async function readSeen(key: VerifierKey): Promise<Checkpoint | null> {
  const stored = readCheckpoint(localStorage.getItem(PREFIX + key.id));
  return stored !== null && (await isSignedBy(stored, key)) ? stored : null;
}

export function remember(key: VerifierKey, { text }: Checkpoint): void {
  localStorage.setItem(PREFIX + key.id, text);
}
