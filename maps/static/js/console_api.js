// Asks our own server in the name of whoever is signed in. A refusal is a sentence a person can act on, never only a number.
import { address, config, resource, word } from "./config.js";

const PATIENCE_MS = 15_000;
const ROLES = { viewer: 1, operator: 2, approver: 3, admin: 4 };

let token = "";
let role = 0;

/** What could not be had: `status` (0: no line), `needs` (what is missing: sign-in, role …), `code` (the rule that forbids it) and a sentence as message. */
export class Refusal extends Error {
  constructor(message, status, needs = "", code = "") {
    super(message);
    this.status = status;
    this.needs = needs;
    this.code = code;
  }
}

/** Who is signed in: {person: {name, shown_name, role}, fresh_until, …}; rejects where nobody is. */
export async function openSession() {
  const { body } = await get("/api/session");
  if (!body.person || body.lacks) throw new Refusal(word("console_signed_out"), 401, "sign-in");
  token = body.csrf;
  role = ROLES[body.person.role] ?? 0;
  return body;
}

/** Whether the person may do what needs this role. */
export const may = (name) => role >= ROLES[name];

/** {body, etag, date} of an address, body null where it is still what `etag` named. */
export async function get(path, etag = null) {
  const response = await ask(path, { headers: { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) }, cache: "no-store" });
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (response.status === 304) return { body: null, etag, date };
  return { body: await response.json(), etag: response.headers.get("ETag"), date };
}

/** Changes something; what the server answers, null where it says nothing. */
export async function post(path, wish = {}, method = "POST") {
  const response = await ask(path, { method, headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token }, body: JSON.stringify(wish), cache: "no-store" });
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(resource(path), { ...options, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    throw new Refusal(word("console_no_line"), 0);
  }
  if (response.ok || response.status === 304) return response;
  throw await refusalOf(response);
}

async function refusalOf(response) {
  const problem = await response.json().catch(() => ({}));
  const needs = response.headers.get("X-Needs") ?? "";
  if (response.status === 401) return new Refusal(word("console_signed_out"), 401, "sign-in");
  const said = config.language === "ja" ? problem.detail_ja || named(response.status) : problem.detail || problem.title;
  return new Refusal(said || String(response.status), response.status, needs, problem.code);
}

// What the server says in English alone is told by its kind: nobody has to read English at night.
const named = (status) => word(`refused_${status >= 500 ? "server" : [403, 404, 409, 413, 429].includes(status) ? status : "input"}`);

/** Where one signs in and comes back from. */
export const signInAddress = () => `${address("/sign-in")}?next=${encodeURIComponent(`${config.prefix}/console`)}`;
