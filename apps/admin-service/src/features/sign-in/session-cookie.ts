import type { FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from '../../http/credential.js';

/** The session for a browser, out of reach of scripts and of other sites. */
export function sessionCookie(session: { token: string; expiresAt: Date }, request: FastifyRequest): string {
  const secure = request.clientSide.scheme === 'https' ? '; Secure' : '';
  return `${SESSION_COOKIE}=${session.token}; Path=/; HttpOnly; SameSite=Strict; Expires=${session.expiresAt.toUTCString()}${secure}`;
}
