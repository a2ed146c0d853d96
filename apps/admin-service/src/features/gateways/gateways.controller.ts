import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { RequirePermission } from '../../http/access.js';
import { type Page, pageOfIdsQuery, readPageOfIds } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import { emptyAnswer, writtenAnswer } from '../../http/written-answer.js';
import type { WriteRequest } from '../../write/write-request.js';
import { ApproveProcesses } from './approve-processes.js';
import { GatewayQueries } from './gateway-queries.js';
import { GatewayResource } from './gateway-resource.js';
import { RetireGateway } from './retire-gateway.js';

const GatewayPath = z.strictObject({ gatewayId: Id });
const ApprovalBody = z
  .strictObject({ verifierKeys: z.array(z.string().max(256)).min(1).max(64) })
  .meta({ id: 'ProcessApproval' });
const Approval = z
  .object({ gatewayId: z.string(), verifierKeys: z.array(z.string()) })
  .meta({ id: 'ApprovedProcesses' });
const PageQuery = pageOfIdsQuery(/^[\x21-\x7e]{1,128}$/);

@Controller('v1/gateways')
export class GatewaysController {
  constructor(
    private readonly gateways: GatewayQueries,
    private readonly commands: CommandBus,
  ) {}

  @Get()
  @Returns(200, listOf(GatewayResource))
  @RequirePermission('settings.read')
  list(@Query({ schema: PageQuery }) query: z.output<typeof PageQuery>): Promise<Page<GatewayResource>> {
    return this.gateways.list(readPageOfIds(query));
  }

  @Post(':gatewayId/approve')
  @Returns(200, Approval)
  @RequirePermission('settings.manage')
  async approve(
    @Write() write: WriteRequest,
    @Param({ schema: GatewayPath }) { gatewayId }: z.output<typeof GatewayPath>,
    @Body({ schema: ApprovalBody }) { verifierKeys }: z.output<typeof ApprovalBody>,
  ): Promise<unknown> {
    return writtenAnswer(await this.commands.execute(new ApproveProcesses(write, gatewayId, verifierKeys)));
  }

  @Delete(':gatewayId')
  @Returns(204, null)
  @RequirePermission('settings.manage')
  async retire(
    @Write() write: WriteRequest,
    @Param({ schema: GatewayPath }) { gatewayId }: z.output<typeof GatewayPath>,
  ): Promise<unknown> {
    return emptyAnswer(await this.commands.execute(new RetireGateway(write, gatewayId)));
  }
}
