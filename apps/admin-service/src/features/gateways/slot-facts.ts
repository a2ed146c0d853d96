import type { EnrolledWithinHour, SlotFacts } from '@keyfold/domain';

/** Columns of {@link slotFactsOf}: {@link SLOT_FACTS} of an asking process `a`. */
export interface SlotFactsRow {
  readonly enrolment: SlotFacts['enrolment'];
  readonly current_position: string | null;
  readonly current_key: string | null;
  readonly is_key_retired: boolean;
  readonly is_slot_taken: boolean;
}

/**
 * Lateral joins that give what is known of the slot that a process asks for, for a row `a` with `gateway_id`, `slot`
 * and `verifier_key` (null for an older peer, of whom nothing is known).
 */
export const SLOT_FACTS = `
  cross join lateral (
    select
      coalesce((select s.gateway_enrolment from keyfold.log_settings s where s.id = 1), 'automatic') as enrolment,
      exists (
        select 1
        from keyfold.gateway_enrolments e
        where e.verifier_key = a.verifier_key
          and e.retired_position is not null
      ) as is_key_retired,
      exists (
        select 1
        from keyfold.gateway_leases other
        where other.gateway_id = a.gateway_id
          and other.slot = a.slot
          and other.ended is null
          and other.longest_seconds > 0
          and other.verifier_key <> a.verifier_key
      ) as is_slot_taken
  ) as slot_state
  left join lateral (
    select e.position as current_position, e.verifier_key as current_key
    from keyfold.gateway_enrolments e
    where e.gateway_id = a.gateway_id
      and e.slot = a.slot
      and e.retired_position is null
    order by e.position desc
    limit 1
  ) as current_enrolment on true`;

/** What {@link SLOT_FACTS} gives. */
export const SLOT_FACTS_COLUMNS = `slot_state.enrolment, slot_state.is_key_retired, slot_state.is_slot_taken,
    current_enrolment.current_position, current_enrolment.current_key`;

const NONE_ENROLLED: EnrolledWithinHour = { all: 0, gateway: 0, slot: 0, slots: 0 };

/** @param enrolled left out where only a key that is enrolled already is asked about */
export function slotFactsOf(row: SlotFactsRow, enrolled: EnrolledWithinHour = NONE_ENROLLED): SlotFacts {
  const { all, gateway, slot, slots } = enrolled;
  const { current_key: verifierKey, current_position: position, enrolment } = row;
  return {
    enrolment,
    current: verifierKey === null || position === null ? null : { verifierKey, position: Number(position) },
    isKeyRetired: row.is_key_retired,
    isSlotTaken: row.is_slot_taken,
    enrolledWithinHour: { all, gateway, slot, slots },
  };
}
