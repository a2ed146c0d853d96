import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { fieldProblemsOf, invalidRequest, ProblemError, sendProblem } from '@keyfold/service-kit';
import type { RefusedVerdict } from '../authentication/verdict.js';
import { ownHeaders } from '../http/answers.js';
import { refusalOf } from '../http/refusal-of.js';
import { KeySignIn } from './key-sign-in.js';
import { limitsOf, verifyBody, verifyRequest } from './verify.js';

/** `POST /v1/verify`: for services that have the credentials themselves and ask what to think of them. */
@Controller('v1/verify')
export class VerifyController {
  constructor(private readonly signIn: KeySignIn) {}

  @Post()
  @HttpCode(200)
  async verify(@Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const parsed = verifyRequest.safeParse(body);
    if (!parsed.success) throw invalidRequest('Invalid request body.', fieldProblemsOf(parsed.error.issues, body));
    const verdict = await this.signIn.byKey('verify', parsed.data, limitsOf(parsed.data));
    const problem = verdict.allowed ? null : problemByStatus(verdict);
    // Not thrown: nothing has failed that the log should hear of.
    if (problem === null) void reply.send(verifyBody(verdict));
    else void sendProblem(reply, problem);
  }
}

/**
 * Whoever asks too soon, or asks a gateway that cannot say, hears it from the status, and in the body as from every
 * other refusal.
 */
function problemByStatus(verdict: RefusedVerdict): ProblemError | null {
  const refusal = refusalOf(verdict);
  if (refusal.status < 429) return null;
  const own = ownHeaders(refusal);
  const headers = Object.fromEntries(own.flatMap((name, at) => (at % 2 === 0 ? [[name, own[at + 1] ?? '']] : [])));
  return new ProblemError(refusal.status, verdict.reason, 'This key cannot be checked at the moment.', {
    headers,
    members: verifyBody(verdict),
  });
}
