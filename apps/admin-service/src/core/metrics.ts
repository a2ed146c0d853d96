import { collectDefaultMetrics, Registry } from 'prom-client';

/** The registry behind `/metrics`; one per application, so that several can run in one process. */
export class Metrics {
  readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
