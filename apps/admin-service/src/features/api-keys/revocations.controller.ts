import { Body, Controller, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { REVOCATION_REASONS } from '@keyfold/domain';
import { fieldRule } from '@keyfold/service-kit';
import { Public, RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { clientAddress } from '../../http/client-side.js';
import { Flag, Id, InstantMs } from '../../http/fields.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { LogHead } from '../../tables/log-head.js';
import type { RevocationFilter } from '../../tables/revocable-keys.js';
import type { WriteRequest } from '../../write/write-request.js';
import { BulkRevokeApiKeys } from './commands/bulk-revoke.js';
import { ReportLeak } from './commands/report-leak.js';
import { RevokeListedApiKeys } from './commands/revoke-listed.js';
import { LeakReportThrottle } from './leak-report-throttle.js';
import { isListed, RevocationPreview, RevocationPreviews } from './revocation-preview.js';

/** More than are revoked at once, so that those who name a few too many learn the limit (422). */
const MAX_NAMED_KEYS = 10_000;

const BulkRevocationQuery = z.strictObject({ dryRun: Flag.optional() });
const BulkRevocationBody = z
  .strictObject({
    filter: z
      .strictObject({
        userId: Id.optional(),
        issuedBefore: InstantMs.optional(),
        keyIds: z.array(Id).min(1).max(MAX_NAMED_KEYS).optional(),
        unusedSince: InstantMs.optional(),
      })
      .refine((filter) => Object.values(filter).some((member) => member !== undefined), fieldRule('EMPTY_FILTER')),
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
    private readonly previews: RevocationPreviews,
    private readonly throttle: LeakReportThrottle,
    private readonly head: LogHead,
  ) {}

  @Post('revoke')
  @Returns(200, z.union([BulkRevocation, RevocationPreview]))
  @RequirePermission('api-keys.manage')
  async revokeMany(
    @Write() write: WriteRequest,
    @CurrentCaller() caller: Caller,
    @Query({ schema: BulkRevocationQuery }) { dryRun = false }: z.output<typeof BulkRevocationQuery>,
    @Body({ schema: BulkRevocationBody }) body: z.output<typeof BulkRevocationBody>,
  ): Promise<Answer<unknown>> {
    const { reason } = body;
    const filter = filterOf(body);
    if (dryRun) {
      const position = await this.head.position();
      return new Answer(await this.previews.of(filter), { position, confirms: null });
    }
    const written = await (isListed(filter)
      ? this.commands.execute(new RevokeListedApiKeys(write, caller, filter, reason))
      : this.commands.execute(new BulkRevokeApiKeys(write, filter, reason)));
    // Without an ETag: the body is no resource.
    return new Answer(written.body, { status: written.status, position: written.position, confirms: written.confirms });
  }

  /** The answer is the same for a genuine key, for one that was never issued, and for any other text. */
  @Post('report-leak')
  @Public()
  @Returns(202, null, { limited: [202, 429] })
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

function filterOf({ filter }: z.output<typeof BulkRevocationBody>): RevocationFilter {
  const { issuedBefore = null, keyIds = null, unusedSince = null, userId = null } = filter;
  return { userId, issuedBeforeMs: issuedBefore, keyIds, unusedSinceMs: unusedSince };
}
