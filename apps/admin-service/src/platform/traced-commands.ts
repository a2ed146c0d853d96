import type { AsyncContext, CommandBus } from '@nestjs/cqrs';
import type { Tracing } from '@keyfold/service-kit';

/**
 * Makes each command a span by its name, as a part of the request that it came with. The bus has no hook around the handlers, only one before
 * them, so its method is replaced; where tracing is off the bus is as it was.
 */
export function traceCommands(bus: CommandBus, tracing: Tracing): void {
  const execute = bus.execute.bind(bus);
  bus.execute = (command: object, context?: AsyncContext): Promise<unknown> =>
    tracing.around(command.constructor.name, {}, () =>
      context === undefined ? execute(command) : execute(command, context),
    );
}
