// How the system is: what runs, what is wrong, what could not be read, who sends without being registered.
import { get, may, post } from "./console_api.js";
import { systemCount } from "./console_badges.js";
import { config, word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { named, timeTag } from "./console_text.js";
import { make } from "./elements.js";

const EVERY_MS = 15_000;
const FEW = 5;

export function start({ root, say, count }) {
  const health = part(word("system_processes"));
  const incidents = part(word("system_incidents"));
  const aside = part(word("system_quarantine"));
  const claims = part(word("system_claims"));
  root.append(...[health, incidents, aside, claims].map(({ element }) => element));

  const fill = () => Promise.all([fillHealth(), fillList(incidents, "/api/staff/incidents", showIncidents), fillList(aside, "/api/staff/quarantine?limit=50", showAside), fillList(claims, "/api/staff/claims", showClaims)]);

  async function fillHealth() {
    try {
      const { body } = await get("/api/console/health");
      count(...systemCount(body));
      const facts = make("dl", { class: "facts" },
        fact(word("system_data"), state(!body.data_stale, word("system_data_fresh"), word("system_data_stale"))),
        fact(word("system_gaps"), word("system_gaps_count", { count: body.missing_messages })),
        ...(body.watchdog ?? []).map(hop));
      health.fill(facts, table(word("system_processes"), PROCESSES, body.processes, word("system_silent")));
    } catch (error) {
      health.fill(failure(error, shown));
    }
  }

  async function fillList(box, path, show) {
    try {
      show(box, (await get(path)).body);
    } catch (error) {
      box.fill(failure(error, shown));
    }
  }

  function showIncidents(box, { incidents: found }) {
    box.fill(table(word("system_incidents"), INCIDENTS, found, word("system_incidents_none")));
  }

  function showAside(box, { messages, counts }) {
    const reasons = Object.entries(counts).filter(([, one]) => one.open > 0);
    const sums = make("ul", { class: "reason-sums" }, ...reasons.map(([reason, { open }]) => make("li", { class: "place-form" }, `${named("reason_code", reason)}：${open} `, may("operator") ? press(word("system_replay_all"), `reason-${reason}`, () => replay({ reason })) : null)));
    const list = table(word("system_quarantine"), asideColumns(), messages, word("system_quarantine_none"));
    box.fill(sums, messages.length > FEW ? make("details", { "data-key": "aside" }, make("summary", {}, word("system_quarantine_each", { count: messages.length })), list) : list);
  }

  const asideColumns = () => [
    { title: word("outbox_when"), cell: (one) => timeTag(one.received_at) },
    { title: word("system_device"), cell: (one) => one.device || "–" },
    { title: word("system_reason"), cell: (one) => named("reason_code", one.reason) },
    { title: word("system_detail"), wide: true, cell: (one) => make("span", { class: "small code", lang: "en" }, one.detail) },
    { title: word("panel_actions"), cell: (one) => (may("operator") ? press(word("system_replay"), `replay-${one.number}`, () => replay({ numbers: [one.number] })) : null) },
  ];

  async function replay(wish) {
    try {
      const result = await post("/api/staff/quarantine/replay", wish);
      say(word("system_replayed", { settled: result.settled ?? result.replayed ?? 0, refused: result.refused ?? 0 }));
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
    }
    await fill();
  }

  function showClaims(box, { claims: found }) {
    box.fill(table(word("system_claims"), CLAIMS, found, word("system_claims_none")));
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const fact = (name, value) => make("div", {}, make("dt", {}, name), make("dd", {}, ...[value].flat()));
const state = (works, good, bad) => make("span", { class: works ? "" : "trouble" }, works ? good : bad);

const hop = ({ hop: name, at, cut }) => fact(`${word("system_watchdog")}：${named("hop", name)}`, [at ? timeTag(at) : word("system_hop_never"), cut ? make("span", { class: "trouble" }, ` ${word("system_hop_cut")}`) : ""].flat());
const processName = ({ process, member }) => (named("process", `${process}_${member}`) === `${process}_${member}` ? named("process", process) : named("process", `${process}_${member}`));

// A process by its name and number; a device or line by what it is called itself.
function subjectOf(subject) {
  const [process, member] = subject.split("/");
  return `process_${process}` in config.words ? `${named("process", process)} ${member ?? ""}`.trim() : subject || "–";
}

const PROCESSES = [
  { title: word("system_process"), cell: (one) => [make("b", {}, processName(one)), make("span", { class: "small code" }, ` ${[one.process, one.member].filter(Boolean).join(" ")}`)] },
  { title: word("system_state"), cell: (one) => state(!one.silent, word("system_works"), word("system_silent")) },
  { title: word("system_seen"), cell: (one) => timeTag(one.beat_at) },
];
const INCIDENTS = [
  { title: word("system_incidents"), cell: (one) => state(Boolean(one.closed_at), named("incident", one.kind), named("incident", one.kind)) },
  { title: word("system_subject"), wide: true, cell: (one) => subjectOf(one.subject) },
  { title: word("system_since"), cell: (one) => timeTag(one.opened_at) },
  { title: word("system_until"), cell: (one) => (one.closed_at ? timeTag(one.closed_at) : word("system_goes_on")) },
];
const CLAIMS = [
  { title: word("system_device"), cell: (one) => make("b", {}, one.device) },
  { title: word("system_sent"), cell: (one) => sent(one).join("、") || "–" },
  { title: word("audit_at"), cell: (one) => timeTag(one.last_at) },
  { title: word("system_claim_lines"), wide: true, cell: (one) => make("details", { "data-key": `claim-${one.device}` }, make("summary", {}, word("system_claim_lines")), ...one.lines.map(fileLines), ...one.notes.map((note) => make("p", { class: "small" }, note))) },
];
const sent = (one) => one.sent.map(({ quantity, value, unit }) => [config.quantities[quantity]?.label ?? quantity, value, unit].filter((part) => part !== null && part !== "").join(" "));

// A line as it is pasted into a file of the settings, below the names of its columns, and what only a person knows.
const fileLines = ({ file, header, text, to_fill_in: missing }) => make("div", {}, make("p", { class: "small" }, make("b", {}, file), missing.length ? ` ${word("system_fill_in", { names: missing.join(", ") })}` : null), make("pre", {}, [header, text].filter(Boolean).join("\n")));
