// What changes, as it changes: one stream of events over all tabs of this browser. The tab that
// holds the lock has the stream and passes it on; when it closes, another one takes the lock.
import { get, watchReach } from "./api.js";

const AGAIN_MS = 2000;
const listeners = new Set();
const reachers = new Set();
let reached = "here";
let looking = false;
let channel = null;

/** told(event name) on each change. Returns how to stop. */
export function onChange(told) {
  listeners.add(told);
  return () => listeners.delete(told);
}

/** told("here" | "gone" | "out") when the daemon goes or comes back, or knows us no more. Returns how to stop. */
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
  if (now === "here") say("reset");
  else look();
}

// Looks whether it is back, until it is. A fresh link opened in another tab counts for this one too.
function look() {
  if (looking) return;
  looking = true;
  setTimeout(() => {
    looking = false;
    get("/v1/version").catch(look);
  }, AGAIN_MS);
}

const NAMES = ["log", "membership", "peers", "joined", "alarm", "job", "reset"];

function connect() {
  const stream = new EventSource("/v1/events");
  for (const name of NAMES) {
    stream.addEventListener(name, () => {
      channel?.postMessage(name);
      say(name);
    });
  }
  stream.addEventListener("open", () => reach("here"));
  stream.addEventListener("error", () => {
    if (reached === "here") reach("gone");
    // It comes back by itself from a broken connection, not from a refusal.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN_MS);
  });
}

const listen = () => new Promise(connect); // for as long as this tab lives

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
