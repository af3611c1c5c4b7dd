// What is shown is in the address (#theme=river&station=…), so that a view can be sent to someone else.

const read = () => new URLSearchParams(location.hash.slice(1));

export const fromAddress = (name) => read().get(name);

/** Writes one part of the view into the address without a new entry in the history. */
export function toAddress(name, value) {
  const parts = read();
  if (value) parts.set(name, value);
  else parts.delete(name);
  const hash = parts.toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}
