import { adminText } from './de/admin.js';
import { auditText } from './de/audit.js';
import { frameText } from './de/frame.js';
import { keysText } from './de/keys.js';
import { operationsText } from './de/operations.js';
import type { Messages } from './en.js';

/** Every text of the console, in German. */
export const de: Messages = { ...frameText, ...keysText, ...adminText, ...operationsText, ...auditText };
