// Shows what the town tells by Web Push. A repeat of the same message replaces itself in silence; a newer one of its thread replaces an older.
self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    return; // nothing of ours
  }
  event.waitUntil(shown(told));
});

async function shown(told) {
  const before = await self.registration.getNotifications({ tag: told.tag });
  const known = before.some((one) => one.data?.id === told.id);
  if (known) return;
  await self.registration.showNotification(String(told.title), {
    body: String(told.text),
    tag: told.tag,
    renotify: before.length > 0,
    requireInteraction: told.level === "danger",
    timestamp: Date.parse(told.at),
    icon: "/static/icon.svg",
    data: { id: told.id },
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
