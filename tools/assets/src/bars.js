// A width that a script may set and the page's policy keeps out of the markup:
//   <div data-width="37.5">          is 37.5 % wide
//   <output data-of="weight-1">      shows the value of the control of that id, as it is moved
const setWidth = (element) => {
  const share = Number(element.dataset.width);
  if (Number.isFinite(share)) element.style.width = `${Math.min(Math.max(share, 0), 100)}%`;
};

export const startBars = (htmx) => {
  htmx.onLoad((root) => {
    if (root.matches?.("[data-width]")) setWidth(root);
    root.querySelectorAll?.("[data-width]").forEach(setWidth);
  });
  document.addEventListener("input", (event) => {
    const { id, value } = event.target;
    if (!id) return;
    document.querySelectorAll(`output[data-of="${CSS.escape(id)}"]`).forEach((output) => {
      output.textContent = value;
    });
  });
};
