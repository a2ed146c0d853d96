import type { JsonObject } from '../log/index.js';
import type { NewEvent } from './events.js';

// The category audit/ decides no access: its records are hashed like all others and interpreted by readers only.

/** The types of the events about reading the log. */
export const AUDIT_EVENT_TYPES = ['ExportMade', 'EventsRevealed'] as const;
/** One of {@link AUDIT_EVENT_TYPES}. */
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** Somebody took an export of the log of so many records, this one included. */
export function exportMade(auditId: string, data: { readonly size: number }): NewEvent {
  return auditEvent(auditId, 'ExportMade', data);
}

/** Somebody had the sealed values of these positions (first to last) shown; fields names what was asked for. */
export function eventsRevealed(
  auditId: string,
  data: { readonly from: number; readonly to: number; readonly fields: readonly string[] },
): NewEvent {
  return auditEvent(auditId, 'EventsRevealed', data);
}

function auditEvent(auditId: string, type: AuditEventType, data: JsonObject): NewEvent {
  return { stream: `audit/${auditId}`, type, schemaVersion: 1, data, sealed: {} };
}
