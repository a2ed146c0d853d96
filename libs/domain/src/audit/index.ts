export {
  explainAccess,
  isConcerning,
  ownerOf,
  type AccessQuestion,
  type AuditedRecord,
  type Explanation,
} from './explain.js';
export { explainDisclosed, type DisclosedExplanation } from './explain-disclosed.js';
export { LogFold } from './log-fold.js';
export { summaryOf } from './record-summary.js';
export {
  differencesBetween,
  snapshotOf,
  viewOf,
  type Difference,
  type EntityView,
  type StateView,
} from './state-view.js';
