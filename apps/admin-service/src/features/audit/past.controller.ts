import { Readable } from 'node:stream';
import { Body, Controller, Get, Post, Query, Req, StreamableFile } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { type EntityView, eventsRevealed, type LogFold, summaryOf, viewOf } from '@keyfold/domain';
import type { Moment } from '@keyfold/event-store';
import { type FieldProblem, fieldProblem, invalidRequest, ProblemError } from '@keyfold/service-kit';
import { RequirePermission } from '../../http/access.js';
import { Answer } from '../../http/answer.js';
import { Caller, CurrentCaller } from '../../http/caller.js';
import { Returns } from '../../http/returns.decorator.js';
import { Write } from '../../http/write-request.js';
import type { WriteRequest } from '../../write/write-request.js';
import { type AuditAuthor, AuditLog } from './audit-log.js';
import { ExplainBody, StateQuery } from './event-queries.js';
import { REVEALED_FIELDS } from './event-resource.js';
import { PastFacts } from './past-facts.js';

const Entities = z.array(z.looseObject({ id: z.string(), status: z.string() }));
const State = z
  .object({
    position: z.int(),
    at: z.string().nullable(),
    settings: z.looseObject({}),
    roles: Entities,
    users: Entities,
    keys: Entities,
  })
  .meta({ id: 'PastState' });

const ExplanationResource = z
  .object({
    allowed: z.boolean(),
    reason: z.string().nullable(),
    decidedAtPosition: z.int(),
    at: z.string(),
    because: z.array(z.object({ position: z.int(), type: z.string(), summary: z.string() })),
  })
  .meta({ id: 'Explanation' });

/** The log's past: what it said, and how a request would have been decided. */
@Controller('v1/audit')
export class PastController {
  constructor(
    private readonly log: AuditLog,
    private readonly past: PastFacts,
  ) {}

  @Get('state')
  @RequirePermission('audit.read')
  @Returns(200, State)
  async state(
    @Query({ schema: StateQuery }) { at, position, reveal = false }: z.output<typeof StateQuery>,
    @CurrentCaller() caller: Caller,
    @Write() write: WriteRequest,
    @Req() request: FastifyRequest,
  ): Promise<Answer<StreamableFile>> {
    if (reveal) caller.require('audit.reveal');
    if (request.method === 'HEAD') throw new ProblemError(405, 'METHOD_NOT_ALLOWED', 'A state allows GET only.');
    const end = await this.endOf({ at, position });
    const fold = await this.past.at(end, reveal);
    const isShown = reveal && end > 0;
    const shown = isShown ? await this.recordReveal({ from: 1, to: end, fields: REVEALED_FIELDS }, write) : undefined;
    const body = new StreamableFile(Readable.from(stateText(fold)), { type: 'application/json; charset=utf-8' });
    return new Answer(body, shown === undefined ? {} : { position: shown });
  }

  @Post('explain')
  @RequirePermission('audit.read')
  @Returns(200, ExplanationResource)
  async explain(
    @Body({ schema: ExplainBody }) body: z.output<typeof ExplainBody>,
    @CurrentCaller() caller: Caller,
    @Req() request: FastifyRequest,
  ): Promise<Answer<z.output<typeof ExplanationResource>>> {
    const { ip = null, keyId, method = null, scopes = [], username = null } = body;
    const { at, end } = await this.momentOf(body);
    const question = { keyId, username, method, ip, scopes, nowMs: Date.parse(at) };
    const mayReveal = caller.may('audit.reveal');
    const { allowed, because, disclosed, reason } = await this.past.explain(end, question, mayReveal);
    const author = { actor: caller.actor, correlationId: request.id };
    const shown = disclosed === null ? {} : { position: await this.recordReveal(disclosed, author) };
    const records = because.map((record) => ({
      position: record.position,
      type: record.type,
      summary: summaryOf(record),
    }));
    return new Answer({ allowed, reason, decidedAtPosition: end, at, because: records }, shown);
  }

  /** The last record of the facts that are asked for, and the clock. */
  private async momentOf({ at, position }: z.output<typeof ExplainBody>): Promise<{ end: number; at: string }> {
    const last = await this.log.store.recordAsOf(position === undefined ? momentAt(at) : { position });
    if (last !== undefined) return { end: last.position, at: at ?? last.recordedAt };
    throw invalid(fieldProblem(position === undefined ? '/at' : '/position', 'NOTHING_BY_THEN'));
  }

  private async endOf({ at, position }: { at: string | undefined; position: number | undefined }): Promise<number> {
    if (position === undefined) return (await this.log.store.recordAsOf(momentAt(at)))?.position ?? 0;
    if (at !== undefined) throw invalid(fieldProblem('/at', 'NOT_TOGETHER', { other: 'position' }));
    const { size } = await this.log.store.head();
    if (position > size) throw invalid(fieldProblem('/position', 'PAST_HEAD', { max: size }));
    return position;
  }

  /** Records the disclosure; call it before any value is sent. @returns the record's position */
  private recordReveal(
    shown: { readonly from: number; readonly to: number; readonly fields: readonly string[] },
    { actor, correlationId }: AuditAuthor,
  ): Promise<number> {
    return this.log.record(eventsRevealed(uuidv7(), shown), { actor, correlationId });
  }
}

/** The last record at or before an instant; without one the last of all. */
function momentAt(at: string | undefined): Moment {
  return at === undefined ? 'now' : { at };
}

/** Entity by entity: the text of all of them is never in memory. */
function* stateText({ facts, position, recordedAt }: LogFold): Generator<string> {
  const { keys, roles, settings, users } = viewOf(facts);
  yield `{"position":${position},"at":${JSON.stringify(recordedAt)},"settings":${JSON.stringify(settings)}`;
  yield* listText('roles', roles);
  yield* listText('users', users);
  yield* listText('keys', keys);
  yield '}';
}

function* listText(name: string, entities: Iterable<EntityView>): Generator<string> {
  let before = `,"${name}":[`;
  for (const entity of entities) {
    yield before + JSON.stringify(entity);
    before = ',';
  }
  yield before === ',' ? ']' : `${before}]`;
}

function invalid(problem: FieldProblem): ProblemError {
  return invalidRequest('The log has no such moment.', [problem]);
}
