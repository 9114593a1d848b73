// Moves the focus to the message a form post was answered with.
export default function focusHere(element) {
  element.focus();
}
