/*
 * Shows a page of its own where the server does not answer.
 *
 * It keeps that page and nothing else: no answer of the API, so that a browser
 * holds nothing of the store after a logout.
 */
const KEPT = "idqp-offline-1";
const PAGE = "/offline.html";
const FILES = [PAGE, "/offline.css"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const old = (name) => name !== KEPT && caches.delete(name);
  event.waitUntil(caches.keys().then((names) => Promise.all(names.map(old))));
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = new URL(request.url).pathname;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (path === "/offline.css") {
    event.respondWith(fetch(request).catch(() => caches.match(path)));
  }
});
