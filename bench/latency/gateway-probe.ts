import { GatewayFacts } from '../../apps/auth-gateway/src/facts/gateway-facts.js';
import { tell } from './probe-message.js';

// The gateway itself, which also tells when decisions began to be made on a new state.
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its facts below
const { apply } = GatewayFacts.prototype;
GatewayFacts.prototype.apply = function (changes, size, unheld) {
  apply.call(this, changes, size, unheld);
  tell(size);
};
await import('../../apps/auth-gateway/src/main.js');
