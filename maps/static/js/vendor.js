// Loads a vendored script when it is first needed: a first look at the map does not pay for charts and tiles.

import { resource } from "./config.js";

const loading = new Map();

/** Resolves when the script of this name is there; may be asked again after a failure. */
export function vendored(name) {
  if (!loading.has(name)) loading.set(name, load(resource(`/static/vendor/${name}`)).catch((error) => { loading.delete(name); throw error; }));
  return loading.get(name);
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${address} could not be loaded`));
    document.head.append(script);
  });
}
