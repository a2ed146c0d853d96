import { basic } from '../http-client.js';
import type { ExampleRecorder, Provocation } from './example-recorder.js';

/** Calls every operation of the gateway with a key that passes. */
export async function playGateway(
  recorder: ExampleRecorder,
  { key, username }: { readonly username: string; readonly key: string },
): Promise<void> {
  const as = basic(username, key);
  const forwarded = { 'x-forwarded-for': '192.0.2.7' };
  await recorder.call('checkForwardedRequest', { as, headers: { ...forwarded, 'x-forwarded-method': 'GET' } });
  await recorder.call('checkNginxRequest', { as, headers: { ...forwarded, 'x-original-method': 'GET' } });
  await recorder.call('checkEnvoyRequest', { as, path: { path: 'orders' } });
  const request = { username, key, method: 'GET', ip: '192.0.2.7' };
  await recorder.call('verifyKey', { body: request });
  await recorder.call('verifyKey', { body: { ...request, username: 'eve' }, name: 'refused' });
  await recorder.call('readIdentity', { as });
  await recorder.call('issueToken', { as });
  await recorder.call('readTokenKeys');
}

/** Refusals of the gateway that a caller can bring about with this key, which has one scope. */
export function gatewayProvocations({
  key,
  username,
}: {
  readonly username: string;
  readonly key: string;
}): Provocation[] {
  const as = basic(username, key);
  return [
    ['readIdentity', 'INVALID_CREDENTIALS', { as: basic(username, 'wrong') }],
    ['readIdentity', 'SCOPE_MISSING', { as, query: { scopes: 'payroll:write' } }],
    ['readIdentity', 'INVALID_REQUEST', { as, query: { scopes: 'NO SCOPE' } }],
    ['checkForwardedRequest', 'INVALID_CREDENTIALS', {}],
    ['checkNginxRequest', 'INVALID_REQUEST', { as, query: { scopes: 'NO SCOPE' } }],
    ['verifyKey', 'INVALID_REQUEST', { body: { username } }],
    ['verifyKey', 'UNSUPPORTED_MEDIA_TYPE', { headers: { 'content-type': 'text/plain' }, body: { username } }],
  ];
}
