export { LOG_TIME_RATE, logTimeAt, nextLogTime, type LogTimeEvidence, type LogTimeMark } from './log-time.js';
export {
  initialClockState,
  observeClocks,
  type ClockReading,
  type ClockState,
  type ClockSuspicion,
  type ReadWithin,
} from './clock-suspicion.js';
