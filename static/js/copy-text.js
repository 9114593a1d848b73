// Copies the words of a read-only field; without this script they are marked and copied by hand.
export default function copyText(box) {
  const words = box.querySelector("[data-copy]");
  const button = box.querySelector("[data-copy-button]");
  const told = box.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    words.select();
    try {
      await navigator.clipboard.writeText(words.value);
    } catch {
      document.execCommand("copy"); // plain http has no clipboard of the newer kind
    }
    told.textContent = told.dataset.words;
  });
}
