// The way in for staff: signs in, has a lent password changed and a second factor set up, and shows who is signed in where.
import { momentTime } from "./clock.js";
import { address, word } from "./config.js";
import { byId, make, setText } from "./elements.js";
import { ask, onward } from "./sign_in_api.js";

const BOXES = ["sign-in-form", "password-box", "enrol-box", "signed-box"];
const asked = new URLSearchParams(location.search).has("next");
const goal = onward(location.search, location.origin, address("/console"));
let session = null;
let known = "";

function show(id, first = null) {
  for (const box of BOXES) byId(box).hidden = box !== id;
  if (byId("sign-in-said").closest(".door")) said(null);
  if (first) byId(first).focus();
}

/** Where it is said: above the button just pressed, else above everything. The QR code is longer than a telephone. */
function said(button) {
  if (button) button.before(byId("sign-in-said"));
  else byId(BOXES[0]).before(byId("sign-in-said"));
}

function say(text, failed = false) {
  if (failed) said(document.querySelector(`:is(#${BOXES.slice(0, 3).join(", #")}):not([hidden]) button[type=submit]`));
  byId("sign-in-said").replaceChildren(text ? make("p", { class: failed ? "failed" : "", role: failed ? "alert" : null }, text) : "");
  if (failed) byId("sign-in-said").scrollIntoView({ block: "nearest" });
}

/** Says why something was refused. */
function explain({ status, body, needs, waitS }, known = {}) {
  if (status === 0) return say(word("sign_in_no_line"), true);
  if (needs === "account-key") return say(word("sign_in_no_key"), true);
  if (status === 429) return say(word("sign_in_locked", { wait: waitWords(waitS) }), true);
  if (status === 401 && !known[401]) {
    begin();
    return say(word("sign_in_expired"), true);
  }
  return say(known[status] ?? word("sign_in_failed", { reason: body.detail || body.title || status }), true);
}

const waitWords = (seconds) => (seconds > 90 ? word("sign_in_minutes", { count: Math.ceil(seconds / 60) }) : word("sign_in_seconds", { count: seconds }));

/** One thing at a time: its button rests while the server thinks. */
function onSubmit(id, work) {
  byId(id).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = byId(id).querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    say(word("sign_in_busy"));
    await work().finally(() => { button.disabled = false; });
  });
}

/** Shows what comes next for a session. */
async function go(answer, done = null) {
  session = answer;
  if (!session.person) return begin();
  if (session.lacks === "password") return askPassword();
  if (session.lacks === "enrolment") return enrol();
  known = "";
  if (done === "in" || (done && asked)) return location.assign(goal);
  return showSigned(done);
}

function begin() {
  session = null;
  known = "";
  byId("code-box").hidden = true;
  for (const id of ["password", "code", "present", "new", "again", "enrol-code", "fresh-code"]) byId(id).value = "";
  show("sign-in-form", "name");
}

async function enter() {
  const wish = { name: byId("name").value, password: byId("password").value };
  const code = byId("code-box").hidden ? "" : byId("code").value.trim();
  const answer = await ask("", "POST", code ? { ...wish, code } : wish);
  if (answer.status === 200) {
    known = wish.password;
    byId("password").value = "";
    say("");
    return go(answer.body, "in");
  }
  if (answer.status === 401 && answer.needs === "second-factor") {
    byId("code-box").hidden = false;
    byId("code").value = "";
    byId("code").focus();
    return say(word(code ? "sign_in_code_wrong" : "sign_in_code_needed"), Boolean(code));
  }
  return explain(answer, { 401: word("sign_in_wrong") });
}

function askPassword() {
  byId("password-name").value = session.person.name;
  byId("password-lead").hidden = session.lacks !== "password";
  byId("present").value = known;
  show("password-box", known ? "new" : "present");
}

