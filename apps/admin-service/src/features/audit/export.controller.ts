import { Controller, Get, Query, Req, StreamableFile } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { exportMade } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { AuditLog } from './audit-log.js';
import { TreeSizeQuery } from './event-queries.js';
import { exportStream } from './export-stream.js';

@ApiTags('audit')
@Controller('v1/audit')
export class ExportController {
  constructor(private readonly log: AuditLog) {}

  @Get('export')
  @RequirePermission('audit.read')
  @ApiProduces('application/x-ndjson')
  @Returns(200, z.string(), {
    description: "A line per record with its leaf's bytes, then the signed checkpoint over them",
  })
  async export(
    @Query({ schema: TreeSizeQuery }) query: z.output<typeof TreeSizeQuery>,
    @Write() { actor, correlationId }: WriteRequest,
    @Req() request: FastifyRequest,
  ): Promise<Answer<StreamableFile>> {
    // Answering it would take an event and a pass over the whole log, to send nothing.
    if (request.method === 'HEAD') throw new ProblemError(405, 'METHOD_NOT_ALLOWED', 'An export can only be fetched.');
    const size = query.treeSize ?? (await this.sizeWithOwnEvent());
    if (query.treeSize !== undefined) await this.log.requireSize(size);
    const position = await this.log.record(exportMade(uuidv7(), { size }), { actor, correlationId });
    // Signed before the first byte, so that a log that must not sign (a fork) still answers with a status.
    const { checkpoint } = await this.log.checkpoint(size);
    const stream = exportStream(this.log.store.leaves({ from: 1, to: size }), size, checkpoint);
    const disposition = `attachment; filename="keyfold-log-${size}.ndjson"`;
    return new Answer(new StreamableFile(stream, { type: 'application/x-ndjson', disposition }), { position });
  }

  /**
   * The size that the log has once this export's own event is appended, if nobody else appends meanwhile; then the export
   * ends with that event. Otherwise it ends before it, yet still covers all that was in the log when the request came.
   */
  private async sizeWithOwnEvent(): Promise<number> {
    const { size } = await this.log.store.head();
    return size + 1;
  }
}
