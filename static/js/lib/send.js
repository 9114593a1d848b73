// The one way a report leaves this device, from the form and from the outbox.

import { remember } from "./reports.js";

// A photo report over a slow mobile line takes a while; longer than this counts as no signal.
const PATIENCE_MS = 60_000;

/** A token made here, so that sending the same report twice gives the same receipt. */
export function newToken() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Sends a report. Returns {kind: "accepted", receipt}, {kind: "refused", status, problem} when
 * something has to be put right, or {kind: "unreachable"} when sending again later can help.
 */
export async function send(api, fields, photos, token) {
  const body = new FormData();
  for (const [name, value] of fields) body.append(name, value);
  for (const photo of photos) body.append("photos", photo, photo.name || "photo.jpg");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  let response;
  try {
    response = await fetch(api, {
      method: "POST",
      body,
      headers: { "Idempotency-Key": token, Accept: "application/json" },
      signal: stop.signal,
    });
  } catch {
    // No network, or it gave up: the one failure that waiting cures.
    return { kind: "unreachable" };
  } finally {
    clearTimeout(timer);
  }
  if (response.ok) {
    const receipt = await response.json();
    // Several problems sent apart have a receipt each; the first is the one that is opened.
    for (const one of [...(receipt.receipts ?? [receipt])].reverse()) {
      remember({ code: one.code, url: one.receipt_url, title: one.title ?? "", summary: one.summary ?? "" });
    }
    return { kind: "accepted", receipt };
  }
  if (response.status >= 500 || response.status === 408) return { kind: "unreachable" };
  const problem = await response.json().catch(() => ({}));
  return { kind: "refused", status: response.status, problem };
}
