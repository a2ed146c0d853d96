import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { MAX_CHECKPOINT_CHARACTERS } from '@keyfold/domain';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { type Page, pageQuery, readPage, toPage } from '../../http/cursor.js';
import { wholeNumber } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { EventResource } from '../audit/event-resource.js';
import { AcknowledgeFork } from './acknowledge-fork.js';
import { ForkQueries } from './fork-queries.js';
import { LogForks } from './fork-resource.js';

const ForkBody = z
  .strictObject({
    position: z.int().nonnegative(),
    checkpoint: z.string().min(1).max(MAX_CHECKPOINT_CHARACTERS),
  })
  .meta({ id: 'ForkAcknowledgement' });
const NewOrigin = z
  .object({ origin: z.string(), previousOrigin: z.string(), publicKey: z.string() })
  .meta({ id: 'LogOrigin' });

const LostQuery = z.strictObject({
  ...pageQuery,
  acknowledgement: wholeNumber(1).optional(),
});

@Controller('v1/log/fork')
export class ForksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly forks: ForkQueries,
  ) {}

  @Get()
  @Returns(200, LogForks)
  @RequirePermission('settings.read')
  read(): Promise<LogForks> {
    return this.forks.get();
  }

  @Get('lost-records')
  @Returns(200, listOf(EventResource))
  @RequirePermission('audit.read')
  async lost(@Query({ schema: LostQuery }) query: z.output<typeof LostQuery>): Promise<Page<object>> {
    const page = readPage(query);
    const asked = { after: page.after ?? 0, limit: page.limit + 1 };
    const records = await this.forks.lost(query.acknowledgement ?? null, asked);
    return toPage(
      records,
      page,
      (record) => record,
      ({ position }) => position,
    );
  }

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
