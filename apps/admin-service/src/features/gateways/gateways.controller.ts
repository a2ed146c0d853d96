import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { pageOfIdsQuery, readPageOfIds, type Page } from '../../http/cursor.js';
import { Id } from '../../http/fields.js';
import { listOf, Returns } from '../../http/returns.decorator.js';
import { LogHead } from '../../tables/log-head.js';
import { GatewayQueries, GatewayResource } from './gateway-queries.js';

const GatewayPath = z.strictObject({ gatewayId: Id });
const PageQuery = pageOfIdsQuery(/^[\x21-\x7e]{1,128}$/);

@Controller('v1/gateways')
export class GatewaysController {
  constructor(
    private readonly gateways: GatewayQueries,
    private readonly head: LogHead,
  ) {}

  @Get()
  @Returns(200, listOf(GatewayResource), { problems: [403] })
  @RequirePermission('settings.read')
  list(@Query({ schema: PageQuery }) query: z.output<typeof PageQuery>): Promise<Page<GatewayResource>> {
    return this.gateways.list(readPageOfIds(query));
  }

  @Delete(':gatewayId')
  @Returns(204, null, {
    description: 'Forgotten until it asks for a head again.',
    problems: [403, 404, 409],
  })
  @RequirePermission('settings.manage')
  async retire(
    @Param({ schema: GatewayPath }) { gatewayId }: z.output<typeof GatewayPath>,
  ): Promise<Answer<undefined>> {
    await this.gateways.retire(gatewayId);
    return new Answer(undefined, { position: await this.head.position() });
  }
}
