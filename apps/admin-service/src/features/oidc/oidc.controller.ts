import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { Public } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { clientAddress } from '../../http/client-side.js';
import { Returns } from '../../http/returns.decorator.js';
import { sessionCookie } from '../sign-in/session-cookie.js';
import { SignedInResource } from '../sign-in/session-resource.js';
import { resourceOfUser } from '../users/user-resource.js';
import { type Flow, FLOW_SECONDS } from './flow-store.js';
import { OidcSignIn } from './oidc-sign-in.js';
import { continuePage, ReturnPath } from './return-path.js';

const COOKIE_PATH = '/v1/sessions/oidc';

const StartQuery = z.strictObject({ returnTo: ReturnPath.optional() });
/** Loose: issuers add parameters of their own, and a repeated parameter arrives as a list, which is refused. */
const CallbackQuery = z.looseObject({
  state: z.string().min(1).max(200),
  code: z.string().max(4_000).optional(),
  error: z.string().max(200).optional(),
  iss: z.string().max(2_000).optional(),
});

/** Sign-in by the browser: OpenID Connect, authorisation code with PKCE. */
@Controller('v1/sessions/oidc')
export class OidcController {
  constructor(private readonly signIn: OidcSignIn) {}

  @Get('start')
  @Public()
  @Returns(303, null)
  async start(
    @Query({ schema: StartQuery }) { returnTo }: z.output<typeof StartQuery>,
    @Req() request: FastifyRequest,
  ): Promise<Answer<undefined>> {
    this.signIn.demandConfigured();
    const { secret, location } = await this.signIn.start({
      redirectUri: redirectUri(request),
      returnTo: returnTo ?? null,
    });
    const cookie = flowCookie(request, secret.cookieName, secret.text, FLOW_SECONDS);
    return new Answer(undefined, { headers: { location: location.href, 'set-cookie': cookie } });
  }

  @Get('callback')
  @Public()
  @Returns(200, SignedInResource)
  async callback(
    @Query({ schema: CallbackQuery }) { state }: z.output<typeof CallbackQuery>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    this.signIn.demandConfigured();
    const secret = this.signIn.secretOf(request.cookies, state);
    // Whatever comes of it, this sign-in is over: neither its cookie nor the code in the URL may stay behind.
    void reply.header('set-cookie', flowCookie(request, secret.cookieName, '', 0));
    void reply.header('referrer-policy', 'no-referrer');
    const { session, user, flow } = await this.signIn.finish(secret, {
      query: new URL(request.raw.url ?? '', 'http://keyfold.invalid').search,
      correlationId: request.id,
      from: { address: clientAddress(request), userAgent: request.headers['user-agent'] },
    });
    void reply.header('set-cookie', sessionCookie(session, request));
    const body = { token: session.token, expiresAt: session.expiresAt.toISOString(), user: resourceOfUser(user) };
    return flow.returnTo === null ? new Answer(body, { position: user.position }) : page(flow.returnTo);
  }
}

function page(returnTo: string): Answer<string> {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  };
  return new Answer(continuePage(returnTo), { headers });
}

/**
 * Where the issuer sends the browser back to: this service as the browser sees it. The issuer only knows what was
 * registered with it.
 */
function redirectUri(request: FastifyRequest): Flow['redirectUri'] {
  const { host = '', scheme } = request.clientSide;
  const text = `${scheme}://${host}${COOKIE_PATH}/callback`;
  if (!URL.canParse(text) || new URL(text).href !== text)
    throw new ProblemError(400, 'INVALID_REQUEST', 'The Host of the request is invalid.');
  return text;
}

/** Lax, since it must be there when the issuer's page sends the browser back. */
function flowCookie(request: FastifyRequest, name: string, value: string, seconds: number): string {
  const secure = request.clientSide.scheme === 'https' ? '; Secure' : '';
  return `${name}=${value}; Path=${COOKIE_PATH}; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
}
