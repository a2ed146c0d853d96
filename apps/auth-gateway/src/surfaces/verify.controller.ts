import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ProblemError } from '@keyfold/service-kit';
import { ownHeaders } from '../http/answers.js';
import { refusalOf } from '../http/refusal-of.js';
import type { RefusedVerdict } from '../authentication/verdict.js';
import { SignIn } from './sign-in.js';
import { fieldProblems, limitsOf, verifyBody, verifyRequest } from './verify.js';

/** `POST /v1/verify`: for services that have the credentials themselves and ask what to think of them. */
@Controller('v1/verify')
export class VerifyController {
  constructor(private readonly signIn: SignIn) {}

  @Post()
  @HttpCode(200)
  async verify(@Body() body: unknown): Promise<object> {
    const parsed = verifyRequest.safeParse(body);
    if (!parsed.success)
      throw new ProblemError(400, 'INVALID_REQUEST', 'The body cannot be used.', {
        errors: fieldProblems(parsed.error.issues),
      });
    const verdict = await this.signIn.byKey('verify', parsed.data, limitsOf(parsed.data));
    if (!verdict.allowed) refuseByStatus(verdict);
    return verifyBody(verdict);
  }
}

/** Whoever asks too soon, or asks a gateway that cannot say, hears it from the status, and in the body as from every other refusal. */
function refuseByStatus(verdict: RefusedVerdict): void {
  const refusal = refusalOf(verdict);
  if (refusal.status < 429) return;
  const own = ownHeaders(refusal);
  const headers = Object.fromEntries(own.flatMap((name, at) => (at % 2 === 0 ? [[name, own[at + 1] ?? '']] : [])));
  throw new ProblemError(refusal.status, verdict.reason, 'Nothing can be said about this key at the moment.', {
    headers,
    members: verifyBody(verdict),
  });
}
