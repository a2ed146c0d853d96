/** A read model that is a fold of the log, and of which a rebuild can therefore say what it has to be. */
export interface ModelTable {
  /** In the schema `keyfold`. */
  readonly name: string;
  /** Columns of its primary key. */
  readonly key: readonly string[];
  /** Its other columns, as the log says them. */
  readonly columns: readonly string[];
  /**
   * Columns that depend on the time as well and are brought up to date by a sweep, or by a trigger with it: a rebuild
   * writes them and makes a sweep due.
   */
  readonly swept?: readonly string[];
}

export const MODEL_TABLES: readonly ModelTable[] = [
  { name: 'settings', key: ['id'], columns: ['stream_version', 'state'] },
  {
    name: 'roles',
    key: ['role_id'],
    columns: ['stream_version', 'created_position', 'name', 'permissions', 'is_system', 'is_deleted', 'state'],
  },
  {
    name: 'users',
    key: ['user_id'],
    columns: [
      'stream_version',
      'created_position',
      'created_at',
      'username',
      'display_name',
      'email',
      'status',
      'supervisor_id',
      'state',
      'search_words',
    ],
  },
  { name: 'role_grants', key: ['user_id', 'role_id'], columns: [] },
  {
    name: 'api_keys',
    key: ['key_id'],
    columns: [
      'stream_version',
      'created_position',
      'user_id',
      'created_at_ms',
      'issued_at_ms',
      'own_expires_at_ms',
      'is_pending',
      'is_revoked',
      'superseded_until_ms',
      'state',
      'search_words',
      'supervisor_id',
    ],
    swept: ['list_class', 'ends_at_ms', 'revoked_at_ms'],
  },
  { name: 'bulk_revocations', key: ['user_id'], columns: ['before_position'] },
  {
    name: 'bulk_revocation_records',
    key: ['position'],
    columns: ['user_id', 'issued_before_ms', 'at_ms', 'reason'],
  },
  {
    name: 'gateway_enrolments',
    key: ['position'],
    columns: ['gateway_id', 'slot', 'verifier_key', 'enrolled_at', 'retired_position'],
  },
  { name: 'log_settings', key: ['id'], columns: ['stream_version', 'gateway_enrolment'] },
  { name: 'log_origins', key: ['position'], columns: ['previous_origin', 'origin'] },
];

/**
 * Tables that the projection writes beside the models. What it does to them is no fold of the log; in a scratch schema
 * they stay empty.
 */
export const BESIDE_MODELS = ['sessions', 'gateway_leases', 'key_list_sweeps'] as const;
