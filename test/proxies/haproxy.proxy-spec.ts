import { describe } from '@jest/globals';
import { guarantees } from './guarantees.js';
import { startHaproxy } from './installed-proxies.js';

describe('haproxy', () => {
  guarantees(startHaproxy, {
    question: 'GET /v1/forward-auth HTTP/1.1',
    methodField: 'x-forwarded-method',
    uriField: 'x-forwarded-uri',
    passesProblemsOn: true,
    whenFailing: { head: '500 Internal Server Error', shown: 503 },
    whenAway: { down: 503, silent: 503 },
  });
});
