// Names of ploughs that stand close together: of those that would lie on one another the first is written, the others when there is room.

/** Hides each name that lies on a name before it, or on me. The plough itself stays; the sheet of the route names all of them. */
export function clearNames(elements, me) {
  const boxes = elements.map((element) => element.lastChild.getBoundingClientRect());
  const taken = me ? [me.getBoundingClientRect()] : [];
  elements.forEach((element, which) => {
    const hidden = taken.some((box) => touch(box, boxes[which]));
    element.lastChild.dataset.name = hidden ? "hidden" : "shown";
    if (!hidden) taken.push(boxes[which]);
  });
}

function touch(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
