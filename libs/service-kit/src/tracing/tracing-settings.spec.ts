import { expect, test } from '@jest/globals';
import { tracingSettings } from './tracing-settings.js';

const ENDPOINT = 'http://collector:4318';
const settingsOf = (
  env: Record<string, string>,
  tracing?: 'on' | 'off',
): { settings: ReturnType<typeof tracingSettings>; warnings: string[] } => {
  const warnings: string[] = [];
  const settings = tracingSettings(tracing, env, (sentence) => warnings.push(sentence));
  return { settings, warnings };
};

test('tracing is off unless an endpoint is named or it is switched on', () => {
  expect(settingsOf({}).settings).toBeNull();
  expect(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }).settings).toBeNull();
  expect(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }).settings?.url).toBe(`${ENDPOINT}/v1/traces`);
  expect(settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/otlp/` }).settings?.url).toBe(
    `${ENDPOINT}/otlp/v1/traces`,
  );
  expect(settingsOf({}, 'on').settings?.url).toBe('http://127.0.0.1:4318/v1/traces');
});

test('the endpoint of traces alone is taken as it is', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces/in' };
  expect(settingsOf(env).settings?.url).toBe('http://traces/in');
});

test('it can be switched off whatever the endpoint', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT };
  expect(settingsOf(env, 'off').settings).toBeNull();
  expect(settingsOf({ ...env, OTEL_SDK_DISABLED: 'TRUE' }).settings).toBeNull();
  expect(settingsOf({ ...env, OTEL_TRACES_EXPORTER: 'none' }).settings).toBeNull();
});

test('samplers are those of the specification; what is none is warned about', () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT };
  expect(settingsOf(env)).toEqual({
    settings: { url: `${ENDPOINT}/v1/traces`, sampler: 'parentbased_always_on', ratio: 1, sendAfterMs: 5_000 },
    warnings: [],
  });
  const ratio = settingsOf({ ...env, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.01' });
  expect(ratio).toMatchObject({ settings: { sampler: 'traceidratio', ratio: 0.01 }, warnings: [] });
  const wrong = settingsOf({ ...env, OTEL_TRACES_SAMPLER: 'sometimes', OTEL_TRACES_SAMPLER_ARG: '2' });
  expect(wrong).toMatchObject({ settings: { sampler: 'parentbased_always_on', ratio: 1 } });
  expect(wrong.warnings).toHaveLength(2);
});

test('what cannot be sent to is warned about and starts nothing, another protocol is warned about', () => {
  for (const OTEL_EXPORTER_OTLP_ENDPOINT of ['collector', 'collector:4318', 'grpc://collector:4317']) {
    const none = settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT });
    expect([none.settings, none.warnings.length]).toEqual([null, 1]);
  }
  const other = settingsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
  expect(other.settings).not.toBeNull();
  expect(other.warnings).toHaveLength(1);
});
