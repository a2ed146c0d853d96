import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientSide, TrustedProxies } from '@keyfold/service-kit';

declare module 'fastify' {
  interface FastifyRequest {
    /** Read this, not `ip`, `protocol` and `host`: those do not know what proxies write. */
    readonly clientSide: ClientSide;
  }
}

/** Gives requests the side of their client: address, scheme and host before any trusted proxy. */
export function installClientSide(fastify: FastifyInstance, proxies: TrustedProxies): void {
  fastify.decorateRequest('clientSide', {
    getter(this: FastifyRequest) {
      return proxies.clientSideOf(this.raw);
    },
  });
}

/**
 * The client's address for limits and lists. @throws Error if the client has gone, so that nobody would get an answer
 */
export function clientAddress({ clientSide: { address } }: FastifyRequest): string {
  if (address === null) throw new Error('the client has gone');
  return address;
}
