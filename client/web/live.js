// What changes, as it changes: one stream of events over all tabs of this browser. The tab that
// holds the lock has the stream and passes it on; when it closes, another one takes the lock.
import { get, watchReach } from "./api.js";

const AGAIN_MS = 2000;
const listeners = new Set();
const reachers = new Set();
let reached = true;
let channel = null;

/** told(event name) on each change. Returns how to stop. */
export function onChange(told) {
  listeners.add(told);
  return () => listeners.delete(told);
}

/** told(true | false) when the daemon goes or comes back. Returns how to stop. */
export function onReach(told) {
  reachers.add(told);
  told(reached);
  return () => reachers.delete(told);
}

function say(name) {
  for (const told of listeners) told(name);
}

function reach(now) {
  if (now === reached) return;
  reached = now;
  for (const told of reachers) told(now);
  if (now) say("reset");
  else look();
}

// Gone: look whether it is back.
function look() {
  setTimeout(async () => {
    try {
      await get("/v1/version");
    } catch {
      look();
    }
  }, AGAIN_MS);
}

const NAMES = ["log", "membership", "peers", "joined", "alarm", "job", "reset"];

function listen() {
  return new Promise(() => {
    const stream = new EventSource("/v1/events");
    for (const name of NAMES) {
      stream.addEventListener(name, () => {
        channel?.postMessage(name);
        say(name);
      });
    }
    stream.addEventListener("open", () => reach(true));
    stream.addEventListener("error", () => reach(false)); // it comes back by itself
  });
}

export function begin() {
  watchReach(reach);
  if (window.BroadcastChannel && navigator.locks) {
    channel = new BroadcastChannel("kith");
    channel.addEventListener("message", (message) => say(message.data));
    navigator.locks.request("kith-events", listen);
  } else {
    listen();
  }
}
