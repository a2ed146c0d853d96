// What Kubernetes puts into every container for each Service of its namespace (`enableServiceLinks`), after Docker's old links:
// a Service `keyfold-gateway` becomes KEYFOLD_GATEWAY_PORT=tcp://10.96.0.5:3100, KEYFOLD_GATEWAY_SERVICE_HOST and more.
const LINK_ADDRESS = /^(?:tcp|udp|sctp):\/\/(?:\[[0-9a-f:.]+\]|[^\s/:]+):\d{1,5}$/i;
const LINK_PORT = /_PORT$/;
const FURTHER_NAMES = [
  /_SERVICE_HOST$/,
  /_SERVICE_PORT(?:_[A-Z0-9_]+)?$/,
  /_PORT_\d{1,5}_(?:TCP|UDP|SCTP)(?:_PROTO|_PORT|_ADDR)?$/,
];

/** Whether a variable `..._PORT` holds a Service's address (`tcp://10.96.0.5:3100`), which nobody has chosen as a port. */
export function isServiceAddress(name: string, value: string | undefined): boolean {
  return value !== undefined && LINK_PORT.test(name) && LINK_ADDRESS.test(value);
}

/** Whether Kubernetes has put this variable there for some Service. */
export function isServiceLink(name: string, value: string | undefined): boolean {
  return isServiceAddress(name, value) || FURTHER_NAMES.some((pattern) => pattern.test(name));
}
