export { LOG_TIME_RATE, logTimeAt, nextLogTime, type LogTimeEvidence, type LogTimeMark } from './log-time.js';
export {
  CLOCK_AGREEMENT_MS,
  initialClockState,
  MAX_CLOCK_ERROR_MS,
  observeClocks,
  wallDifference,
  type ClockReading,
  type ClockState,
  type ClockSuspicion,
  type ReadWithin,
} from './clock-suspicion.js';
