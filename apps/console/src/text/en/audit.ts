import { eventText, proofText } from './audit/event.js';
import { eventSentences } from './audit/events.js';
import { explainText } from './audit/explain.js';
import { reportsText } from './audit/reports.js';
import { timelineText } from './audit/timeline.js';

/** The auditor's pages, in English. */
export const auditText = {
  timeline: timelineText,
  event: eventText,
  proof: proofText,
  explain: explainText,
  reports: reportsText,
  sentences: eventSentences,
};

/** Other languages have this type, so a missing text does not compile. */
export type AuditMessages = typeof auditText;
