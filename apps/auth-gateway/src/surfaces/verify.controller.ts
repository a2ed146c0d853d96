import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ProblemError } from '@keyfold/service-kit';
import { REFUSALS } from '../http/answers.js';
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
    if (!verdict.allowed && REFUSALS[verdict.reason].status >= 429) {
      const { headers, status } = REFUSALS[verdict.reason];
      const retryAfter = headers[headers.indexOf('Retry-After') + 1] ?? '1';
      throw new ProblemError(status, verdict.reason, 'Nothing can be said about this key at the moment.', {
        headers: { 'retry-after': retryAfter },
      });
    }
    return verifyBody(verdict);
  }
}
