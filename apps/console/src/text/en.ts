import { adminText } from './en/admin.js';
import { auditText } from './en/audit.js';
import { frame } from './en/frame.js';
import { keysText } from './en/keys.js';
import { operationsText } from './en/operations.js';

/** Every text of the console, in English. Other languages have this type, so a missing text does not compile. */
export const en = { ...frame, ...keysText, ...adminText, ...operationsText, ...auditText };

export type Messages = typeof en;
