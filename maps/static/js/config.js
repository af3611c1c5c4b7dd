// What the page was given: words, quantities, symbols, the site. Written once by the server, read-only here.

export const config = JSON.parse(document.getElementById("yukimori-data").textContent);

/** The word for `key`, its {places} filled in. */
export function word(key, places = {}) {
  const text = config.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

/** The name of a station or a vehicle in the page's language. */
export function nameOf(properties) {
  return config.language === "en" ? properties.name_en || properties.name : properties.name;
}

/** The address of a page in the page's language. */
export const address = (path) => config.prefix + path;
