import type { Logger } from '@keyfold/service-kit';

/** The service's logger, as one injectable. */
export class ServiceLogger {
  constructor(readonly log: Logger) {}
}
