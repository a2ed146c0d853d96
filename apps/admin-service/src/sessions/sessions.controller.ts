import { Body, Controller, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ProblemError } from '@keyfold/service-kit';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Public, SignedIn } from '../http/access.js';
import { Answer } from '../http/answer.js';
import { CurrentCaller, Caller } from '../http/caller.js';
import { SESSION_COOKIE } from '../http/credential.js';
import { refuseCrossSite } from '../http/cross-site.js';
import { Id } from '../http/fields.js';
import { listOf, Returns } from '../http/returns.decorator.js';
import type { Page } from '../http/cursor.js';
import { SessionResource, sessionResource, SignedInResource, SignInBody } from './session-resource.js';
import { SessionStore } from './session-store.js';
import { SignIn } from './sign-in.js';

const SessionPath = z.strictObject({ sessionId: Id });

@Controller('v1')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly sessions: SessionStore,
  ) {}

  @Post('sessions')
  @Public()
  @Returns(201, SignedInResource, {
    description: 'Signed in; the token is also set as a cookie.',
    problems: [401, 429],
  })
  async signIn(
    @Body({ schema: SignInBody }) body: z.output<typeof SignInBody>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    // Signing a browser in to somebody else's account is an attack too.
    refuseCrossSite(request);
    const from = { address: request.ip, userAgent: request.headers['user-agent'] };
    const { session, user } = await this.commands.execute(new SignIn(body, from));
    const answer = { token: session.token, expiresAt: session.expiresAt.toISOString(), user: user.resource };
    return new Answer(answer, { headers: { 'set-cookie': sessionCookie(session, request) } });
  }

  @Get('me/sessions')
  @SignedIn()
  @Returns(200, listOf(SessionResource))
  async list(@CurrentCaller() caller: Caller): Promise<Page<SessionResource>> {
    const rows = await this.sessions.listOf(caller.userId);
    return { items: rows.map((row) => sessionResource(row, caller.sessionId)), nextCursor: null };
  }

  @Delete('sessions/current')
  @SignedIn()
  @Returns(204, null)
  async signOut(@CurrentCaller() caller: Caller): Promise<Answer<undefined>> {
    await this.sessions.end(caller.userId, caller.sessionId);
    return new Answer(undefined, {
      headers: { 'set-cookie': `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` },
    });
  }

  @Delete('me/sessions/:sessionId')
  @SignedIn()
  @Returns(204, null, { problems: [404] })
  async end(
    @CurrentCaller() caller: Caller,
    @Param({ schema: SessionPath }) { sessionId }: z.output<typeof SessionPath>,
  ): Promise<void> {
    if (!(await this.sessions.end(caller.userId, sessionId)))
      throw new ProblemError(404, 'NOT_FOUND', 'There is no such session.');
  }
}

function sessionCookie(session: { token: string; expiresAt: Date }, request: FastifyRequest): string {
  const secure = request.protocol === 'https' ? '; Secure' : '';
  return `${SESSION_COOKIE}=${session.token}; Path=/; HttpOnly; SameSite=Strict; Expires=${session.expiresAt.toUTCString()}${secure}`;
}
