import { describe } from '@jest/globals';
import { guarantees } from './guarantees.js';
import { startCaddy } from './installed-proxies.js';

describe('caddy', () => {
  guarantees(startCaddy, {
    question: 'GET /v1/forward-auth HTTP/1.1',
    methodField: 'x-forwarded-method',
    uriField: 'x-forwarded-uri',
    passesProblemsOn: true,
    whenFailing: { head: '500 Internal Server Error', shown: 502 },
    whenAway: { down: 502, silent: 504 },
  });
});
