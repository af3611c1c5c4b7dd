// Exercises (訓練): begin one, see it, end it, and who acknowledged what when.
import { get, may, post } from "./console_api.js";
import { withCode } from "./console_code.js";
import { address, config, nameOf, resource, word } from "./config.js";
import { failure, part, press, table, whileShown } from "./console_table.js";
import { inLanguage, levelWord, timeTag } from "./console_text.js";
import { make } from "./elements.js";
import { world } from "./world.js";

const EVERY_MS = 5_000;
const PATH = "/api/console/exercises";

/** The console outside the exercise this page is in. */
const realConsole = () => address("/console").replace(/^\/kunren(?=\/)/, "");
const inPageLanguage = (path) => (config.language === "en" ? path.replace(/^\/kunren\//, "/kunren/en/") : path);

export function start({ root, say, count }) {
  if (config.exercise) {
    root.append(make("p", {}, word("exercise_inside"), " ", make("a", { class: "button", href: realConsole() }, word("exercise_back"))));
    return { shown() {} };
  }
  const running = part(word("exercise_running"));
  const scenarios = part(word("exercise_scenarios"));
  const scores = part(word("exercise_score"));
  const past = part(word("exercise_past"));
  const asked = make("div", {});
  root.append(running.element, asked, scores.element, scenarios.element, past.element);
  let chosen = null;

  async function fill() {
    try {
      const { body } = await get(PATH);
      const held = body.exercises.find((one) => one.ended_at === null) ?? null;
      count(held ? 1 : 0, Boolean(held));
      chosen = held?.id ?? chosen ?? body.exercises[0]?.id ?? null;
      running.fill(held ? heldCard(held) : make("p", { class: "empty" }, word("exercise_none")));
      scenarios.fill(table(word("exercise_scenarios"), scenarioColumns(held), body.scenarios, word("exercise_no_scenario")));
      past.fill(table(word("exercise_past"), pastColumns(), body.exercises.filter((one) => one.ended_at !== null), word("exercise_no_past")));
      await fillScore(body.exercises.find((one) => one.id === chosen));
    } catch (error) {
      running.fill(failure(error, shown));
    }
  }

  async function fillScore(exercise) {
    if (!exercise) return scores.fill(make("p", { class: "empty" }, word("exercise_no_score")));
    const { body } = await get(`${PATH}/${exercise.id}/score`);
    const sum = word("exercise_sum", { alerts: body.alerts, acknowledged: body.acknowledged, in_time: body.in_time, missed: body.missed });
    const half = body.median_s === null ? "" : word("exercise_median", { seconds: Math.round(body.median_s) });
    scores.fill(
      make("p", {}, make("strong", {}, inLanguage(exercise, "title")), "　", sum, " ", half, " ", make("a", { href: resource(`${PATH}/${exercise.id}/score.csv`) }, "CSV")),
      table(word("exercise_score"), scoreColumns(), body.lines, word("exercise_no_alert")),
    );
  }

  const heldCard = (held) =>
    make(
      "div",
      { class: "panel-card" },
      make("p", {}, make("strong", {}, inLanguage(held, "title")), "　", word("exercise_until"), " ", timeTag(held.expires_at)),
      make("p", {}, make("a", { class: "button strong", href: inPageLanguage(held.address) }, word("exercise_enter")), " ", may("operator") ? press(word("exercise_end"), "end", () => end(held)) : null),
    );

  const scenarioColumns = (held) => [
    { title: word("exercise_scenario"), wide: true, cell: (one) => [make("strong", {}, inLanguage(one, "title")), make("br"), inLanguage(one, "aims")] },
    { title: word("exercise_length"), number: true, cell: (one) => word("exercise_minutes", { minutes: Math.round(one.minutes / one.speed), night: one.minutes }) },
    { title: word("panel_actions"), cell: (one) => (may("admin") && !held ? press(word("exercise_begin"), `begin-${one.id}`, () => begin(one), true) : null) },
  ];

  const pastColumns = () => [
    { title: word("exercise_scenario"), wide: true, cell: (one) => inLanguage(one, "title") },
    { title: word("exercise_began"), cell: (one) => timeTag(one.started_at) },
    { title: word("exercise_by"), cell: (one) => one.started_by },
    { title: word("exercise_ended"), cell: (one) => [timeTag(one.ended_at), ` ${one.ended_by === "expired" ? word("exercise_expired") : one.ended_by}`] },
    { title: word("panel_actions"), cell: (one) => press(word("exercise_show_score"), `score-${one.id}`, () => choose(one)) },
  ];

  async function choose(one) {
    chosen = one.id;
    await fill();
  }

  async function begin(scenario) {
    await act(() => withCode(asked, () => post(PATH, { scenario: scenario.id })));
  }

  async function end(held) {
    await act(() => post(`${PATH}/${held.id}/end`));
  }

  async function act(wish) {
    try {
      await wish();
      say(word("panel_done"));
    } catch (error) {
      say(word("panel_not_done", { reason: error.message }), true);
    }
    await fill();
  }

  const shown = whileShown(root, EVERY_MS, fill);
  return { shown };
}

const scoreColumns = () => [
  { title: word("exercise_alert"), wide: true, cell: (line) => [levelWord(line.level), " ", placeOf(line)] },
  { title: word("exercise_reached"), cell: (line) => timeTag(line.reached_at) },
  { title: word("exercise_told"), cell: (line) => (line.told_at ? timeTag(line.told_at) : "–") },
  { title: word("exercise_acked"), cell: (line) => (line.acked_at ? [timeTag(line.acked_at), ` ${line.acked_by}`] : "–") },
  { title: word("exercise_after"), number: true, cell: (line) => (line.acked_after_s === null ? "–" : word("exercise_seconds", { seconds: line.acked_after_s })) },
  { title: word("exercise_judged"), cell: (line) => word(line.in_time === null ? "exercise_open" : line.in_time ? "exercise_in_time" : "exercise_late") },
];

function placeOf(line) {
  const named = (id) => (world.stations.has(id) ? nameOf(world.stations.get(id).properties) : id);
  return line.target.split("/")[0].split("+").map(named).join(config.language === "ja" ? "・" : ", ");
}
