import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { encodeTlogProof, eventsRevealed } from '@keyfold/domain';
import type { StoredRecord } from '@keyfold/event-store';
import { fieldProblem, ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { readPageOfIds, toPage } from '../../http/cursor.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { AuditLog, invalidTreeSize } from './audit-log.js';
import { EventPath, EventQuery, EventsQuery, TreeSizeQuery } from './event-queries.js';
import { EventResource, revealableFields, toEventResource } from './event-resource.js';

const InclusionProof = z
  .object({ leafIndex: z.int(), treeSize: z.int(), hashes: z.array(z.string()), checkpoint: z.string() })
  .meta({ id: 'InclusionProof' });

type Inclusion = Omit<z.output<typeof InclusionProof>, 'hashes'> & { readonly hashes: readonly Buffer[] };

@Controller('v1/events')
export class EventsController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @RequirePermission('audit.read')
  @Returns(200, listOf(EventResource))
  async list(
    @Query({ schema: EventsQuery }) query: z.output<typeof EventsQuery>,
    @CurrentCaller() caller: Caller,
    @Write() write: WriteRequest,
  ): Promise<Answer<object>> {
    const { limit, cursor, after = 0, reveal = false, order = 'asc', ...filter } = query;
    if (reveal) caller.require('audit.reveal');
    const page = readPageOfIds({ limit, cursor });
    const isDescending = order === 'desc';
    const last = page.after === null ? null : Number(page.after.replace('d', ''));
    // Who pages on with all the parameters of the first request sends both; the cursor is the one further on.
    const bounds = isDescending ? { after, before: last ?? undefined } : { after: Math.max(after, last ?? 0) };
    const rows = await this.log.store.query({ ...filter, ...bounds, isDescending, limit: page.limit + 1 });
    const meta = await this.recordReveal(reveal ? rows.slice(0, page.limit) : [], write);
    const body = toPage(
      rows,
      page,
      (row) => toEventResource(row, reveal),
      ({ record }) => `${isDescending ? 'd' : ''}${record.position}`,
    );
    return new Answer(body, meta);
  }

  @Get(':position')
  @RequirePermission('audit.read')
  @Returns(200, EventResource)
  async one(
    @Param({ schema: EventPath }) { position }: z.output<typeof EventPath>,
    @Query({ schema: EventQuery }) { reveal = false }: z.output<typeof EventQuery>,
    @CurrentCaller() caller: Caller,
    @Write() write: WriteRequest,
  ): Promise<Answer<object>> {
    if (reveal) caller.require('audit.reveal');
    const stored = await this.find(position);
    const meta = await this.recordReveal(reveal ? [stored] : [], write);
    return new Answer(toEventResource(stored, reveal), meta);
  }

  @Get(':position/proof')
  @RequirePermission('audit.read')
  @Returns(200, InclusionProof)
  async proof(
    @Param({ schema: EventPath }) { position }: z.output<typeof EventPath>,
    @Query({ schema: TreeSizeQuery }) query: z.output<typeof TreeSizeQuery>,
  ): Promise<z.output<typeof InclusionProof>> {
    const { hashes, ...proof } = await this.inclusion(position, query.treeSize);
    return { ...proof, hashes: hashes.map((hash) => hash.toString('base64')) };
  }

  @Get(':position/tlog-proof')
  @RequirePermission('audit.read')
  @ApiProduces('text/plain')
  @Returns(200, z.string())
  async tlogProof(
    @Param({ schema: EventPath }) { position }: z.output<typeof EventPath>,
    @Query({ schema: TreeSizeQuery }) { treeSize }: z.output<typeof TreeSizeQuery>,
  ): Promise<Answer<string>> {
    const { checkpoint, hashes, leafIndex } = await this.inclusion(position, treeSize);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="keyfold-${position}.tlog-proof"`,
    };
    return new Answer(encodeTlogProof({ index: leafIndex, hashes, checkpoint }), { headers });
  }

  private async inclusion(position: number, asked: number | undefined): Promise<Inclusion> {
    await this.find(position);
    if (asked !== undefined && asked < position) throw invalidTreeSize(fieldProblem('/treeSize', 'OUTSIDE_TREE'));
    const { checkpoint, treeSize } = await this.log.checkpoint(asked);
    const leafIndex = position - 1;
    return { leafIndex, treeSize, hashes: await this.log.store.inclusionProof(leafIndex, treeSize), checkpoint };
  }

  private async find(position: number): Promise<StoredRecord> {
    const stored = await this.log.store.readAt(position);
    if (!stored) throw new ProblemError(404, 'NOT_FOUND', 'The log has no record at this position.');
    return stored;
  }

  /** Reading sealed values is itself a fact of the log, written before they are shown. */
  private async recordReveal(shown: readonly StoredRecord[], write: WriteRequest): Promise<{ position?: number }> {
    if (shown.length === 0) return {};
    const positions = shown.map(({ record }) => record.position);
    const fields = [...new Set(shown.flatMap(revealableFields))].sort();
    const revealed = { from: Math.min(...positions), to: Math.max(...positions), fields };
    const { actor, correlationId } = write;
    return { position: await this.log.record(eventsRevealed(uuidv7(), revealed), { actor, correlationId }) };
  }
}
