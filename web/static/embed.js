import init, { Lab } from "./sockscope_embed.js";
await init();
const lab = new Lab("host a\n  run ping b\nhost b\nlink a b\n", 1);
lab.run();
const canvas = document.querySelector("#network");
canvas.style.width = "100%";
canvas.ariaLabel = lab.label();
window.played = lab.play(canvas, 8).done.then(() => lab.facts().split("\n").length);
