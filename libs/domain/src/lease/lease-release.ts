import type { CosignatureVerifier, Cosigner } from '../log/index.js';

/** What a process releases: the lease of one of its incarnations, in one request. */
export interface LeaseRelease {
  /** Origin of the log, so that a release is not worth anything at another one. */
  readonly origin: string;
  readonly incarnation: string;
  /** Of the head request that carries the release. */
  readonly nonce: string;
}

/** Signs a release with the process's own key, whose name says which gateway and slot it is. */
export function signRelease(release: LeaseRelease, process: Cosigner): Buffer {
  return process.sign(releaseBytes(release, process.name));
}

/** Whether a process's own key has signed this release. */
export function isSignedRelease(release: LeaseRelease, signature: Uint8Array, process: CosignatureVerifier): boolean {
  return process.verify(releaseBytes(release, process.name), signature);
}

// Cosignatures begin with `cosignature/v1`: neither can pass for the other. No part can hold a newline.
function releaseBytes({ incarnation, nonce, origin }: LeaseRelease, name: string): Buffer {
  return Buffer.from(`keyfold lease release v1\n${[origin, name, incarnation, nonce].map(oneLine).join('\n')}\n`);
}

function oneLine(text: string): string {
  return JSON.stringify(text);
}
