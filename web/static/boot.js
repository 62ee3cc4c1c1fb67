// Starts the page. A browser that cannot run it gets one sentence instead of an empty page.
import init from "./sockscope.js";

try {
  await init();
} catch (error) {
  const place = document.getElementById("loading");
  if (place) {
    place.textContent =
      "Sockscope could not start in this browser: " + error + ". 無法在這個瀏覽器啟動。 无法在这个浏览器启动。";
  }
  throw error;
}
