// What is recorded and not yet with the server: kept in the browser's database, so it outlives a reload and a closed page.
import { config } from "./config.js";

const NAME = `yukimori-crew-${config.site.id}`;
export const MOST_POSITIONS = 50_000;
const opened = open().catch(() => null);

/** Whether records outlive the page; where not they are in memory, and nobody is told otherwise. */
export const isLasting = async () => (await opened) !== null;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("positions", { autoIncrement: true });
      request.result.createObjectStore("notes", { keyPath: "id" });
      request.result.createObjectStore("kept");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is held by an older page"));
  });
}

// In memory, where there is no database: the same three shelves.
const memory = { positions: new Map(), notes: new Map(), kept: new Map() };
let next = 1;

async function work(shelf, mode, inDatabase, inMemory) {
  const database = await opened;
  if (database === null) return inMemory(memory[shelf]);
  return new Promise((resolve, reject) => {
    // Resolved when it is written. A report is forced to the disk; a fix each second would cost the battery more than it is worth.
    const transaction = database.transaction(shelf, mode, { durability: shelf === "notes" ? "strict" : "relaxed" });
    let result;
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    inDatabase(transaction.objectStore(shelf), (request) => { request.onsuccess = () => { result = request.result; }; });
  });
}

/** Adds a position; rejects where the phone has no room. */
export const addPosition = (entry) => work("positions", "readwrite", (store, take) => take(store.add(entry)), (map) => map.set(next++, entry));

/** The oldest positions, at most so many: [[number, entry]…]. */
export async function positions(most) {
  const numbers = await work("positions", "readonly", (store, take) => take(store.getAllKeys(null, most)), (map) => [...map.keys()].slice(0, most));
  const entries = await work("positions", "readonly", (store, take) => take(store.getAll(null, most)), (map) => [...map.values()].slice(0, most));
  return numbers.map((number, index) => [number, entries[index]]);
}

export const countPositions = () => work("positions", "readonly", (store, take) => take(store.count()), (map) => map.size);

export const dropPositions = (numbers) => work("positions", "readwrite", (store) => numbers.forEach((number) => store.delete(number)), (map) => numbers.forEach((number) => map.delete(number)));

/** Writes a note, in place of the one with its id. */
export const putNote = (note) => work("notes", "readwrite", (store, take) => take(store.put(note)), (map) => map.set(note.id, note));

export const notes = () => work("notes", "readonly", (store, take) => take(store.getAll()), (map) => [...map.values()]);

export const dropNote = (id) => work("notes", "readwrite", (store, take) => take(store.delete(id)), (map) => map.delete(id));

/** Keeps something the page shows while there is no line. */
export const store = (name, value) => work("kept", "readwrite", (shelf, take) => take(shelf.put(value, name)), (map) => map.set(name, value));

export const stored = (name) => work("kept", "readonly", (shelf, take) => take(shelf.get(name)), (map) => map.get(name));
