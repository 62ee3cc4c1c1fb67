// Keeps the page for times without a network. The build writes two constants before this line: BUILD, a hash of the page, and FILES, the
// names of its files.
//
// The network comes first: what can be asked for is never an old one. Whatever is no file of the page is not touched: the relay's session,
// its health, its WebSockets.
const SCOPE = self.registration.scope;
// Two pages of one origin, in different folders, keep theirs apart.
const OURS = "sockscope " + SCOPE + " ";
const CACHE = OURS + BUILD;
const KNOWN = new Set(FILES.map((file) => new URL(file, SCOPE).href));

self.addEventListener("install", (event) => {
  event.waitUntil(keep());
});

async function keep() {
  const cache = await caches.open(CACHE);
  // Asked for anew, because what the browser has kept by itself may be of another build.
  await cache.addAll(FILES.map((file) => new Request(new URL(file, SCOPE), { cache: "no-cache" })));
  await self.skipWaiting();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function takeOver() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(OURS) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
  for (const client of await self.clients.matchAll()) {
    client.postMessage({ build: BUILD });
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  url.search = "";
  url.hash = "";
  const wanted = url.href === SCOPE ? new URL("index.html", SCOPE).href : url.href;
  if (event.request.method === "GET" && KNOWN.has(wanted)) {
    event.respondWith(answer(event.request, wanted));
  }
});

async function answer(request, wanted) {
  try {
    return await fetch(request);
  } catch (error) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(wanted);
    if (kept) {
      return kept;
    }
    throw error;
  }
}
