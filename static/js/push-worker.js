// Receives pushes while no page is open, and opens the page behind one. A message of the same tag
// takes the place of the one before: what is sent twice is seen once.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title = "", body = "", tag, url = "/" } = event.data?.json() ?? {};
  event.waitUntil(
    self.registration.showNotification(title, { body, tag, data: { url }, icon: "/static/favicon.svg" }),
  );
});

// Only pages of ours: the address may name another host of the same installation.
function own(address) {
  const { pathname, search } = new URL(address, self.location.origin);
  return self.location.origin + pathname + search;
}

async function open(address) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => page.url === address);
  return there ? there.focus() : self.clients.openWindow(address);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(own(event.notification.data.url)));
});
