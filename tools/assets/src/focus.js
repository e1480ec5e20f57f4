// Where the focus goes when a part of a page is replaced, and what is told to those who do not see it.
//
//   data-focus            in what was swapped in: takes the focus
//   data-confirm="…"      on a button or link: asks before it goes on
//   <dialog> and <details> need nothing of ours
export const startFocus = (htmx) => {
  document.addEventListener("htmx:afterSwap", (event) => {
    const root = event.detail.target ?? event.target; // what an event of the server brings names no target
    const wanted = root.matches?.("[data-focus]") ? root : root.querySelector?.("[data-focus]");
    if (!wanted) return;
    if (!wanted.hasAttribute("tabindex")) wanted.setAttribute("tabindex", "-1");
    wanted.focus();
  });
  // An error is taken away once what failed was done again and went well; what else goes on leaves it there.
  let failed = null;
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail;
    if (!successful) failed = elt;
    if (!successful || (failed !== elt && failed?.isConnected)) return;
    failed = null;
    document.getElementById("notice")?.replaceChildren();
  });
  // No connection at all: htmx has nothing to swap, so it is said here.
  document.addEventListener("htmx:sendError", () => {
    const notice = document.getElementById("notice");
    if (notice) notice.textContent = "The service cannot be reached. What you wrote is still here; try again.";
  });
  document.addEventListener("click", (event) => {
    const asking = event.target instanceof Element && event.target.closest("[data-confirm]");
    if (asking && !window.confirm(asking.dataset.confirm)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
};
