import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decideApproval, gatewayStream } from '@keyfold/domain';
import { Causes } from '../../write/causes.js';
import type { Written } from '../../write/decision.js';
import { StreamReader } from '../../write/stream-reader.js';
import type { WriteRequest } from '../../write/write-request.js';
import { Writer } from '../../write/writer.js';

/** An administrator says that these are keys of a gateway's processes, whether or not they have asked already. */
export class ApproveProcesses extends Command<Written> {
  constructor(
    readonly write: WriteRequest,
    readonly gatewayId: string,
    readonly verifierKeys: readonly string[],
  ) {
    super();
  }
}

@CommandHandler(ApproveProcesses)
export class ApproveProcessesHandler implements ICommandHandler<ApproveProcesses> {
  constructor(
    private readonly writer: Writer,
    private readonly streams: StreamReader,
    private readonly causes: Causes,
  ) {}

  execute({ gatewayId, verifierKeys, write }: ApproveProcesses): Promise<Written> {
    return this.writer.run(write, () => ({
      resource: gatewayStream(gatewayId),
      read: async () => {
        const keys = await this.streams.gatewayKeys(gatewayId);
        return { state: keys.state, streams: [keys] };
      },
      decide: (keys) => decideApproval(gatewayId, verifierKeys, keys),
      // All of them are approved since the last one was.
      cause: (_keys, head) =>
        this.causes.newest(gatewayStream(gatewayId), head, ({ data }) =>
          verifierKeys.some((key) => key === data['verifierKey']),
        ),
      answer: () => ({ status: 200, body: { gatewayId, verifierKeys: [...verifierKeys] } }),
    }));
  }
}
