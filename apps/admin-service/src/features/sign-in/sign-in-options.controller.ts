import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Public } from '../../http/access.js';
import { SESSION_COOKIE } from '../../http/credential.js';
import { Returns } from '../../http/returns.decorator.js';
import { AdminConfig } from '../../platform/admin-config.js';
import { SessionStore } from './session-store.js';

const SignInOptionsResource = z
  .object({
    signedIn: z.boolean(),
    password: z.literal(true),
    oidc: z.object({ startUrl: z.string(), label: z.string() }).nullable(),
  })
  .meta({ id: 'SignInOptions' });

type SignInOptionsResource = z.output<typeof SignInOptionsResource>;

/** What a sign-in page needs before anyone has signed in. The answer is never an error, so a browser logs none. */
@Controller('v1/sign-in-options')
export class SignInOptionsController {
  constructor(
    private readonly config: AdminConfig,
    private readonly sessions: SessionStore,
  ) {}

  @Get()
  @Public()
  @Returns(200, SignInOptionsResource)
  async read(@Req() { cookies }: FastifyRequest): Promise<SignInOptionsResource> {
    const { KEYFOLD_OIDC_ISSUER: issuer, KEYFOLD_OIDC_LABEL: label } = this.config.settings;
    const token = cookies[SESSION_COOKIE];
    return {
      signedIn: token !== undefined && (await this.sessions.resolve(token)) !== undefined,
      password: true,
      oidc: issuer === undefined ? null : { startUrl: '/v1/sessions/oidc/start', label },
    };
  }
}
