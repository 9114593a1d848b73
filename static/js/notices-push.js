// "Tell me when something changes": lets this browser be told by push, or no more. The section is
// hidden where the browser cannot; its words stand in the page.

import { wordsOf } from "./lib/words.js";

const KEPT = "gridgov-push";

function kept() {
  return new Set(JSON.parse(localStorage.getItem(KEPT) ?? "[]"));
}

function bytes(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
}

class PushSwitch {
  constructor(root) {
    this.root = root;
    this.words = wordsOf(root);
    this.button = root.querySelector("[data-switch]");
    this.said = root.querySelector("[data-said]");
    this.place = root.dataset.url;
  }

  async start() {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      this.root.hidden = !this.root.hasAttribute("data-always");
      this.button.hidden = true;
      this.said.textContent = this.words.cannot;
      return;
    }
    this.root.hidden = false;
    this.registration = await navigator.serviceWorker.register(this.root.dataset.worker);
    this.show(await this.registration.pushManager.getSubscription());
    this.button.addEventListener("click", () => this.turn());
  }

  show(subscription, said = "") {
    this.subscription = subscription;
    this.on = Boolean(subscription) && kept().has(this.place);
    this.button.textContent = this.on ? this.words.stop : this.words.start;
    this.button.setAttribute("aria-pressed", String(this.on));
    this.said.textContent = said || (this.on ? this.words.on : "");
  }

  async turn() {
    this.button.disabled = true;
    try {
      await (this.on ? this.stop() : this.begin());
    } catch (error) {
      console.warn("push", error);
      this.show(this.subscription, this.words.failed);
    } finally {
      this.button.disabled = false;
    }
  }

  async begin() {
    if ((await Notification.requestPermission()) !== "granted") {
      this.show(this.subscription, this.words.denied);
      return;
    }
    const ready = await navigator.serviceWorker.ready;
    const subscription = await ready.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(this.root.dataset.key),
    });
    await this.send(this.place, subscription);
    this.keep((places) => places.add(this.place));
    this.show(subscription, this.words.on);
  }

  async stop() {
    await this.send(this.root.dataset.forgetUrl, this.subscription);
    this.keep((places) => places.delete(this.place));
    this.show(this.subscription, this.words.off);
  }

  keep(change) {
    const places = kept();
    change(places);
    localStorage.setItem(KEPT, JSON.stringify([...places]));
  }

  async send(address, subscription) {
    const form = new FormData();
    form.set("subscription", JSON.stringify(subscription));
    const token = this.root.querySelector("[name=csrf_token]");
    if (token) form.set("csrf_token", token.value);
    const answer = await fetch(address, { method: "POST", body: form });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
  }
}

export default function start(root) {
  return new PushSwitch(root).start();
}
