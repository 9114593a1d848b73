// Follows a receipt: when the server says that the case moved, the changed parts are fetched and
// replaced. Without a websocket the page asks every five seconds.

import { tell } from "./lib/dom.js";
import { refresh } from "./lib/reports.js";

const POLL_MS = 5000;
// How long a socket may take before the page starts asking.
const GRACE_MS = 4000;

class Receipt {
  constructor(root) {
    this.root = root;
    this.connected = false;
  }

  remember() {
    const body = this.root.querySelector("[data-receipt]");
    refresh(body.dataset.code, body.dataset.title, body.dataset.summary);
  }

  /** Fetches the live part and replaces what changed; a form being filled in stays. */
  async fetch() {
    const response = await fetch(this.root.dataset.url, { headers: { Accept: "text/html" }, cache: "no-store" });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const headline = this.headline();
    for (const part of page.querySelectorAll("[data-live]")) this.replace(part);
    const body = page.querySelector("[data-receipt]");
    Object.assign(this.root.querySelector("[data-receipt]").dataset, body.dataset);
    this.remember();
    if (this.headline() !== headline) document.querySelector("[data-announce]").textContent = this.headline();
  }

  headline() {
    return this.root.querySelector("[data-headline]").textContent;
  }

  replace(part) {
    const old = this.root.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!old || old.outerHTML === part.outerHTML) return;
    const form = part.hasAttribute("data-version") || old.hasAttribute("data-version");
    if (form && old.dataset.version === part.dataset.version) return;
    const fresh = document.adoptNode(part);
    old.replaceWith(fresh);
    tell(fresh, "added");
  }
}

const quietly = (error) => console.warn("receipt", error);

async function follow(receipt) {
  const { root } = receipt;
  const { io } = await import(root.dataset.socket);
  const socket = io("/live", { transports: ["websocket"], path: root.dataset.socketPath });
  const watch = () => socket.emit("watch", { topic: "receipt", code: root.dataset.code });
  socket.on("connect", () => {
    receipt.connected = true;
    watch();
    // What happened while the line was cut.
    receipt.fetch().catch(quietly);
  });
  socket.on("disconnect", () => (receipt.connected = false));
  socket.on("receipt", () => {
    receipt.fetch().catch(quietly);
    // It may have been merged into another case, or taken out: that one is heard from now on.
    watch();
  });
}

export default function start(root) {
  const receipt = new Receipt(root);
  receipt.remember();
  follow(receipt).catch(quietly);
  setTimeout(() => {
    setInterval(() => {
      if (!receipt.connected && !document.hidden) receipt.fetch().catch(quietly);
    }, POLL_MS);
  }, GRACE_MS);
}
