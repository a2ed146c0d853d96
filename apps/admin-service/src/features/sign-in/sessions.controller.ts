import { Body, Controller, Delete, Get, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { Public, SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { clientAddress } from '../../http/client-side.js';
import { SESSION_COOKIE } from '../../http/credential.js';
import { refuseCrossSite } from '../../http/cross-site.js';
import { type Page, pageOfIdsQuery, readPageOfIds, toPage } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { LogHead } from '../../tables/log-head.js';
import { resourceOfUser } from '../users/user-resource.js';
import { sessionCookie } from './session-cookie.js';
import { SessionResource, sessionResource, SignedInResource, SignInBody } from './session-resource.js';
import { SessionStore } from './session-store.js';
import { SignIn } from './sign-in.js';

const PageQuery = pageOfIdsQuery(/^[0-9a-f-]{36}$/);
const SessionPath = z.strictObject({ sessionId: Id });

@Controller('v1')
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly sessions: SessionStore,
    private readonly head: LogHead,
  ) {}

  @Post('sessions')
  @Public()
  @Returns(201, SignedInResource, { limited: [201, 401, 429] })
  async signIn(
    @Body({ schema: SignInBody }) body: z.output<typeof SignInBody>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    // Signing a browser in to somebody else's account is an attack too.
    refuseCrossSite(request);
    const from = { address: clientAddress(request), userAgent: request.headers['user-agent'] };
    const { session, user, limits } = await this.commands.execute(new SignIn(body, from));
    const answer = { token: session.token, expiresAt: session.expiresAt.toISOString(), user: resourceOfUser(user) };
    const headers = { 'set-cookie': sessionCookie(session, request), ...limits };
    // Not the head's: the user may have changed since this resource was read.
    return new Answer(answer, { headers, position: user.position });
  }

  @Get('me/sessions')
  @SignedIn()
  @Returns(200, listOf(SessionResource))
  async list(
    @CurrentCaller() caller: Caller,
    @Query({ schema: PageQuery }) query: z.output<typeof PageQuery>,
  ): Promise<Page<SessionResource>> {
    const page = readPageOfIds(query);
    const rows = await this.sessions.listOf(caller.userId, page);
    return toPage(
      rows,
      page,
      (row) => sessionResource(row, caller.sessionId),
      (row) => row.session_id,
    );
  }

  @Delete('sessions/current')
  @SignedIn()
  @Returns(204, null)
  async signOut(@CurrentCaller() caller: Caller): Promise<Answer<undefined>> {
    if (caller.sessionId === null)
      throw new ProblemError(404, 'NOT_FOUND', 'This request used an OIDC token and has no session.');
    await this.sessions.end(caller.userId, caller.sessionId);
    const headers = { 'set-cookie': `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0` };
    return new Answer(undefined, { headers, position: await this.head.position() });
  }

  @Delete('me/sessions/:sessionId')
  @SignedIn()
  @Returns(204, null)
  async end(
    @CurrentCaller() caller: Caller,
    @Param({ schema: SessionPath }) { sessionId }: z.output<typeof SessionPath>,
  ): Promise<Answer<undefined>> {
    const isEnded = await this.sessions.end(caller.userId, sessionId);
    if (!isEnded) throw new ProblemError(404, 'NOT_FOUND', 'There is no such session.');
    return new Answer(undefined, { position: await this.head.position() });
  }
}
