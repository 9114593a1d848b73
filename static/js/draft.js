// Keeps what is typed on this device, so that a lost connection, a back button or a closed browser
// loses nothing. Photos are kept by photo-picker.js.

import { tell } from "./lib/dom.js";
import { dropPhotos, KEEP_MS } from "./lib/store.js";
import { newToken } from "./lib/send.js";

const KEY = "gridgov.draft";
const CALM_MS = 300;
const NEVER = new Set(["csrf_token", "emergency_ack", "join", "kept_photo", "photos"]);
const restored = new WeakSet();

function read() {
  try {
    const draft = JSON.parse(localStorage.getItem(KEY));
    return draft && Date.now() - draft.at < KEEP_MS ? draft.values : null;
  } catch {
    // Unreadable or storage refused: there is no draft.
    return null;
  }
}

/** Writes values ([[name, value], …]) as the draft; returns whether the browser kept them. */
export function writeDraft(values) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), values }));
    return true;
  } catch (error) {
    console.warn("this browser keeps no draft", error);
    return false;
  }
}

/** The values of a form that a draft or the outbox keeps. */
export function valuesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => !NEVER.has(name) && typeof value === "string");
}

function put(form, name, value) {
  const control = form.elements.namedItem(name);
  if (!control) return;
  if (control instanceof RadioNodeList) {
    const one = [...control].find((radio) => radio.value === value);
    if (one) one.checked = true;
  } else if (control.type === "radio") control.checked = control.value === value;
  else control.value = value;
}

/** Puts the kept values back, once. Others that need them (position.js) call this first. */
export function restore(form) {
  if (restored.has(form)) return;
  restored.add(form);
  const values = form.hasAttribute("data-fresh") ? read() : null;
  for (const [name, value] of values ?? []) put(form, name, value);
  if (values?.some(([name, value]) => value && ["text", "phone", "category"].includes(name))) note();
}

/** Forgets the draft after the report is on its way, and makes the form ready for another. */
export async function clearDraft(form) {
  localStorage.removeItem(KEY);
  form.reset();
  form.elements.namedItem("client_token").value = newToken();
  tell(form, "clear");
  await dropPhotos().catch((error) => console.warn("kept photos stay", error));
}

function note() {
  const words = document.querySelector("[data-draft-note]");
  if (words) words.hidden = false;
}

export default function start(form) {
  const token = form.elements.namedItem("client_token");
  restore(form);
  token.value ||= newToken();
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    // A form whose report went to the outbox is done: its emptiness is no draft.
    if (form.hidden) return;
    timer = setTimeout(() => writeDraft(valuesOf(form)) && note(), CALM_MS);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("gridgov:changed", later);
  form.addEventListener("gridgov:clear", () => clearTimeout(timer));
}
