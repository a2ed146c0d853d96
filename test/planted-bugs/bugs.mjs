const LEASE_ROWS = 'apps/admin-service/src/features/gateways/lease-rows.int-spec.ts';
const HEAD_SERVICE = 'libs/messaging/src/heads/head-service.ts';
const LEASE_BOOK = 'apps/admin-service/src/features/gateways/lease-book.ts';
const LEASE_ENDS = 'apps/admin-service/src/features/gateways/lease-ends.ts';
const LEASE_GENERATIONS = 'apps/admin-service/src/features/gateways/lease-generations.ts';
const LEASE_ROW = 'libs/domain/src/lease/lease-row.ts';
const LEASE = 'apps/auth-gateway/src/freshness/lease.ts';
const LEASE_PROCESS = 'apps/auth-gateway/src/freshness/lease-process.ts';
const PROJECTION_AUDIT = 'apps/auth-gateway/src/audit/projection-audit.ts';
const LOG_ORIGIN = 'libs/domain/src/model/log-origin.ts';
const PROVEN_ORIGINS = 'libs/messaging/src/refill/proven-origins.ts';
const VERIFY_RECEIPT = 'libs/domain/src/receipts/verify-receipt.ts';
const specOf = (file) => file.replace(/\.ts$/, '.spec.ts');
const intSpecOf = (file) => file.replace(/\.ts$/, '.int-spec.ts');

/**
 * Bugs that somebody could write, and the tests that find them: `from` stands once in `file` and is replaced by `to`;
 * `only` names the tests of `test` that are run.
 */
