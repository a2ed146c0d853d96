import { createMetricsRegistry } from '@keyfold/service-kit';

/** The registry behind `/metrics`; one per application, so that several can run in one process. */
export class Metrics {
  readonly registry = createMetricsRegistry();
}
