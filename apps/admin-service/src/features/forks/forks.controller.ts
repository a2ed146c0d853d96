import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { MAX_CHECKPOINT_CHARACTERS } from '@keyfold/domain';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { AcknowledgeFork } from './acknowledge-fork.js';

const ForkBody = z
  .strictObject({
    position: z.int().nonnegative(),
    checkpoint: z.string().min(1).max(MAX_CHECKPOINT_CHARACTERS),
  })
  .meta({ id: 'ForkAcknowledgement' });
const NewOrigin = z
  .object({ origin: z.string(), previousOrigin: z.string(), publicKey: z.string() })
  .meta({ id: 'LogOrigin' });

@Controller('v1/log/fork')
export class ForksController {
  constructor(private readonly commands: CommandBus) {}

  @Post('acknowledge')
  @HttpCode(200)
  @Returns(200, NewOrigin)
  @RequirePermission('settings.manage')
  async acknowledge(
    @Write() write: WriteRequest,
    @Body({ schema: ForkBody }) fork: z.output<typeof ForkBody>,
  ): Promise<unknown> {
    const { body, position, status, version } = await this.commands.execute(new AcknowledgeFork(write, fork));
    // No confirmation: this process ends, and under the new origin nothing is confirmed before an hour has passed.
    return new Answer(body, { status, position, confirms: null, version });
  }
}
