import { adminText } from './en/admin.js';
import { fieldRulesText } from './en/field-rules.js';
import { frame } from './en/frame.js';
import { keysText } from './en/keys.js';
import { operationsText } from './en/operations.js';

/**
 * Every text of the console in English, but those of the auditor's pages (audit-messages.ts). Other languages have this
 * type, so a missing text does not compile.
 */
export const en = { ...frame, ...fieldRulesText, ...keysText, ...adminText, ...operationsText };

export type Messages = typeof en;
