import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiParam, ApiProduces } from '@nestjs/swagger';
import { z } from 'zod';
import { parseTilePath, TILE_WIDTH } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import { Public, RequirePermission } from '../../http/access.js';
import { Returns } from '../../http/returns.decorator.js';
import { AuditLog } from './audit-log.js';

const BYTES = 'application/octet-stream';
const LENGTH_BYTES = 2;
const bytes = z.string().meta({ format: 'binary' });

/**
 * The tree and the entries as C2SP tlog-tiles, which tools that others wrote can read. Nothing here ever changes once
 * it is there.
 */
@Controller('v1/log/tile')
export class TilesController {
  constructor(private readonly log: AuditLog) {}

  @Get('entries/*')
  @RequirePermission('audit.read')
  @Header('content-type', BYTES)
  @Header('cache-control', 'private, max-age=31536000, immutable')
  @ApiProduces(BYTES)
  @ApiParam({ name: 'path', schema: { type: 'string' } })
  @Returns(200, bytes)
  async entries(@Param('*') path: string): Promise<Buffer> {
    const tile = parseTilePath(`entries/${path}`);
    if (tile === null) throw noTile();
    const from = tile.index * TILE_WIDTH + 1;
    const to = from + tile.width - 1;
    const { size } = await this.log.store.head();
    if (to > size) throw noTile();
    const parts: Buffer[] = [];
    for await (const { leaf } of this.log.store.leaves({ from, to })) {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(leaf.byteLength);
      parts.push(length, leaf);
    }
    return Buffer.concat(parts);
  }

  @Get('*')
  @Public()
  @Header('content-type', BYTES)
  @Header('cache-control', 'public, max-age=31536000, immutable')
  @ApiProduces(BYTES)
  @ApiParam({ name: 'path', schema: { type: 'string' } })
  @Returns(200, bytes)
  async tile(@Param('*') path: string): Promise<Buffer> {
    const tile = parseTilePath(path);
    if (tile === null || tile.level === 'entries') throw noTile();
    const hashes = await this.log.store.tile(tile.level, tile.index, tile.width);
    if (hashes === undefined) throw noTile();
    return hashes;
  }
}

function noTile(): ProblemError {
  return new ProblemError(404, 'NOT_FOUND', 'The log has no such tile.');
}
