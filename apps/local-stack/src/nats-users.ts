import type { NatsUser } from '@keyfold/local-servers';
import type { Credentials } from './secrets.js';

/**
 * What each service may do at the embedded broker. A gateway can read the log and ask for heads and refills, but can
 * neither write the log's subjects nor change the stream, so a stolen gateway cannot silence the others. Both may ask
 * the gateways about a key (`keyfold.verify`); whoever else is to ask gets a user of their own with that right and an
 * inbox of their own: the feed comes to gateways over `_INBOX.>`.
 * The same rights stand in deploy/nats.conf for docker-compose.
 */
export function natsUsers(credentials: Credentials): NatsUser[] {
  return [
    {
      user: 'admin-service',
      password: credentials.natsAdmin,
      publish: ['keyfold.log.>', 'keyfold.verify', '$JS.API.>', '_INBOX.>'],
      subscribe: ['keyfold.head.*', 'keyfold.refill.*', 'keyfold.use.>', '_INBOX.>'],
      allowResponses: true,
    },
    {
      user: 'auth-gateway',
      password: credentials.natsGateway,
      publish: [
        'keyfold.head.*',
        'keyfold.refill.*',
        'keyfold.use.>',
        'keyfold.verify',
        '$JS.API.INFO',
        '$JS.API.STREAM.INFO.*',
        '$JS.API.CONSUMER.CREATE.>',
        '$JS.API.CONSUMER.INFO.>',
        '$JS.API.CONSUMER.DELETE.>',
        '$JS.API.CONSUMER.MSG.NEXT.>',
      ],
      subscribe: ['_INBOX.>', 'keyfold.verify'],
      allowResponses: true,
    },
  ];
}
