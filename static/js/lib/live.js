// Follows one topic of the /live namespace. Websocket only (any process may answer, none keeps
// state for us); where there is none, or while it is away, the page polls.
import { io } from "../../vendor/socket.io.esm.min.js";

// The interval promised for web views without a websocket (architecture.md, section 7).
const POLL_MS = 5000;
// After a restart every browser asks at once, and is answered in its turn; until then we poll.
const ACK_MS = 20000;

/**
 * Watch a topic until the page goes away.
 *
 * watch()       what to send with "watch"; asked at each connection, so that a cursor is fresh
 * event         name of the event that is pushed
 * take(frame)   called with each pushed frame and with the acknowledgement of "watch"
 * poll()        fetches what was missed; a Promise that fails when the server cannot be reached
 * state(name)   "on" (pushed), "polling" (fresh to five seconds) or "cut" (old)
 *
 * Returns {again()}: watch anew, because watch() says something else now.
 */
export function follow({ watch, event, take, poll, state }) {
  const socket = io("/live", { transports: ["websocket"], reconnectionDelayMax: 5000 });
  let timer = 0;
  // Frames pushed before "watch" was answered: they begin where others already were. Taken first
  // they would move our cursor past what only the answer brings.
  let early = null;

  async function pollOnce() {
    try {
      await poll();
      if (timer) state("polling");
    } catch (error) {
      console.warn("polling failed", error);
      if (timer) state("cut");
    }
    if (timer) timer = setTimeout(pollOnce, POLL_MS);
  }

  function cut() {
    state("cut");
    timer ||= setTimeout(pollOnce, POLL_MS);
  }

  function ask() {
    const held = (early = []);
    socket.timeout(ACK_MS).emit("watch", watch(), (error, answer) => {
      if (early !== held) return; // connected anew meanwhile: that answer counts
      early = null;
      if (error || answer?.error) {
        console.warn("the server did not let us watch", error ?? answer.error);
        cut();
        if (error) setTimeout(() => socket.connected && !early && ask(), POLL_MS);
        return;
      }
      clearTimeout(timer);
      timer = 0;
      state("on");
      take(answer);
      held.forEach(take);
    });
  }

  socket.on("connect", ask);
  socket.on("disconnect", (reason) => {
    cut();
    // Only this kind is not tried again by the client itself: the server closed us, say to restart.
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), POLL_MS);
  });
  socket.on("connect_error", cut);
  socket.on(event, (frame) => (early ? early.push(frame) : take(frame)));
  addEventListener("pagehide", () => socket.disconnect());
  addEventListener("pageshow", (shown) => shown.persisted && socket.connect());
  return { again: () => socket.connected && ask() };
}

/** Show the state in the lamp at the head of the page (macro live_lamp). */
export function showState(name) {
  const lamp = document.querySelector("[data-live]");
  if (lamp) lamp.dataset.live = name;
}

/** The clock as the page's language writes it: "10:24". */
export function timeOfDay(moment = new Date()) {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(moment);
}
