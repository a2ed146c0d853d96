import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { z } from 'zod';
import { type FieldProblem, fieldProblem, invalidRequest, ProblemError } from '@keyfold/service-kit';
import { Public, RequirePermission } from '../../http/access.js';
import { type Page, readPage, toPage } from '../../http/cursor.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { LogKeys } from '../../platform/log-keys.js';
import { AuditLog } from './audit-log.js';
import { CosignedLog } from './cosigned-log.js';
import { ConsistencyQuery, CosignedQuery } from './event-queries.js';

/** Behind every instant that RFC 3339 can say. */
const YEAR_10000_SECONDS = 253_402_300_800;
const TEXT = 'text/plain; charset=utf-8';

const ConsistencyProof = z
  .object({ from: z.int(), to: z.int(), hashes: z.array(z.string()) })
  .meta({ id: 'ConsistencyProof' });

const CosignedCheckpoint = z
  .object({ size: z.int(), cosignedAt: z.string(), checkpoint: z.string() })
  .meta({ id: 'CosignedCheckpoint' });

/** What anyone may read of the log, so that anyone can hold us to it later. */
@Controller('v1/log')
export class LogController {
  private running: Promise<string> | undefined;

  constructor(
    private readonly log: AuditLog,
    private readonly clock: CosignedLog,
    private readonly keys: LogKeys,
  ) {}

  @Get('checkpoint')
  @Public()
  @Header('content-type', TEXT)
  @ApiProduces('text/plain')
  @Returns(200, z.string())
  checkpoint(): Promise<string> {
    // Nobody signs in here, so however many ask at once cost one read and one signature.
    this.running ??= this.log
      .checkpoint(undefined)
      .then(({ checkpoint }) => checkpoint)
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  @Get('public-key')
  @Public()
  @Header('content-type', TEXT)
  @ApiProduces('text/plain')
  @Returns(200, z.string())
  publicKey(): string {
    return `${this.keys.signer.verifierKey}\n`;
  }

  @Get('cosigner')
  @Public()
  @Header('content-type', TEXT)
  @ApiProduces('text/plain')
  @Returns(200, z.string())
  cosigner(): string {
    return this.clock.certificate;
  }

  @Get('cosigned-checkpoints')
  @Public()
  @Returns(200, listOf(CosignedCheckpoint))
  async cosigned(@Query({ schema: CosignedQuery }) query: z.output<typeof CosignedQuery>): Promise<Page<object>> {
    const page = readPage(query);
    const from = query.from === undefined ? 0 : Math.ceil(Date.parse(query.from) / 1_000) - 1;
    const before = query.to === undefined ? YEAR_10000_SECONDS : Math.ceil(Date.parse(query.to) / 1_000);
    const rows = await this.clock.kept({ after: Math.max(from, page.after ?? 0), before, limit: page.limit + 1 });
    return toPage(
      rows,
      page,
      ({ atSeconds, note, size }) => ({
        size,
        cosignedAt: new Date(atSeconds * 1_000).toISOString(),
        checkpoint: note,
      }),
      ({ atSeconds }) => atSeconds,
    );
  }

  @Get('consistency')
  @RequirePermission('audit.read')
  @Returns(200, ConsistencyProof)
  async consistency(
    @Query({ schema: ConsistencyQuery }) { from, to }: z.output<typeof ConsistencyQuery>,
  ): Promise<z.output<typeof ConsistencyProof>> {
    const { size } = await this.log.store.head();
    if (to > size) throw invalidSize(fieldProblem('/to', 'PAST_HEAD', { max: size }));
    if (from > to) throw invalidSize(fieldProblem('/from', 'MORE_THAN', { other: 'to' }));
    const hashes = await this.log.store.consistencyProof(from, to);
    return { from, to, hashes: hashes.map((hash) => hash.toString('base64')) };
  }
}

function invalidSize(problem: FieldProblem): ProblemError {
  return invalidRequest('The log has no such proof.', [problem]);
}
