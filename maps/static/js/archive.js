// An archive of vector tiles: opened once, each tile fetched once for all that draw from it, every failure told.
/* global protomapsL */
import { vendored } from "./vendor.js";

const KEPT = 64;

/** The open archive at an address, for `leafletLayer({url})`; rejects where it cannot be read. `onTrouble()` is called when a tile fails later. */
export async function openArchive(url, onTrouble = () => {}) {
  await vendored("protomaps-leaflet.js");
  const archive = new protomapsL.PmtilesSource(url, false).p;
  await archive.getHeader();
  const tiles = new Map();

  // A tile that fails is forgotten, so that it may be asked for again, and never passes for an empty one.
  function getZxy(z, x, y) {
    const key = `${z}/${x}/${y}`;
    if (!tiles.has(key)) tiles.set(key, fetchTile(key, z, x, y));
    else tiles.set(key, take(key));
    if (tiles.size > KEPT) tiles.delete(tiles.keys().next().value);
    return tiles.get(key);
  }

  async function fetchTile(key, z, x, y) {
    try {
      return await archive.getZxy(z, x, y);
    } catch (error) {
      tiles.delete(key);
      onTrouble(error);
      throw error;
    }
  }

  function take(key) {
    const tile = tiles.get(key);
    tiles.delete(key);
    return tile;
  }

  return { getZxy };
}
