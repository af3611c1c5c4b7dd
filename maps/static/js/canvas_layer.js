// A Leaflet renderer that calls one function to paint; it moves and zooms with the map by itself.
/* global L */

export const CanvasLayer = L.Renderer.extend({
  initialize(paint, options) {
    L.Renderer.prototype.initialize.call(this, { padding: 0.2, ...options });
    this._paintAll = paint;
  },

  _initContainer() {
    this._container = L.DomUtil.create("canvas", "live-canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._context = this._container.getContext("2d");
  },

  _destroyContainer() {
    L.Util.cancelAnimFrame(this._frame);
    L.DomUtil.remove(this._container);
    delete this._container;
    delete this._context;
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    if (this._container.width !== Math.round(size.x * ratio) || this._container.height !== Math.round(size.y * ratio)) {
      this._container.width = Math.round(size.x * ratio);
      this._container.height = Math.round(size.y * ratio);
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
    }
    this._ratio = ratio;
    this.paintNow();
  },

  /** Paints in the next frame; several calls make one painting. */
  redraw() {
    if (this._map && !this._frame) this._frame = L.Util.requestAnimFrame(this.paintNow, this);
    return this;
  },

  /** Paints at once, in layer coordinates; not while the map is being zoomed (it is scaled as a picture then). */
  paintNow() {
    this._frame = null;
    if (!this._map || !this._context || (this._map._animatingZoom && this._painted)) return;
    const { min } = this._bounds;
    const context = this._context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this._container.width, this._container.height);
    context.setTransform(this._ratio, 0, 0, this._ratio, -min.x * this._ratio, -min.y * this._ratio);
    this._painted = true;
    this._paintAll(context, this._bounds, this._map);
  },
});

/** A pane above the tiles that lets clicks through to the map. */
export function pane(map, name, zIndex) {
  const element = map.createPane(name);
  element.style.zIndex = zIndex;
  element.style.pointerEvents = "none";
  return name;
}
