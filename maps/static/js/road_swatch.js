// A small drawing of a road's look, as the template maps/templates/road_parts.html.j2 writes it.
const SVG = "http://www.w3.org/2000/svg";

/** The swatch of a look: casing, outline and dashed stroke. */
export function roadSwatch(look) {
  const svg = node("svg", { class: "swatch road-age", viewBox: "0 0 56 24", "aria-hidden": "true", focusable: "false" });
  svg.append(node("path", { class: "casing", d: "M2 12H54" }));
  if (look.id === "withheld") svg.append(node("path", { class: "hollow", d: "M2 12H54" }), node("path", { class: "core", d: "M2 12H54" }));
  else {
    svg.append(node("path", { class: "edge", d: "M2 12H54", stroke: look.edge, "stroke-dasharray": look.dash || "none" }));
    svg.append(node("path", { class: "bright", d: "M2 12H54", stroke: look.bright, "stroke-dasharray": look.dash || "none" }));
    svg.append(node("path", { class: "ink", d: "M2 12H54", stroke: look.colour, "stroke-dasharray": look.dash || "none" }));
  }
  return svg;
}

function node(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
