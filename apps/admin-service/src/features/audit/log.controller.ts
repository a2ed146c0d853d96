import { Controller, Get, Header } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Public } from '../../http/access.js';
import { Returns } from '../../http/returns.decorator.js';
import { AuditLog } from './audit-log.js';

/** What anyone may read of the log, so that anyone can hold us to it later. */
@ApiTags('audit')
@Controller('v1/log')
export class LogController {
  private running: Promise<string> | undefined;

  constructor(private readonly log: AuditLog) {}

  @Get('checkpoint')
  @Public()
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @Returns(200, z.string(), { description: 'The signed checkpoint of the log as it is now (C2SP tlog-checkpoint)' })
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
}
