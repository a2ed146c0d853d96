import { Controller, Get, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiProduces } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { eventsRevealed, exportMade, frontierBefore, leafHash } from '@keyfold/domain';
import { type FieldProblem, fieldProblem, invalidRequest, ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { AuditLog } from './audit-log.js';
import { CosignedLog } from './cosigned-log.js';
import { ExportQuery } from './event-queries.js';
import { CREDENTIAL_FIELDS, REVEALED_FIELDS } from './event-resource.js';
import { type ContentCoding, contentCodingFor, encodedBody } from './export-encoding.js';
import { type ExportedLeaf, type ExportFrame, exportStream } from './export-stream.js';

const PAGE = 1_000;
const TYPE = 'application/x-ndjson';

/** The records that are asked for. */
interface Part {
  readonly from: number;
  /**
   * Null: what the log holds once the export's own records are appended, if nobody else appends meanwhile; then it ends
   * with them. Otherwise it ends before, yet covers all that was in the log when the request came.
   */
  readonly size: number | null;
  /** The log's size when the request came. */
  readonly head: number;
  readonly isOpened: boolean;
}

@Controller('v1/audit')
export class ExportController {
  constructor(
    private readonly log: AuditLog,
    private readonly clock: CosignedLog,
  ) {}

  @Get('export')
  @RequirePermission('audit.read')
  @ApiProduces(TYPE)
  @Returns(200, z.string())
  async export(
    @Query({ schema: ExportQuery }) query: z.output<typeof ExportQuery>,
    @CurrentCaller() caller: Caller,
    @Write() write: WriteRequest,
    @Req() request: FastifyRequest,
  ): Promise<Answer<StreamableFile>> {
    if (query.openings === true) caller.require('audit.reveal');
    // Answering it would take an event and a pass over the whole log, to send nothing.
    if (request.method === 'HEAD') throw new ProblemError(405, 'METHOD_NOT_ALLOWED', 'An export allows GET only.');
    const part = await this.partOf(query);
    const { actor, correlationId } = write;
    const size = part.size ?? part.head + ownRecords(part.isOpened);
    if (part.isOpened) {
      const revealed = { from: part.from, to: size, fields: REVEALED_FIELDS };
      await this.log.record(eventsRevealed(uuidv7(), revealed), { actor, correlationId });
    }
    const position = await this.log.record(exportMade(uuidv7(), { size }), { actor, correlationId });
    const coding = contentCodingFor(request.headers['accept-encoding']);
    const body = encodedBody(exportStream(this.leavesOf(part, size), await this.frameOf(part, size)), coding);
    const disposition = `attachment; filename="keyfold-log-${part.from === 1 ? '' : `${part.from}-`}${size}.ndjson"`;
    const file = new StreamableFile(body, { type: TYPE, disposition });
    return new Answer(file, { position, headers: codingHeaders(coding) });
  }

  private async partOf(query: z.output<typeof ExportQuery>): Promise<Part> {
    const { from = 1, openings: isOpened = false, to, treeSize } = query;
    if (to !== undefined && treeSize !== undefined)
      throw invalidPart(fieldProblem('/to', 'NOT_TOGETHER', { other: 'treeSize' }));
    const { size: head } = await this.log.store.head();
    const part = { from, size: treeSize ?? to ?? null, head, isOpened };
    requireInLog(part, to === undefined ? '/treeSize' : '/to');
    return part;
  }

  /** Signed before the first byte, so that a log that must not sign (a fork) still answers with a status. */
  private async frameOf(part: Part, size: number): Promise<ExportFrame> {
    const { from, isOpened } = part;
    const range =
      from === 1 ? null : { from, frontier: frontierBefore(from, await this.log.store.inclusionProof(from - 1, from)) };
    const checkpoint = await this.checkpointOf(part, size);
    if (!isOpened) return { size, range, ...checkpoint };
    return { size, range, ...checkpoint, signOpenings: (digest) => this.log.signOpenings(digest, { from, size }) };
  }

  /** With its time, if that is known: of the newest checkpoint, and of an export of the log as it is. */
  private async checkpointOf(part: Part, size: number): Promise<Pick<ExportFrame, 'checkpoint' | 'cosigner'>> {
    const newest = await this.clock.current();
    const cosigner = this.clock.certificate;
    if (newest.size === size) return { checkpoint: newest.checkpoint, cosigner };
    const { checkpoint } = await this.log.checkpoint(size);
    if (part.size !== null) return { checkpoint };
    // Others append beside it. Its last record was appended after the request came, so its time is good for the
    // auditor.
    const last = await this.log.store.readAt(size);
    if (last === undefined) throw new Error(`the log has no record at position ${size}`);
    return { checkpoint: this.clock.asOfItsLastRecord(checkpoint, last.record.recordedAt), cosigner };
  }

  private leavesOf({ from, isOpened }: Part, size: number): AsyncIterable<ExportedLeaf> {
    return isOpened ? this.opened(from, size) : this.log.store.leaves({ from, to: size });
  }

  private async *opened(from: number, to: number): AsyncGenerator<ExportedLeaf> {
    for (let after = from - 1; after < to;) {
      const page = await this.log.store.readAfter(after, Math.min(PAGE, to - after));
      if (page.length === 0) return;
      for (const { leaf, openings, record } of page) {
        const shown = Object.entries(openings).filter(([field]) => !CREDENTIAL_FIELDS.has(field));
        yield { position: record.position, leaf, leafHash: leafHash(leaf), openings: Object.fromEntries(shown) };
      }
      after += page.length;
    }
  }
}

/** @throws ProblemError 400 */
function requireInLog({ from, head, isOpened, size }: Part, sizeIs: string): void {
  if (size !== null && size > head) throw invalidPart(fieldProblem(sizeIs, 'PAST_HEAD', { max: head }));
  // Where nothing is new, what follows the head is the export's own record.
  if (from > (size ?? head + ownRecords(isOpened))) throw invalidPart(fieldProblem('/from', 'BEHIND_LAST'));
}

/** Records that an export itself appends: that it was made, and which openings were shown. */
function ownRecords(isOpened: boolean): number {
  return isOpened ? 2 : 1;
}

function codingHeaders(coding: ContentCoding): Record<string, string> {
  return { vary: 'accept-encoding', ...(coding === null ? {} : { 'content-encoding': coding }) };
}

function invalidPart(problem: FieldProblem): ProblemError {
  return invalidRequest('This part of the log cannot be exported.', [problem]);
}
