import type { Sampler } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logging/logger.js';
import { Tracing, type TracingParts } from './tracing.js';
import type { SamplerName, TracingSettings } from './tracing-settings.js';

/** At the end a collector that does not answer is not waited for longer. */
const SHUTDOWN_MS = 3_000;

/**
 * Switches tracing on. OpenTelemetry is loaded here and nowhere else: where tracing is off it costs nothing, not even
 * memory.
 *
 * @param service name of the service in the spans, where `OTEL_SERVICE_NAME` gives none
 */
export async function startTracing(
  settings: TracingSettings,
  { log, service }: { readonly service: string; readonly log: Logger },
): Promise<Tracing> {
  const [api, core, resources, sdk, otlp] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  // Failed exports are told here and nowhere else.
  core.setGlobalErrorHandler((error) => {
    log.warn({ reason: error instanceof Error ? error.message : 'unknown' }, 'spans could not be sent');
  });
  const provider = new sdk.TracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': service })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: samplerOf(sdk, settings),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new otlp.OTLPTraceExporter({ url: settings.url }),
        scheduledDelayMillis: settings.sendAfterMs,
      }),
    ],
  });
  return new Tracing({
    api,
    tracer: provider.getTracer('keyfold'),
    propagator: new core.W3CTraceContextPropagator(),
    shutdown: () => endWithin(provider.shutdown(), SHUTDOWN_MS),
  } satisfies TracingParts);
}

type Sdk = typeof import('@opentelemetry/sdk-trace');

function samplerOf(sdk: Sdk, { ratio, sampler }: TracingSettings): Sampler {
  const prefix = 'parentbased_';
  const root = rootSampler(sdk, sampler.replace(prefix, '') as SamplerName, ratio);
  return sampler.startsWith(prefix) ? new sdk.ParentBasedSampler({ root }) : root;
}

function rootSampler(sdk: Sdk, name: SamplerName, ratio: number): Sampler {
  if (name === 'always_off') return new sdk.AlwaysOffSampler();
  return name === 'traceidratio' ? new sdk.TraceIdRatioBasedSampler(ratio) : new sdk.AlwaysOnSampler();
}

async function endWithin(ended: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  // Spans that could not be sent are lost, and nobody stops for them.
  await Promise.race([ended.catch(() => undefined), late]);
  clearTimeout(timer);
}
