import { describe } from '@jest/globals';
import { guarantees } from './guarantees.js';
import { startNginx } from './installed-proxies.js';

describe('nginx', () => {
  guarantees(startNginx, {
    question: 'GET /v1/auth-request HTTP/1.1',
    methodField: 'x-original-method',
    uriField: 'x-original-uri',
    passesProblemsOn: false,
    whenFailing: { head: '403 Forbidden\r\nX-Keyfold-Status: 500', shown: 503 },
    whenAway: { down: 503, silent: 503 },
  });
});
