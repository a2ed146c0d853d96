import { adminText } from './de/admin.js';
import { fieldRulesText } from './de/field-rules.js';
import { frameText } from './de/frame.js';
import { keysText } from './de/keys.js';
import { operationsText } from './de/operations.js';
import type { Messages } from './en.js';

/** Every text of the console in German, but those of the auditor's pages. */
export const de: Messages = { ...frameText, ...fieldRulesText, ...keysText, ...adminText, ...operationsText };