async function changePassword() {
  if (byId("new").value !== byId("again").value) return say(word("password_differs"), true);
  const answer = await ask("/password", "POST", { password: byId("present").value, new_password: byId("new").value });
  if (answer.status !== 200) return explain(answer, { 403: word("password_present_wrong"), 422: word("password_refused", { reason: answer.body.detail ?? "" }) });
  for (const id of ["present", "new", "again"]) byId(id).value = "";
  say(word("password_changed"));
  return go(answer.body, "done");
}

async function enrol(fresh = "") {
  const answer = await ask("/second-factor", "POST", null, fresh ? { "X-Second-Factor": fresh } : {});
  if (answer.status !== 200) return explain(answer, { 403: word("sign_in_code_wrong") });
  byId("enrol-qr").src = `data:image/svg+xml,${encodeURIComponent(answer.body.svg)}`;
  byId("enrol-link").href = answer.body.uri;
  setText(byId("enrol-secret"), answer.body.secret.replace(/(.{4})(?=.)/g, "$1 "));
  if (fresh) say("");
  show("enrol-box", "enrol-title");
  return scrollTo({ top: 0 });
}

async function confirm() {
  const answer = await ask("/second-factor/confirm", "POST", { code: byId("enrol-code").value });
  if (answer.status !== 200) return explain(answer, { 422: word("enrol_wrong") });
  byId("enrol-code").value = "";
  byId("enrol-qr").removeAttribute("src");
  byId("enrol-link").removeAttribute("href");
  setText(byId("enrol-secret"), "");
  say(word("enrol_done"));
  return go(answer.body, "done");
}

async function showSigned() {
  const { person, ends_at: ends } = session;
  setText(byId("signed-as"), word("signed_as", { name: person.shown_name, role: word(`role_${person.role}`) }));
  setText(byId("signed-until"), word("signed_until", { time: momentTime(Date.parse(ends)) }));
  byId("signed-console").href = goal;
  for (const id of ["fresh-code", "fresh-label"]) byId(id).hidden = !session.second_factor;
  byId("fresh-code").required = session.second_factor;
  show("signed-box", "signed-console");
}

async function listSessions() {
  const answer = await ask("/all");
  if (answer.status !== 200) return explain(answer);
  return byId("sessions").replaceChildren(...answer.body.sessions.map(sessionItem));
}

function sessionItem(each) {
  const text = word("signed_session", { time: momentTime(Date.parse(each.opened_at)), address: each.address, agent: program(each.agent) });
  const end = async () => ended(await ask(`/all/${each.number}`, "DELETE"));
  return make("li", {}, text, " ", each.this ? make("strong", {}, word("signed_this")) : make("button", { type: "button", class: "button", onclick: end }, word("signed_end")));
}

/** Browser and system of a long line that names many. */
function program(agent) {
  const browser = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "";
  const system = /iPhone|iPad|Android|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? "";
  return `${browser} ${system}`.trim() || agent.slice(0, 60);
}

async function ended(answer) {
  if (answer.status !== 200) return explain(answer);
  say(word("signed_ended", { count: answer.body.ended }));
  return listSessions();
}

onSubmit("sign-in-form", enter);
onSubmit("password-form", changePassword);
onSubmit("enrol-form", confirm);
onSubmit("fresh-form", () => enrol(byId("fresh-code").value.trim()));
byId("show-password").addEventListener("change", (event) => { byId("password").type = event.target.checked ? "text" : "password"; });
byId("change-password").addEventListener("click", askPassword);
byId("places").addEventListener("toggle", () => { if (byId("places").open) listSessions(); });
byId("end-others").addEventListener("click", async () => ended(await ask("/others", "DELETE")));
byId("sign-out").addEventListener("click", async () => {
  const answer = await ask("", "DELETE");
  if (answer.status !== 200) return explain(answer);
  begin();
  return say(word("signed_out"));
});
ask("").then((answer) => {
  if (answer.status === 200) return go(answer.body);
  begin();
  return explain(answer);
});
