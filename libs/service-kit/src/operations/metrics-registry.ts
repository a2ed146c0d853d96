import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * Gauges with the name ending of a counter: tools that check names (`promtool check metrics`) refuse them.
 */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** A registry with what Node says of the process; one per application, so that several can run in one process. */
export function createMetricsRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}
