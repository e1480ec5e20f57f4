// Forms that save themselves: <form data-autosave> with hx-post, hx-trigger="draft:save" and an element
// [data-saved] in it or named by data-saved-in, which says how far saving is.
//
// A change is sent when typing rests; while one is under way the next waits, and where the service cannot be
// reached it is sent again. What is not saved yet is asked about before the page is left. Any script may ask for saving with `form.dispatchEvent(new Event("draft:changed"))`.
const REST_MS = 600;
const AGAIN_MS = 4000;
const states = new WeakMap();

const say = (form, words) => {
  const place = form.dataset.savedIn ? document.getElementById(form.dataset.savedIn) : form.querySelector("[data-saved]");
  if (place && place.textContent !== words) place.textContent = words;
};

const stateOf = (form) => {
  if (!states.has(form)) states.set(form, { timer: 0, dirty: false, sending: false });
  return states.get(form);
};

const changed = (form, wait) => {
  const state = stateOf(form);
  state.dirty = true;
  say(form, "Not saved yet");
  clearTimeout(state.timer);
  state.timer = setTimeout(() => send(form), wait);
};

const send = (form) => {
  const state = stateOf(form);
  if (!state.dirty || state.sending || !form.isConnected) return;
  state.dirty = false;
  state.sending = true;
  say(form, "Saving …");
  form.dispatchEvent(new CustomEvent("draft:save", { bubbles: false }));
};

const sent = (form, ok) => {
  const state = stateOf(form);
  if (!state.sending) return;
  state.sending = false;
  if (state.dirty) {
    send(form);
  } else if (ok) {
    say(form, "Saved");
  } else {
    state.dirty = true;
    say(form, "Not saved");
  }
};

const autosaves = (target) => target instanceof Element && target.closest("form[data-autosave]");

export const startDrafts = () => {
  for (const [kind, wait] of [["input", REST_MS], ["change", 50], ["draft:changed", REST_MS]]) {
    document.addEventListener(kind, (event) => {
      const form = autosaves(event.target);
      if (form && !event.target.closest("[data-no-save]")) changed(form, wait);
    }, true);
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (form instanceof HTMLFormElement && form.matches("[data-autosave]")) sent(form, event.detail.successful);
  });
  document.addEventListener("htmx:sendError", (event) => {
    const form = event.detail.elt;
    const state = states.get(form);
    if (!state) return;
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(form), AGAIN_MS);
  });
  window.addEventListener("beforeunload", (event) => {
    const open = [...document.querySelectorAll("form[data-autosave]")].some((form) => {
      const state = states.get(form);
      return state && (state.dirty || state.sending);
    });
    if (open) event.preventDefault();
  });
};
