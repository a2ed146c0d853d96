import type { NewEvent } from './events.js';

// The category audit/ decides no access: its records are hashed like all others and interpreted by readers only.

/** Somebody took an export of the log of so many records, this one included. */
export function exportMade(auditId: string, data: { readonly size: number }): NewEvent {
  return { stream: `audit/${auditId}`, type: 'ExportMade', schemaVersion: 1, data, sealed: {} };
}

/** Somebody had the sealed values of these positions (first to last) shown; fields names what was asked for. */
export function eventsRevealed(
  auditId: string,
  data: { readonly from: number; readonly to: number; readonly fields: readonly string[] },
): NewEvent {
  return { stream: `audit/${auditId}`, type: 'EventsRevealed', schemaVersion: 1, data, sealed: {} };
}
