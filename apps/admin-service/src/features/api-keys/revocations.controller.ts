import { Body, Controller, Post, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { REVOCATION_REASONS } from '@keyfold/domain';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Public, RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Id, InstantMs } from '../../http/fields.js';
import { clientAddress } from '../../http/client-side.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { LogHead } from '../../tables/log-head.js';
import { BulkRevokeApiKeys } from './commands/bulk-revoke.js';
import { LeakReportThrottle } from './leak-report-throttle.js';
import { ReportLeak } from './commands/report-leak.js';

const BulkRevocationBody = z
  .strictObject({
    filter: z
      .strictObject({
        userId: Id.optional(),
        issuedBefore: InstantMs.optional().meta({ format: 'date-time' }),
      })
      .refine(
        (filter) => Object.values(filter).some((member) => member !== undefined),
        'must name a user or an instant',
      ),
    reason: z.enum(REVOCATION_REASONS),
  })
  .meta({ id: 'RevokeApiKeys' });
const BulkRevocation = z.object({ revoked: z.int() }).meta({ id: 'RevokedApiKeys' });
const LeakReportBody = z.strictObject({ key: z.string() }).meta({ id: 'LeakReport' });

/** Revocations that name no key by its id. */
@Controller('v1/api-keys')
export class RevocationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly throttle: LeakReportThrottle,
    private readonly head: LogHead,
  ) {}

  @Post('revoke')
  @Returns(200, BulkRevocation, {
    description: 'How many keys that were not revoked match. One event, whatever their number.',
    problems: [403, 412],
  })
  @RequirePermission('api-keys.manage')
  async revokeMany(
    @Write() write: WriteRequest,
    @Body({ schema: BulkRevocationBody }) { filter, reason }: z.output<typeof BulkRevocationBody>,
  ): Promise<Answer<unknown>> {
    const { userId = null, issuedBefore = null } = filter;
    const written = await this.commands.execute(
      new BulkRevokeApiKeys(write, { userId, issuedBeforeMs: issuedBefore }, reason),
    );
    // Without an ETag: the body is no resource.
    return new Answer(written.body, { status: written.status, position: written.position, confirms: written.confirms });
  }

  /** The answer is the same for a genuine key, for one that was never issued, and for any other text. */
  @Post('report-leak')
  @Public()
  @Returns(202, null, { problems: [429], limited: [202, 429] })
  async reportLeak(
    @Req() request: FastifyRequest,
    @Body({ schema: LeakReportBody }) { key }: z.output<typeof LeakReportBody>,
  ): Promise<Answer<undefined>> {
    const headers = await this.throttle.admit(clientAddress(request));
    const write = { actor: 'system', correlationId: request.id, ifMatch: null, idempotency: null };
    await this.commands.execute(new ReportLeak(write, key));
    return new Answer(undefined, { headers, position: await this.head.position() });
  }
}
