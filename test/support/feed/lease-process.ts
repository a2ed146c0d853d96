import { randomBytes, randomUUID } from 'node:crypto';
import {
  cosignatureLine,
  type Cosigner,
  deriveSharedKeys,
  EMPTY_ROOT,
  generateCosignerKey,
  openCheckpoint,
  parseCosignerKey,
  parseVerifierKey,
  processName,
  readNote,
  signRelease,
} from '@keyfold/domain';
import {
  type HeadRequest,
  isBatchReply,
  openBatchReply,
  type OpenedBatchReply,
  openReply,
  openSignedHead,
  type Protocol,
  type SealedRequest,
  sealRequest,
  type SignedHead,
} from '@keyfold/messaging';

/** Where a process asks and whom it trusts. */
export interface AskedAdmin {
  readonly internalUrl: string;
  readonly sharedSecret: string;
  readonly logPublicKey: string;
}

/** A refusal, by its code. */
export class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/**
 * A gateway process as far as the admin-service sees it: it asks, applies each head at once, holds the reply and
 * cosigns. Everything is sent as a real one sends it; what a test wants otherwise it says.
 */
export class LeaseProcess {
  readonly incarnation = randomUUID();
  readonly key: Cosigner;
  /** Nonce of the reply held. */
  held: string | null = null;
  applied: { readonly size: number; readonly root: string } = { size: 0, root: EMPTY_ROOT.toString('base64') };
  checkpoint: string | null = null;
  cosigned: string | null = null;

  constructor(
    readonly admin: AskedAdmin,
    readonly gatewayId: string,
    readonly slot = '0',
    seed: Buffer = randomBytes(32),
  ) {
    this.key = parseCosignerKey(generateCosignerKey(processName(gatewayId, slot), seed));
  }

  /** Asks until the key is enrolled: the first head is only there to be cosigned. */
  async begin(): Promise<OpenedBatchReply> {
    await this.ask();
    return this.ask();
  }

  /** Asks once, and applies and holds what comes. */
  async ask(change: (request: HeadRequest) => HeadRequest = (request) => request): Promise<OpenedBatchReply> {
    const request = change(this.request());
    const { body, sealed } = await this.send(request, 2);
    if (!isBatchReply(body)) throw new Error('the reply is none of a batch');
    const reply = openBatchReply(body, { nonce: request.nonce, hash: sealed.hash }, this.verifier);
    this.apply(reply.checkpoint);
    if (reply.leaseSeconds > 0) this.held = request.nonce;
    return reply;
  }

  /** Asks as a peer of an older version does. */
  async askAsOlder(protocol: Protocol): Promise<SignedHead> {
    const request: HeadRequest & { process?: unknown } = this.request();
    delete request.process;
    const { body, sealed } = await this.send(request, protocol);
    const head = openSignedHead(body, { nonce: request.nonce, sealed }, this.verifier);
    this.apply(head.checkpoint);
    this.held = request.nonce;
    return head;
  }

  /** Gives the lease back. */
  release(): Promise<OpenedBatchReply> {
    return this.ask((request) => this.releasing(request));
  }

  releasing(request: HeadRequest, key = this.key): HeadRequest {
    if (request.process === undefined) throw new Error('only a process with a key releases');
    const { incarnation, nonce } = request;
    const release = signRelease({ origin: this.verifier.name, incarnation, nonce }, key).toString('base64');
    return { ...request, process: { ...request.process, release } };
  }

  request(): HeadRequest & { readonly process: NonNullable<HeadRequest['process']> } {
    const { applied, checkpoint, cosigned, gatewayId, held, incarnation, key, slot } = this;
    return {
      gatewayId,
      incarnation,
      nonce: randomBytes(18).toString('base64url'),
      appliedSize: applied.size,
      appliedRoot: applied.root,
      checkpoint,
      held,
      process: { slot, verifierKey: key.verifierKey, version: 'test', cosigned, release: null },
    };
  }

  /** Sends a request as it is. @returns the reply's authentic body @throws Refused */
  async send(request: HeadRequest, protocol: Protocol): Promise<{ body: unknown; sealed: SealedRequest }> {
    const keys = deriveSharedKeys([this.admin.sharedSecret]);
    const sealed = sealRequest('head', request, { protocol, keys });
    const answer = await fetch(`${this.admin.internalUrl}/internal/v1/head`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: sealed.text,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Refused((JSON.parse(text) as { error: { code: string } }).error.code);
    return { body: openReply(sealed, text, keys), sealed };
  }

  private get verifier(): ReturnType<typeof parseVerifierKey> {
    return parseVerifierKey(this.admin.logPublicKey);
  }

  private apply(checkpoint: string): void {
    const { root, size } = openCheckpoint(checkpoint, this.verifier);
    this.applied = { size, root: root.toString('base64') };
    if (this.checkpoint !== checkpoint) {
      const { text } = readNote(checkpoint);
      this.cosigned = checkpoint + cosignatureLine(text, this.key, Math.floor(Date.now() / 1_000));
    }
    this.checkpoint = checkpoint;
  }
}
