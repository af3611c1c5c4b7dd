// A browser asks to be told by Web Push, or no more. Nobody's name is asked for; the server keeps what the browser's maker gave it.
import { config, resource, word } from "./config.js";
import { byId, make } from "./elements.js";

const said = byId("notify-said");
const form = byId("notify-form");
const leave = byId("leave");
let channels = [];

const say = (key, places) => {
  said.textContent = word(key, places);
};

async function open() {
  const response = await fetch(resource("/api/push"), { cache: "no-cache" });
  if (!response.ok) throw new Error(String(response.status));
  ({ channels } = await response.json());
  if (channels.length === 0) return say("notify_none");
  if (!("serviceWorker" in navigator && "PushManager" in window)) return say("notify_missing");
  byId("channel").replaceChildren(...channels.map((one) => make("option", { value: one.channel }, config.language === "ja" ? one.name_ja : one.name_en)));
  form.hidden = false;
  await show();
}

const registered = () => navigator.serviceWorker.register(resource(config.worker), { scope: resource("/notify") });

async function subscription() {
  return (await registered()).pushManager.getSubscription();
}

async function show() {
  const found = await subscription();
  leave.hidden = !found;
  say(found ? "notify_on" : Notification.permission === "denied" ? "notify_blocked" : "notify_off");
}

async function ask(event) {
  event.preventDefault();
  const channel = channels.find((one) => one.channel === byId("channel").value);
  try {
    if ((await Notification.requestPermission()) !== "granted") return say("notify_blocked");
    const { pushManager } = await registered();
    const known = await pushManager.getSubscription();
    const own = known ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(channel.public_key) }));
    const { endpoint, keys } = own.toJSON();
    await send("POST", { channel: channel.channel, endpoint, keys, language: byId("language").value });
    await show();
  } catch (error) {
    say("notify_failed", { reason: error.message });
  }
}

async function stop() {
  try {
    const own = await subscription();
    if (own) {
      for (const { channel } of channels) await send("DELETE", { channel, endpoint: own.endpoint });
      await own.unsubscribe();
    }
    await show();
  } catch (error) {
    say("notify_failed", { reason: error.message });
  }
}

async function send(method, body) {
  const response = await fetch(resource("/api/push/subscriptions"), { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), cache: "no-store" });
  if (response.ok) return;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail || problem.title || String(response.status));
}

function bytesOf(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (sign) => sign.codePointAt(0));
}

form.addEventListener("submit", ask);
leave.addEventListener("click", stop);
open().catch((error) => say("notify_failed", { reason: error.message }));
