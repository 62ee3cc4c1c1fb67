// Starts the page. A browser that cannot run it gets one sentence instead of an empty page.
import init, { open } from "./sockscope.js";

try {
  await init();
  await open();
} catch (error) {
  const place = document.getElementById("loading");
  if (place) {
    place.textContent =
      "Sockscope could not start in this browser: " + error + ". 無法在這個瀏覽器啟動。 无法在这个浏览器启动。";
  }
  throw error;
}

// The page is kept for times without a network, where the browser lets it: not over plain HTTP from another host, and in some not in a
// private window. A page that is being worked on is not kept. Its absence is no matter.
const build = document.documentElement.dataset.build;
if ("serviceWorker" in navigator && build !== "dev") {
  navigator.serviceWorker.addEventListener("message", (event) => {
    if (event.data && event.data.build && event.data.build !== build) {
      window.dispatchEvent(new Event("sockscope-newer"));
    }
  });
  try {
    const registration = await navigator.serviceWorker.register("service-worker.js");
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        // Without a network there is nothing newer.
        registration.update().catch(() => {});
      }
    });
  } catch {
    // See above.
  }
}
