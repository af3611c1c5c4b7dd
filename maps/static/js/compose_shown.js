// A message as residents see it: a bubble for each language, the line of a sign, and the whole text of each way it goes.
import { bracketed, word } from "./config.js";
import { failureText, wayName } from "./console_text.js";
import { make } from "./elements.js";

const LANGUAGES = [["ja", "ja"], ["easy", "ja"], ["en", "en"]];
const number = (count) => count.toLocaleString("ja-JP");

/** The three versions side by side. */
export function versions({ texts, typed }) {
  return LANGUAGES.map(([language, lang]) => {
    const { subject, text } = texts[language];
    return make(
      "article",
      { class: "compose-version" },
      make("h4", {}, word(`compose_language_${language}`), typed.includes(language) ? make("span", { class: "small" }, ` ${word("compose_typed")}`) : null),
      make("div", { class: "compose-bubble", lang }, make("p", { class: "compose-bubble-subject" }, subject), make("p", { class: "compose-bubble-text" }, text)),
      language === "easy" ? null : make("p", { class: "compose-sign", lang, "aria-label": word("compose_sign_line") }, subject),
    );
  });
}

/** How many people each way reaches, with its exact text; the sum below. */
export function recipients({ carried, recipients: total, uncounted, channels }) {
  const became = new Map(channels.map((one) => [one.channel, one]));
  const ways = carried.map((one) => {
    const reached = one.recipients === null ? word("compose_reaches_unknown") : word("compose_reaches", { count: number(one.recipients) });
    const sent = became.get(one.channel);
    return make(
      "li",
      {},
      make("b", { title: one.channel }, wayName({ channel: one.channel, channel_kind: one.kind }, carried.map(({ channel, kind }) => ({ channel, channel_kind: kind })))),
      ` ${reached}`,
      sent ? " " : null,
      sent ? make("span", { class: `compose-sent is-${sent.state}`, title: sent.error || null }, `${word(`compose_sent_${sent.state}`)}${sent.error ? bracketed(failureText(sent.error)) : ""}`) : null,
      make("details", {}, make("summary", {}, word("compose_exact")), one.subject ? make("p", { class: "compose-mail" }, one.subject) : null, make("pre", {}, one.text)),
    );
  });
  const other = uncounted ? ` ${word("compose_uncounted", { count: uncounted })}` : "";
  return [make("p", { class: "compose-total" }, total || !uncounted ? make("b", {}, word("compose_total", { count: number(total) })) : null, other), make("ul", { class: "compose-ways" }, ...ways)];
}
