// The simulator and a player for other pages; web/EMBED.md describes it. The module is the page's own: nothing is loaded twice.
import load, { Lab as Simulation, ready } from "./sockscope.js";

export default async function init(...from) {
  await load(...from);
  if (!(await ready())) throw new Error("a part of sockscope_bg.wasm could not be loaded");
}

export class Lab extends Simulation {
  // Plays the animation on a canvas, `speed` times as fast as a person can follow. Gives an object with `pause()`, which gives the moment
  // to go on from, and `done`, a promise of the end.
  play(canvas, speed = 1, from = 0) {
    let moment = from;
    let last = performance.now();
    let playing = true;
    const done = new Promise((resolve) => {
      const step = (now) => {
        if (!playing) return;
        moment = Math.min(moment + Math.max(0, now - last) * this.pace() * speed, this.length());
        last = now;
        this.draw(canvas, moment);
        if (moment < this.length()) requestAnimationFrame(step);
        else resolve();
      };
      requestAnimationFrame(step);
    });
    const pause = () => {
      playing = false;
      return moment;
    };
    return { pause, done };
  }
}
