import { parseVerifierKey, type ReceiptVerdict, verifyReceipt } from '@keyfold/domain';
import { verifyIndependently } from '@keyfold/testing/receipts/second-verifier';

/** The receipt of a confirmed write, as the admin-service gave it. */
export interface ReadReceipt {
  /** The command that was confirmed. */
  readonly label: string;
  readonly position: number;
  readonly status: number;
  readonly file: string;
  /** Processes that had a lease when the write was made, as `<gatewayId>/<slot>`: the receipt must name each. */
  readonly mustName: readonly string[];
}

/**
 * What is wrong with receipts: one that is not there, that either verifier refuses, that is about something else, or
 * that leaves out a process which could have allowed what was confirmed away.
 */
export function problemsOfReceipts(receipts: readonly ReadReceipt[], logPublicKey: string): string[] {
  return receipts.flatMap((receipt) =>
    problemsOfReceipt(receipt, logPublicKey).map((problem) => `the receipt of "${receipt.label}": ${problem}`),
  );
}

function problemsOfReceipt({ file, mustName, position, status }: ReadReceipt, logPublicKey: string): string[] {
  if (status !== 200) return [`answered with ${status}, although ${position} had been confirmed`];
  const verdict = verifyReceipt(file, { logKey: parseVerifierKey(logPublicKey) });
  if (!verdict.isGenuine) return [`is refused: ${verdict.reason}`];
  const named = new Set(verdict.processes.map(({ gatewayId, slot }) => `${gatewayId}/${slot}`));
  return [
    ...otherVerifier(file, logPublicKey),
    ...(verdict.position === position ? [] : [`is about ${verdict.position} and not ${position}`]),
    ...mustName.filter((process) => !named.has(process)).map((process) => `does not name ${process}`),
    ...problemsOfProcesses(verdict),
  ];
}

/** A process proves nothing by a tree from before the write. */
function problemsOfProcesses({ position, processes }: Extract<ReceiptVerdict, { isGenuine: true }>): string[] {
  return processes
    .filter(({ by, size }) => by === 'applied' && (size ?? 0) < position)
    .map(({ gatewayId, size, slot }) => `${gatewayId}/${slot} has applied ${String(size)} only`);
}

function otherVerifier(file: string, logPublicKey: string): string[] {
  try {
    verifyIndependently(file, logPublicKey);
    return [];
  } catch (error) {
    return [`is refused by the second verifier: ${String(error)}`];
  }
}
