import { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where spans go, and how many of them. */
export interface TracingSettings {
  /** Takes spans by OTLP/HTTP, JSON. */
  readonly url: string;
  readonly sampler: SamplerName;
  /** Of the samplers that take a part: how large a part, 0 to 1. */
  readonly ratio: number;
  /** How long spans are collected before they are sent. */
  readonly sendAfterMs: number;
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4318';
const DEFAULT_SEND_AFTER_MS = 5_000;

/** Member of a service's own schema; what OpenTelemetry itself has names for is read by {@link tracingSettings}. */
export const tracingVariables = { KEYFOLD_TRACING: z.enum(['on', 'off']).optional() };

/**
 * Reads OpenTelemetry's own variables: tracing is on where one of them names an endpoint, unless `OTEL_SDK_DISABLED` or
 * `KEYFOLD_TRACING=off` says otherwise; `KEYFOLD_TRACING=on` alone sends to a collector on this machine. What these
 * variables get wrong is warned about, as the specification wants it, and never keeps a service from starting.
 * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and the rest of `OTEL_EXPORTER_OTLP_*` are read by the SDK.
 *
 * @returns null where tracing is off
 */
export function tracingSettings(
  tracing: 'on' | 'off' | undefined,
  env: Environment,
  warn: (sentence: string) => void,
): TracingSettings | null {
  const url = urlOf(env);
  if (tracing === 'off' || (tracing === undefined && (url === null || isDisabled(env)))) return null;
  const target = url ?? `${DEFAULT_ENDPOINT}/v1/traces`;
  if (!isHttpUrl(target)) {
    warn('OTEL_EXPORTER_OTLP_ENDPOINT is no URL of http: nothing is traced.');
    return null;
  }
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'];
  if (protocol !== undefined && protocol !== 'http/json')
    warn(`Spans are sent as OTLP over HTTP in JSON; the protocol ${JSON.stringify(protocol)} is not spoken.`);
  return { url: target, ...samplingOf(env, warn), sendAfterMs: sendAfterMs(env) };
}

function urlOf(env: Environment): string | null {
  const ofTraces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (ofTraces !== undefined && ofTraces !== '') return ofTraces;
  const ofAll = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return ofAll === undefined || ofAll === '' ? null : `${ofAll.replace(/\/$/, '')}/v1/traces`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isDisabled(env: Environment): boolean {
  return env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
}

function samplingOf(env: Environment, warn: (sentence: string) => void): Pick<TracingSettings, 'sampler' | 'ratio'> {
  const named = env['OTEL_TRACES_SAMPLER'];
  const sampler = SAMPLERS.find((name) => name === named) ?? 'parentbased_always_on';
  if (named !== undefined && named !== sampler) warn(`OTEL_TRACES_SAMPLER is no sampler: ${sampler} is used.`);
  const argument = env['OTEL_TRACES_SAMPLER_ARG'];
  const ratio = argument === undefined || argument === '' ? 1 : Number(argument);
  if (ratio >= 0 && ratio <= 1) return { sampler, ratio };
  warn('OTEL_TRACES_SAMPLER_ARG is not from 0 to 1: 1 is used.');
  return { sampler, ratio: 1 };
}

function sendAfterMs(env: Environment): number {
  const delay = Number(env['OTEL_BSP_SCHEDULE_DELAY'] ?? DEFAULT_SEND_AFTER_MS);
  return Number.isFinite(delay) && delay >= 1 ? delay : DEFAULT_SEND_AFTER_MS;
}