export const BUGS = [
  {
    kind: 'lease order',
    name: 'the head is read before the lease rows are committed',
    file: HEAD_SERVICE,
    from: `    const { grants, logTime } = await leases.commit(entries.map(({ ask }) => ask));
    const knownSize = signer.known.size;
    const head = await source.head(knownSize);
`,
    to: `    const knownSize = signer.known.size;
    const head = await source.head(knownSize);
    const { grants, logTime } = await leases.commit(entries.map(({ ask }) => ask));
`,
    test: LEASE_ROWS,
    only: 'is committed before the head is read',
  },
  {
    kind: 'lease order',
    name: 'the rows need not be on disk',
    file: LEASE_BOOK,
    from: "interval '1 microsecond' as logged_at) as now",
    to: "interval '1 microsecond' as logged_at, set_config('synchronous_commit', 'off', true)) as now",
    test: LEASE_ROWS,
    only: 'is on disk before the reply leaves',
  },
  {
    kind: 'lease end',
    name: 'a lease is over without the margin for clocks that run apart',
    file: LEASE_ROW,
    from: 'longestSeconds * 1_010 + 250',
    to: 'longestSeconds * 1_000',
    test: LEASE_ROWS,
    only: "by this replica's own monotonic clock",
  },
  {
    kind: 'lease end',
    name: 'a row counts from its first sight, although it was renewed since',
    file: LEASE_ENDS,
    from: 'if (before?.renewal === row.renewal) return before;',
    to: 'if (before !== undefined) return { ...before, renewal: row.renewal };',
    test: LEASE_ROWS,
    only: 'never while its row changes',
  },
  {
    kind: 'lease end',
    name: 'the row forgets the longer lease of the reply that is still held',
    file: LEASE_ROW,
    from: 'return { kept, longestSeconds: longestOf(kept) };',
    to: 'return { kept, longestSeconds: leaseSeconds };',
    test: specOf(LEASE_ROW),
  },
  {
    kind: 'lease end',
    name: 'a reply that the process does not name forgets the ones before it',
    file: LEASE_ROW,
    from: 'heldAt < 0 ? terms.kept : terms.kept.slice(heldAt)',
    to: 'heldAt < 0 ? [] : terms.kept.slice(heldAt)',
    test: specOf(LEASE_ROW),
  },
  {
    kind: 'lease end',
    name: 'the gateway counts its lease from when the reply came',
    file: LEASE,
    from: 'this._endsAtMs = offer.sentAtMonotonicMs + offer.leaseSeconds * 1_000;',
    to: 'this._endsAtMs = performance.now() + offer.leaseSeconds * 1_000;',
    test: specOf(LEASE),
  },
  {
    kind: 'lease end',
    name: 'the gateway holds its lease before it has applied the head',
    file: LEASE,
    from: 'if (offer.size <= appliedSize) this.take(offer);',
    to: 'if (offer.size <= appliedSize + 1) this.take(offer);',
    test: specOf(LEASE),
  },
  {
    kind: 'lease end',
    name: 'an older reply that comes late replaces a newer one',
    file: LEASE,
    from: 'if (this._held !== null && offer.sentAtMonotonicMs < this._held.sentAtMonotonicMs) return;',
    to: '',
    test: specOf(LEASE),
  },
  {
    kind: 'lease end',
    name: 'after a fork only leases of the length that is known are waited for',
    file: LEASE_GENERATIONS,
    from: 'SETTINGS_BOUNDS.gatewayLeaseSeconds.max',
    to: 'SETTINGS_BOUNDS.gatewayLeaseSeconds.min',
    test: intSpecOf(LEASE_GENERATIONS),
    only: 'as long as any lease can be',
  },
  {
    kind: 'cosign before apply',
    name: 'the process cosigns whatever the log has signed',
    file: LEASE_PROCESS,
    from: 'checkpoint?.size !== size || !checkpoint.root.equals(root) || size <= this.signedSize',
    to: 'checkpoint === null || size <= this.signedSize',
    test: specOf(LEASE_PROCESS),
  },
  {
    kind: 'cosign before apply',
    name: 'the process cosigns a checkpoint that is not by the log',
    file: LEASE_PROCESS,
    from: 'return openCheckpoint(note, verifier);',
    to: `const [, size = '0', root = ''] = note.split('\\n');
    return { origin: verifier.name, size: Number(size), root: Buffer.from(root, 'base64') } as Checkpoint;`,
    test: specOf(LEASE_PROCESS),
  },
  {
    kind: "sibling's commit",
    name: 'a checkpoint beyond the own memory is taken for applied',
    file: LEASE_PROCESS,
    from: 'checkpoint?.size !== size || !checkpoint.root.equals(root)',
    to: 'checkpoint === null || checkpoint.size < size',
    test: specOf(LEASE_PROCESS),
  },
  {
    kind: "sibling's commit",
    name: 'a lease begins by the tables, which a sibling has written, and not by the own memory',
    file: 'apps/auth-gateway/src/freshness/freshness.ts',
    from: 'this.lease.offer(head, this.facts.appliedSize)',
    to: 'this.lease.offer(head, head.size)',
    test: 'apps/auth-gateway/src/guarantees.int-spec.ts',
    only: 'a record that it does not know stops it loudly',
  },
  {
    kind: 'clock',
    name: "the log's clock goes back with a head that says less",
    file: 'libs/messaging/src/heads/log-clock.ts',
    from: 'this.leadMs = Math.max(0, before - this.headTimeAt(monotonicMs));',
    to: 'this.leadMs = 0;',
    test: 'libs/messaging/src/heads/log-clock.spec.ts',
  },
  {
    kind: 'clock',
    name: "the log's clock stands still while it is ahead of the heads",
    file: 'libs/messaging/src/heads/log-clock.ts',
    from: 'const SMALL_LEAD_RATE = 0.5;',
    to: 'const SMALL_LEAD_RATE = 0;',
    test: 'libs/messaging/src/heads/log-clock.spec.ts',
  },
  {
    kind: 'clock',
    name: "leases end by Postgres's clock",
    file: LEASE_ENDS,
    from: `    // After the answer: the rows were read before.
    const nowMs = this.clock.nowMs();`,
    to: `    const nowMs = this.database.logTime.now().getTime();`,
    test: LEASE_ROWS,
    only: "by this replica's own monotonic clock",
  },
  {
    kind: 'cache after apply',
    name: 'a row read before a record was applied is put into memory after it',
    file: 'apps/auth-gateway/src/facts/touched-streams.ts',
    from: 'return position < this.forgottenUpTo || position < (this.touchedAt.get(stream) ?? 0);',
    to: 'return position < this.forgottenUpTo && position < (this.touchedAt.get(stream) ?? 0);',
    test: 'apps/auth-gateway/src/facts/touched-streams.spec.ts',
  },
  {
    kind: 'cache after apply',
    name: 'a position counts as applied before its changes are in memory',
    file: 'apps/auth-gateway/src/facts/gateway-facts.ts',
    from: `      this.applyChange(change, isLive);
    }
    this._appliedSize = size;`,
    to: `      if (change.category !== 'api-key') this.applyChange(change, isLive);
    }
    this._appliedSize = size;`,
    test: 'apps/auth-gateway/src/guarantees.int-spec.ts',
    only: 'a key that is revoked while its secret waits for Argon2 is refused',
  },
  {
    kind: 'receipt completeness',
    name: 'a cosignature of the origin before a fork counts',
    file: 'apps/admin-service/src/tables/lease-rows.ts',
    from: "'case when l.generation >= fork.generation then l.cosigned_size end'",
    to: "'l.cosigned_size'",
    test: intSpecOf(LEASE_GENERATIONS),
    only: 'cosignatures from before count for nothing',
  },
  {
    kind: 'receipt completeness',
    name: 'a pinned process need not be named',
    file: VERIFY_RECEIPT,
    from: 'if (processes.some(({ gatewayId, slot }) => key.startsWith(`${gatewayId}/${slot}+`))) continue;',
    to: 'if (processes.length >= 0) continue;',
    test: specOf(VERIFY_RECEIPT),
  },
  {
    kind: 'receipt completeness',
    name: 'an enrolled process need not be in the statement',
    file: VERIFY_RECEIPT,
    from: 'if (lines.some((line) => line.gatewayId === gatewayId && line.slot === slot)) return;',
    to: 'if (lines.length > 0 || gatewayId + slot) return;',
    test: specOf(VERIFY_RECEIPT),
  },
  {
    kind: 'receipt completeness',
    name: 'one key may stand for two processes',
    file: VERIFY_RECEIPT,
    from: 'if (sameKey === undefined) return;',
    to: 'if (sameKey === undefined || sameKey) return;',
    test: specOf(VERIFY_RECEIPT),
  },
  {
    kind: 'receipt completeness',
    name: "another key's receipt passes",
    file: VERIFY_RECEIPT,
    from: 'if (expectKey === undefined || keyId === expectKey) return;',
    to: 'if (expectKey === undefined || keyId !== null) return;',
    test: specOf(VERIFY_RECEIPT),
  },
  {
    kind: 'self-audit',
    name: 'rows of keys are never chosen',
    file: 'apps/auth-gateway/src/audit/audit-sample.ts',
    from: "this.walk('api-key', rows),",
    to: 'Promise.resolve([]),',
    test: 'apps/auth-gateway/src/audit/audit-sample.int-spec.ts',
    only: 'every row of the tables has its turn',
  },
  {
    kind: 'self-audit',
    name: 'the inclusion of a record is not proven',
    file: 'libs/messaging/src/refill/stream-client.ts',
    from: 'if (!isIncluded) throw',
    to: 'if (position > head.size) throw',
    test: 'libs/messaging/src/refill/stream-client.int-spec.ts',
    only: 'cannot change, repeat or move a record',
  },
  {
    kind: 'self-audit',
    name: 'a difference is counted and raises no alarm',
    file: PROJECTION_AUDIT,
    from: "{ ...found, alarm: 'PROJECTION_DIFFERS' },",
    to: '{ ...found },',
    test: intSpecOf(PROJECTION_AUDIT),
    only: 'a key made good again',
  },
  {
    kind: 'self-audit',
    name: 'a process cosigns while a row of its own differs',
    file: 'apps/auth-gateway/src/gateway-parts.ts',
    from: 'isDoubtful: () => facts.distrustedStreams.length > 0,',
    to: 'isDoubtful: () => false,',
    test: intSpecOf(PROJECTION_AUDIT),
    only: 'a process in doubt over a row cosigns nothing',
  },
  {
    kind: 'self-audit',
    name: 'a rebuild passes over rows that the log does not have',
    file: 'apps/auth-gateway/src/audit/scratch-projection.ts',
    from: 'if (rowDifference(stored, expected) !== null) different.push',
    to: 'if (expected !== null && rowDifference(stored, expected) !== null) different.push',
    test: 'apps/auth-gateway/src/rebuild-gateway.int-spec.ts',
  },
  {
    kind: 'fork',
    name: 'a replica that has found no fork signs on under the origin before',
    file: 'libs/event-store/src/signed-checkpoints.ts',
    from: 'and not now_is.is_superseded',
    to: 'and now_is.is_superseded is not null',
    test: 'libs/event-store/src/read/reads.int-spec.ts',
    only: 'under an origin that has a successor',
  },
  {
    kind: 'fork',
    name: 'another fork than the one that was found is acknowledged',
    file: LOG_ORIGIN,
    from: '    isSame(found, named),',
    to: "    found.checkpoint !== '',",
    test: specOf(LOG_ORIGIN),
  },
  {
    kind: 'fork',
    name: 'a gateway follows an origin that no acknowledged fork leads to',
    file: PROVEN_ORIGINS,
    from: 'if (originAfter(known.name, successions) !== origin) throw',
    to: 'if (successions.length > MAX_FORKS) throw',
    test: specOf(PROVEN_ORIGINS),
  },
  {
    kind: 'lease order',
    name: 'a row that the synchronous standby may lack gives a lease',
    file: 'libs/event-store/src/commit-warnings.ts',
    from: 'warnings.requireNone();',
    to: '',
    test: LEASE_ROWS,
    only: 'is on the synchronous standby before the reply leaves',
  },
  {
    kind: 'receipt completeness',
    name: 'the confirmation of a write that found everything done names the head',
    file: 'apps/admin-service/src/write/writer.ts',
    from: '(await decision.cause?.(state, head)) ?? head',
    to: '(await Promise.resolve(state)) === undefined ? 0 : head',
    test: 'apps/admin-service/src/features/receipts/no-ops.int-spec.ts',
    only: 'that finds it done waits until gateways have what did it',
  },
];
