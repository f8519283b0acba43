// Small words for the page: finding, saying, tables, and the dialog that says what will happen before it does.
// Every text from the server is set as text, never as HTML.

export const $ = (id) => document.getElementById(id);
export const marked = (name) => document.querySelector(`[data-fc="${name}"]`);
export const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const say = (sentence) => ($("message").textContent = sentence);

/** A row of a table: texts, or elements. Numbers stand to the right. */
export function row(cells) {
  const tr = document.createElement("tr");
  for (const content of cells) {
    const td = tr.insertCell();
    if (typeof content === "number") td.className = "number";
    td.append(content instanceof Node ? content : String(content));
  }
  return tr;
}

export function button(words, whenPressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", whenPressed);
  return made;
}

/** Says what will happen. The answer: null when it shall not, else the reason (empty where none is asked for). */
export function confirmed(sentence, { withReason = false } = {}) {
  $("what").textContent = sentence;
  $("reason").value = "";
  $("reason").required = withReason;
  $("reason-row").hidden = !withReason;
  const dialog = $("dialog");
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const end = () => resolve(dialog.returnValue === "yes" ? $("reason").value.trim() : null);
    dialog.addEventListener("close", end, { once: true });
  });
}
