import { eventText, proofText } from './audit/event.js';
import { eventSentences } from './audit/events.js';
import { explainText } from './audit/explain.js';
import { forksText } from './audit/forks.js';
import { reportsText } from './audit/reports.js';
import { timelineText } from './audit/timeline.js';

/** The auditor's pages, and that of forks, in English. */
export const auditText = {
  timeline: timelineText,
  event: eventText,
  proof: proofText,
  explain: explainText,
  reports: reportsText,
  forks: forksText,
  sentences: eventSentences,
};

/** Other languages have this type, so a missing text does not compile. */
export type AuditMessages = typeof auditText;
