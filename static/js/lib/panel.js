// A part of a page that follows its own links and sends its own forms: the answer's same part is put
// in its place, so that what stands beside it (a map) stays. Links and searching forms say data-go,
// forms that change something data-send. Without this script they are links and forms as ever.

/** Makes a panel live; `came(byHand)` is called when it was renewed, `failed()` when nothing came. */
export function livePanel(panel, { came, failed }) {
  let asking = 0;

  /** Fetches an address and puts its panel in place. */
  async function go(address, init = {}, { push = true, told = {} } = {}) {
    const turn = (asking += 1);
    panel.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { ...init, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-panel]");
      if (turn !== asking) return; // somebody pressed on meanwhile
      if (!fresh) {
        // Signed out, or gone: the page itself says what is the matter. A form keeps its words.
        if (init.method) return failed();
        return location.assign(response.url);
      }
      panel.replaceChildren(...fresh.childNodes);
      if (push && response.url !== location.href && (response.redirected || !init.method)) history.pushState(null, "", response.url);
      const first = panel.querySelector("[aria-invalid]") ?? panel.querySelector("[data-error]:not([hidden]), [role=alert]");
      if (first && !first.matches("input, textarea")) first.tabIndex = -1;
      (first ?? panel).focus({ preventScroll: true });
      panel.scrollTop = 0;
      if (first) first.scrollIntoView({ block: "center" });
      else if (panel.getBoundingClientRect().top < 0) panel.scrollIntoView({ block: "start" });
      came(told);
    } catch (error) {
      console.warn("panel", error);
      failed();
    } finally {
      if (turn === asking) panel.removeAttribute("aria-busy");
    }
  }

  panel.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-go]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.href);
  });

  panel.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-go], form[data-send]")) return;
    event.preventDefault();
    const fields = new FormData(form, event.submitter);
    if (form.matches("[data-send]")) go(form.action, { method: "POST", body: fields });
    else go(`${form.action}?${new URLSearchParams(fields)}`);
  });

  addEventListener("popstate", () => go(location.href, {}, { push: false }));
  return { go };
}
