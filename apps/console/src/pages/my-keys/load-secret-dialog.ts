import { Problem } from '../../api/http.js';

/**
 * To be awaited before a key is asked for: the script that shows it must be there when it comes, for it comes only
 * once.
 *
 * @throws Problem if the script cannot be loaded; no key has been made then
 */
export async function loadSecretDialog(): Promise<void> {
  try {
    await import('./secret-dialog.js');
  } catch {
    throw new Problem(0, 'NO_ANSWER', { isRead: true });
  }
}
