export {
  explainAccess,
  isConcerning,
  ownerOf,
  type AccessQuestion,
  type AuditedRecord,
  type Explanation,
} from './explain.js';
export { disclosableFields, explainDisclosed, isOpenWithout, type DisclosedExplanation } from './explain-disclosed.js';
export { basisOf } from './last-words.js';
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
