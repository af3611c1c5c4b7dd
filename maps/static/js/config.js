// What the page was given: words, quantities, symbols, the site. Written once by the server, read-only here.

export const config = JSON.parse(document.getElementById("yukimori-data").textContent);

/** The word for `key`, its {places} filled in. */
export function word(key, places = {}) {
  const text = config.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

/** The name of a station or a vehicle in the page's language; made-up ones are marked beside it, not in it. */
export function nameOf(properties) {
  const name = config.language === "en" ? properties.name_en || properties.name : properties.name;
  return properties.fictitious ? name.replace(/\s*[（(](架空|fictitious)[）)]$/i, "") : name;
}

/** `label：text` as each language sets it. */
export const labelled = (label, text) => (config.language === "ja" ? `${label}：${text}` : `${label}: ${text}`);

/** A remark in the brackets of the language. */
export const bracketed = (text) => (config.language === "ja" ? `（${text}）` : ` (${text})`);

/** The address of a page in the page's language. */
export function address(path) {
  if (!config.static) return config.prefix + path;
  const [, place, rest] = /^([^?#]*)(.*)$/.exec(config.prefix + path);
  const folder = place.replace(/^\/|\/$/g, "");
  return `${config.base}${folder}${folder ? "/" : ""}index.html${rest}`;
}

/** The address of anything else of ours: data, scripts, layers; `path` begins at the root of the site. */
export const resource = (path) => config.base + path.replace(/^\//, "");
