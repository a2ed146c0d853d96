import type { Logger } from '@keyfold/service-kit';
import type { GatewayConfig } from './gateway-config.js';
import { limitHeapGrowthOnceFull } from './heap-growth.js';
import type { RunningProcess } from './running-process.js';
import { openGateway } from './start-gateway.js';
import { startProblem } from './start-problem.js';
import { WorkerLink } from './workers/worker-link.js';
import { ownSlot } from './workers/worker-slot.js';

/**
 * Starts a worker of a gateway: a whole gateway process, but that the primary shares out its connections and speaks for
 * it at the operations port.
 */
export async function startWorker(config: GatewayConfig, log: Logger): Promise<RunningProcess> {
  const link = new WorkerLink(config.settings.KEYFOLD_GATEWAY_WORKERS, ownSlot(process.argv));
  try {
    const gateway = await openGateway(config, log, {
      siblings: link,
      operate: (reports) => {
        link.report(reports);
        return Promise.resolve(() => Promise.resolve());
      },
    });
    limitHeapGrowthOnceFull(gateway.parts, config);
    link.listening({ url: gateway.url, proxyUrl: gateway.proxyUrl });
    return { ...gateway, opsUrl: null };
  } catch (error) {
    // The primary says it once for all workers; what has no sentence is written here, where its stack is.
    const sentence = startProblem(error, config.settings) ?? null;
    if (sentence === null) log.fatal({ err: error }, 'a worker cannot start');
    await link.cannotStart(sentence);
    process.exit(1);
  }
}
