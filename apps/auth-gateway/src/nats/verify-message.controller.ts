import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { fieldProblemsOf } from '@keyfold/service-kit';
import { KeySignIn } from '../surfaces/key-sign-in.js';
import { limitsOf, verifyBody, verifyRequest } from '../surfaces/verify.js';
import { refusal, VERIFY_SUBJECT, VERIFY_TRANSPORT } from './verify-strategy.js';

/**
 * `keyfold.verify`: the same body and answer as `POST /v1/verify`. There is no status, so every refusal is an answer
 * with its reason.
 */
@Controller()
export class VerifyMessageController {
  constructor(private readonly signIn: KeySignIn) {}

  @MessagePattern(VERIFY_SUBJECT, VERIFY_TRANSPORT)
  async verify(@Payload() body: unknown): Promise<object> {
    const parsed = verifyRequest.safeParse(body);
    if (!parsed.success)
      return refusal(400, 'INVALID_REQUEST', 'Invalid request body.', fieldProblemsOf(parsed.error.issues, body));
    return verifyBody(await this.signIn.byKey('nats', parsed.data, limitsOf(parsed.data)));
  }
}
