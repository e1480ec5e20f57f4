// Putting a part into a template where the cursor stands, and what it is for the chosen candidate.
export const startInserting = (editors) => {
  document.querySelectorAll("button[data-insert]").forEach((button) => (button.hidden = false));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-insert]");
    const view = button && editors.get(button.dataset.into);
    if (!view) return;
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    const text = button.dataset.insert;
    const block = text.includes("fence(");
    const insert = block && line.text.trim() ? `\n${text}` : text;
    const from = block ? line.to : view.state.selection.main.from;
    const to = block ? line.to : view.state.selection.main.to;
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true });
    view.focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const told = event.detail.target.id === "preview-answer" && event.detail.target.querySelector("[data-examples]");
    if (!told) return;
    const examples = JSON.parse(told.dataset.examples);
    document.querySelectorAll("[data-example]").forEach((place) => {
      const value = examples[place.dataset.example];
      place.textContent = value ? `For this candidate: ${value}` : "";
    });
  });
};
