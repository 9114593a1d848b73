// Reports that could not be sent: says how many wait, and sends them by itself when the signal is back.

import { make } from "./lib/dom.js";
import { send } from "./lib/send.js";
import { keepPhotos, queue, queued, unqueue } from "./lib/store.js";
import { fill, wordsOf } from "./lib/words.js";
import { writeDraft } from "./draft.js";

// A net under the browser's "online" event, which some phones never send.
const AGAIN_MS = 30_000;

class Outbox {
  constructor(banner) {
    this.banner = banner;
    this.words = wordsOf(banner);
    this.title = banner.querySelector("[data-outbox-title]");
    this.text = banner.querySelector("[data-outbox-words]");
    this.busy = false;
  }

  say(title, text, link = null) {
    this.title.textContent = title;
    this.text.replaceChildren(text);
    this.banner.querySelector("[data-outbox-link]")?.remove();
    if (link) this.banner.append(link);
    this.banner.hidden = false;
  }

  // Opens a refused report in the form again, with everything that was in it.
  async reopen(item) {
    await keepPhotos(item.photos);
    if (!writeDraft(item.fields)) return;
    await unqueue(item.token);
    location.assign(this.banner.dataset.form);
  }

  show(waiting, refused) {
    if (refused.length) {
      const open = make("button", { type: "button", class: "button button-text", "data-outbox-link": true }, this.words.open);
      open.addEventListener("click", () => this.reopen(refused[0]));
      const why = refused[0].refused || this.words.refused_words;
      this.say(fill(this.words.refused_title, { n: refused.length }), why, open);
    } else if (waiting.length) {
      const sending = navigator.onLine && this.busy;
      this.say(
        fill(sending ? this.words.sending_title : this.words.offline_title, { n: waiting.length }),
        sending ? this.words.sending_words : this.words.offline_words,
      );
    }
  }

  async turn() {
    if (this.busy) return;
    const items = await queued();
    const waiting = items.filter((item) => !item.refused);
    if (!items.length) return;
    this.busy = true;
    this.show(waiting, items.filter((item) => item.refused));
    let last = null;
    for (const item of waiting) {
      const answer = await send(item.api, item.fields, item.photos, item.token);
      if (answer.kind === "unreachable") break;
      if (answer.kind === "accepted") {
        await unqueue(item.token);
        last = answer.receipt;
      } else await queue({ ...item, refused: answer.problem.errors?.[0]?.message ?? answer.problem.title ?? this.words.refused_words });
    }
    this.busy = false;
    const left = await queued();
    if (left.length) this.show(left.filter((item) => !item.refused), left.filter((item) => item.refused));
    else if (last) {
      const link = make("a", { href: last.receipt_url, "data-outbox-link": true }, this.words.open);
      this.say(fill(this.words.sent, { code: last.code }), "", link);
    }
  }
}

export default async function start(banner) {
  const outbox = new Outbox(banner);
  const turn = () => outbox.turn().catch((error) => console.warn("outbox", error));
  window.addEventListener("online", turn);
  document.addEventListener("gridgov:queued", turn);
  setInterval(turn, AGAIN_MS);
  await turn();
}
