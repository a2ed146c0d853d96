import { Controller, Get, Headers, Param } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from '@keyfold/service-kit';
import { SignedIn } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { type Confirmation, ConfirmationResource, Confirmations } from '../../http/confirmation.js';
import { readWait } from '../../http/prefer.js';
import { Returns } from '../../http/returns.decorator.js';
import { LogHead } from '../../tables/log-head.js';
import { ReceiptFiles } from './receipts.js';

const PositionPath = z.strictObject({
  position: z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
});
type PositionPath = z.output<typeof PositionPath>;

/** What the receipt file holds; docs/receipts.md says how to check it. */
const ReceiptFile = z
  .object({
    format: z.literal('keyfold-receipt/1'),
    position: z.int(),
    leaf: z.string(),
    enrolments: z.array(z.object({ leaf: z.string(), inclusion: z.unknown() })),
    proofs: z.array(z.object({ checkpoint: z.string(), inclusion: z.unknown() })),
    statement: z.string(),
  })
  .meta({ id: 'Receipt' });

@Controller('v1/confirmations')
export class ConfirmationsController {
  constructor(
    private readonly confirmations: Confirmations,
    private readonly receipts: ReceiptFiles,
    private readonly head: LogHead,
  ) {}

  @Get(':position')
  @Returns(200, ConfirmationResource)
  @SignedIn()
  async read(
    @Param({ schema: PositionPath }) { position }: PositionPath,
    @Headers('prefer') prefer: string | undefined,
  ): Promise<Answer<Confirmation>> {
    const waitSeconds = readWait(prefer) ?? 0;
    if (position > (await this.head.position())) throw new ProblemError(404, 'NOT_FOUND', 'There is no such position.');
    const confirmation = await this.confirmations.confirm(position, { waitSeconds });
    return new Answer(confirmation, waitSeconds > 0 && confirmation.status === 'pending' ? { status: 202 } : {});
  }

  @Get(':position/receipt')
  @Returns(200, ReceiptFile)
  @SignedIn()
  async receipt(
    @CurrentCaller() caller: Caller,
    @Param({ schema: PositionPath }) { position }: PositionPath,
  ): Promise<Answer<string>> {
    const file = await this.receipts.read(caller, position);
    const disposition = `attachment; filename="receipt-${position}.json"`;
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-disposition': disposition };
    return new Answer(file, { headers });
  }
}
