/**
 * 10,000 tagged tasks on the page's event loop, in time slices that leave time to paint and to answer.
 *
 * Shows an executor with a time budget and two lanes: what the user asks for goes first. A task knows by its tag
 * where it paints; cancelling runs the clean-up of every task, in slices too.
 */
import { currentTag, spawn, yieldNow } from "@tagged/async-task";

const SIDE = 100;
const SLICE = 8; // ms, half of a frame
// ms that a task works until others may go on; the page takes another number as ?step=
const STEP = Number(new URLSearchParams(location.search).get("step") ?? 0.02);

const canvas = document.querySelector("#canvas");
const canvasContext = canvas.getContext("2d");
const image = canvasContext.createImageData(SIDE, SIDE);
const pixels = new Uint32Array(image.data.buffer);

// The executor: two queues of tasks, and a loop that is a message to itself.

/** A first-in-first-out queue that never moves its items. */
class Queue {
  #items = [];
  #next = 0;

  push(item) {
    this.#items.push(item);
  }

  shift() {
    if (this.#next === this.#items.length) return undefined;
    const item = this.#items[this.#next];
    this.#items[this.#next++] = undefined;
    if (this.#next === this.#items.length) this.#items.length = this.#next = 0;
    return item;
  }
}

const lanes = { input: new Queue(), work: new Queue() };
const { port1, port2 } = new MessageChannel();
let isPosted = false;

function schedule(task) {
  lanes[task.tag.lane].push(task);
  post();
}

function post() {
  if (isPosted) return;
  isPosted = true;
  port2.postMessage(null); // unlike a timer, it comes at once, but after input and frames
}

port1.onmessage = () => {
  isPosted = false;
  const end = performance.now() + SLICE;
  for (let task; (task = lanes.input.shift() ?? lanes.work.shift()) !== undefined;) {
    try {
      task.run();
    } catch (error) {
      reportError(error);
    }
    if (performance.now() >= end) return post();
  }
};

function start(body, tag) {
  const [task, handle] = spawn(body, schedule, tag);
  task.schedule();
  return handle;
}

// The tasks.

const counts = { completed: 0, cancelled: 0, panicked: 0 };
const progress = new Float32Array(SIDE * SIDE);

/** Paints the running task, whichever that is. */
function paint(lightness) {
  const { index, hue } = currentTag();
  const [red, green, blue] = [0, 8, 4].map((shift) => {
    const k = (shift + hue / 30) % 12;
    return 255 *
      (lightness - 0.8 * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  });
  pixels[index] = 0xff000000 | blue << 16 | green << 8 | red;
}

function* work(steps) {
  const { index } = currentTag();
  try {
    for (let step = 1; step <= steps; step++) {
      const end = performance.now() + STEP;
      while (performance.now() < end); // some work
      progress[index] = step / steps;
      paint(0.2 + 0.45 * step / steps);
      yield* yieldNow();
    }
  } finally {
    if (progress[index] < 1) paint(0.1);
  }
}

/** Spawning takes its time as well, and so it is a task. */
function* spawnAll(handles) {
  for (let index = 0; index < SIDE * SIDE; index++) {
    const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
    const hue = (Math.atan2(y - SIDE / 2, x - SIDE / 2) / Math.PI + 1) * 180;
    const steps = 5 + Math.floor(Math.hypot(x - SIDE / 2, y - SIDE / 2) / 2);
    const handle = start(work(steps), { lane: "work", index, hue });
    handle.outcome().then(({ status }) => counts[status]++);
    handles.push(handle);
    if (index % 250 === 249) yield* yieldNow();
  }
}

// The page.

const element = (id) => document.getElementById(id);
let handles = [];
let took = "";

element("start").onclick = async () => {
  element("start").disabled = true;
  element("cancel").disabled = false;
  handles = [];
  took = "";
  progress.fill(0);
  pixels.fill(0);
  counts.completed = counts.cancelled = counts.panicked = 0;
  const begin = performance.now();
  await start(spawnAll(handles), { lane: "input" });
  await Promise.all(handles);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  took = ` It took ${seconds} s.`;
  element("start").disabled = false;
  element("cancel").disabled = true;
};

/** Cancelling takes its time, too, and more tasks may be spawned meanwhile. */
function* cancelAll() {
  element("cancel").disabled = true;
  for (const [index, handle] of handles.entries()) {
    handle.cancel("the button was clicked");
    if (index % 250 === 249) yield* yieldNow();
  }
}

element("cancel").onclick = () => start(cancelAll(), { lane: "input" });

element("ping").onclick = (event) => {
  start(() => {
    const ms = performance.now() - event.timeStamp;
    answers.push(ms);
    element("answer").value = `Answered in ${ms.toFixed(1)} ms.`;
  }, { lane: "input" });
};

canvas.onpointermove = ({ offsetX, offsetY }) => {
  const [x, y] = [offsetX, offsetY].map((offset) => Math.floor(offset / canvas.clientWidth * SIDE));
  const percent = Math.floor((progress[y * SIDE + x] ?? 0) * 100);
  element("pointed").value = `The task tagged ${y * SIDE + x} has done ${percent} % of its work.`;
};

// What is measured, for whoever asks for it on the console.

const answers = [];
const frames = [];
globalThis.measured = { answers, frames, counts };

let lastFrame = performance.now();
requestAnimationFrame(function draw(now) {
  frames.push(now - lastFrame);
  lastFrame = now;
  canvasContext.putImageData(image, 0, 0);
  if (handles.length > 0) {
    const { completed, cancelled } = counts;
    element("state").value = `${completed} tasks have completed, ${cancelled} were cancelled.${took}`;
  }
  requestAnimationFrame(draw);
});
