import { PostgresEventStore } from '@keyfold/event-store';
import { tell } from './probe-message.js';

// The admin-service itself, which also tells when a commit of its own was confirmed.
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
const { append } = PostgresEventStore.prototype;
PostgresEventStore.prototype.append = async function (request) {
  const outcome = await append.call(this, request);
  if (outcome.kind === 'appended') tell(outcome.lastPosition);
  return outcome;
};
await import('../../apps/admin-service/src/main.js');
