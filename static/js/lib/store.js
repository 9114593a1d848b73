// What this device keeps: photos of the draft and reports not yet sent, in IndexedDB (they are too
// large for localStorage). Calls reject where the browser refuses storage (some private windows); the
// callers then go on without keeping, and say so where it matters.

const DRAFT = "draft";
const OUTBOX = "outbox";
/** A draft may hold a phone number and a face: it does not lie about for longer than a day. */
export const KEEP_MS = 24 * 60 * 60 * 1000;
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("gridgov", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(DRAFT);
      request.result.createObjectStore(OUTBOX);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

async function within(store, mode, act) {
  const base = await open();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Keeps the photos (a list of File) of the report being written. */
export function keepPhotos(files) {
  const draft = { at: Date.now(), files: [...files] };
  return within(DRAFT, "readwrite", (store) => store.put(draft, "photos"));
}

/** The kept photos, unless they are older than a draft lives. */
export async function keptPhotos() {
  const draft = await within(DRAFT, "readonly", (store) => store.get("photos"));
  return draft && Date.now() - draft.at < KEEP_MS ? draft.files : [];
}

export function dropPhotos() {
  return within(DRAFT, "readwrite", (store) => store.delete("photos"));
}

/** Puts a report into the outbox: {token, fields: [[name, value]], photos: [File], refused?}. */
export function queue(item) {
  return within(OUTBOX, "readwrite", (store) => store.put(item, item.token));
}

/** Everything that waits, oldest first. */
export async function queued() {
  const items = await within(OUTBOX, "readonly", (store) => store.getAll());
  return items.sort((one, other) => one.at - other.at);
}

export function unqueue(token) {
  return within(OUTBOX, "readwrite", (store) => store.delete(token));
}
