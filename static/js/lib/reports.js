// The codes of the reports sent from this device, newest first. Only this browser knows them.

const KEY = "gridgov.reports";
const MOST = 20;

/** Returns [{code, url, title, summary}]. */
export function myReports() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    // Unreadable or storage refused: the codes are still on the receipts themselves.
    return [];
  }
}

function write(list) {
  try {
    localStorage.setItem(KEY, JSON.stringify(list.slice(0, MOST)));
  } catch (error) {
    console.warn("this browser keeps no receipt codes", error);
  }
}

/** Remembers a report that was just accepted: {code, url, title?, summary?}. */
export function remember(report) {
  write([report, ...myReports().filter((one) => one.code !== report.code)]);
}

/** Brings title and state of a remembered report up to date; strangers' reports are not added. */
export function refresh(code, title, summary) {
  write(myReports().map((one) => (one.code === code ? { ...one, title, summary } : one)));
}

export function forget(code) {
  write(myReports().filter((one) => one.code !== code));
}
