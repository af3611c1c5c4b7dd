// Where a closed road is: one of the town's layer of roads, or a place; both so that the public map can show it.
import { config, resource, word } from "./config.js";
import { make } from "./elements.js";

/** The fields of a form: {elements, fill()}; `fill` fetches the names of the roads once. Where they cannot be had a place is given. */
export function roadFields() {
  const select = make("select", { class: "field", name: "road" }, make("option", { value: "" }, word("places_no_road")));
  const place = (name, text, least, most) => make("label", {}, text, make("input", { class: "field", name, type: "number", step: "any", min: least, max: most, autocomplete: "off" }));
  const [[south, west], [north, east]] = config.bounds;
  const elements = [make("label", {}, word("places_on_map"), select), place("lat", word("places_lat"), south, north), place("lon", word("places_lon"), west, east)];
  let asked = false;

  async function fill() {
    if (asked || !config.roads) return;
    asked = true;
    try {
      const response = await fetch(resource(`/layers/${config.roads.layer}.geojson`));
      if (!response.ok) throw new Error(`roads: ${response.status}`);
      const { features } = await response.json();
      const named = features.map(({ properties }) => [String(properties.id), [properties.name, properties.id].filter(Boolean).join(" ")]);
      named.sort(([, one], [, other]) => one.localeCompare(other, "ja"));
      select.append(...named.map(([value, text]) => make("option", { value }, text)));
    } catch {
      asked = false;
    }
  }

  return { elements, fill };
}

/** What the fields say: `road` where one is chosen, `lon` and `lat` where either is given (half a place is refused, with words). */
export function placeOf({ road, lon, lat }) {
  const number = (text) => (text === "" ? null : Number(text));
  return { ...(road ? { road } : {}), ...(lon || lat ? { lon: number(lon), lat: number(lat) } : {}) };
}
