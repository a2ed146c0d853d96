/** What the reverse proxy has open, and what it has turned away since there was too much of it. */
export class OpenConnections {
  /** Requests under way. */
  requests = 0;
  /** Connections that were upgraded: WebSocket and its kin. */
  upgraded = 0;
  /** Turned away: their key had as many open as one may have. */
  refusedForKey = 0;
  /** Turned away: all keys together had. */
  refusedForAll = 0;
}
