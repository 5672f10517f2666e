// Keeps the room monitor's page for when there is no network. Scans and the list of badges are kept by the page itself.
const CACHE = "monitor-1";
const PATIENCE_MS = 4000; // a network that answers no sooner is as good as none

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    for (const address of event.data.keep) {
      const response = await fetch(address, { cache: "no-cache" });
      if (!response.ok) throw new Error(String(response.status));
      await cache.put(address, response);
    }
    event.source.postMessage({ kept: true });
  };
  event.waitUntil(keep().catch(() => {})); // the page asks again the next time that it is opened
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (address.pathname.endsWith("/list") || address.pathname.endsWith("/worker.js")) return;
  event.respondWith(fromNetworkElseKept(event.request));
});

async function fromNetworkElseKept(request) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
  try {
    const response = await Promise.race([fetch(request), late]);
    if (response.status < 500) return response;
    return (await kept(request)) || response;
  } catch {
    return (await kept(request)) || Response.error();
  }
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return cache.match(request, { ignoreSearch: true, ignoreVary: true });
}
