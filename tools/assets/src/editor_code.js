// The text editors over the text areas, which stay in the form and hold the same text.
import { autocompletion } from "@codemirror/autocomplete";
import { closePercentBrace, jinjaCompletionSource, jinjaLanguage } from "@codemirror/lang-jinja";
import { HighlightStyle, LanguageSupport, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const fromServer = Annotation.define();
const SEVERITY = { error: "error", warning: "warning", advice: "info" };

const look = EditorView.theme({
  "&": { fontSize: "0.85rem", color: "var(--ink)", backgroundColor: "var(--card)", maxHeight: "34rem" },
  "&.cm-focused": { outline: "none" }, // the frame around the editor shows it
  ".cm-scroller": { fontFamily: "ui-monospace, monospace", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--tint)", color: "var(--soft)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--mark) 8%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--mark) 30%, transparent)",
  },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", maxWidth: "24rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--mark)", color: "var(--on-mark)" },
  ".cm-panels": { backgroundColor: "var(--tint)", color: "var(--ink)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--highlight)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--tint)", color: "var(--soft)" },
});

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword], color: "var(--mark)", fontWeight: "600" },
    { tag: [tags.brace, tags.bracket, tags.paren, tags.special(tags.brace), tags.processingInstruction], color: "var(--mark)" },
    { tag: [tags.variableName, tags.propertyName, tags.labelName], color: "var(--good)" },
    { tag: [tags.string, tags.number, tags.bool], color: "var(--warn)" },
    { tag: [tags.comment, tags.blockComment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
    { tag: [tags.heading], color: "var(--mark)", fontWeight: "600" },
    { tag: tags.function(tags.variableName), color: "var(--bad)" },
  ]),
);

// Enough of TOML to read it by: headers, keys, texts, numbers, comments.
const toml = StreamLanguage.define({
  name: "toml",
  startState: () => ({ end: "" }),
  token: (stream, state) => {
    if (state.end) {
      while (!stream.eol()) if (stream.match(state.end)) return ((state.end = ""), "string");
        else stream.next();
      return "string";
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^("""|''')/, false)) {
      state.end = stream.match(/^("""|''')/)[0];
      return "string";
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'[^']*'?/)) return "string";
    if (stream.sol() && stream.match(/^\[\[?[^\]]*\]\]?/)) return "heading";
    if (stream.match(/^[\w-]+(?=\s*[=.])/)) return "propertyName";
    if (stream.match(/^(?:true|false)\b/)) return "bool";
    if (stream.match(/^[+-]?\d[\d_.]*/)) return "number";
    stream.next();
    return null;
  },
});

const option = (type) => (each) => ({ label: each.label, info: each.info || undefined, type });

const template = (vocabulary) => {
  const variables = (vocabulary.variables ?? []).map(option("variable"));
  const fields = Object.fromEntries(
    Object.entries(vocabulary.fields ?? {}).map(([name, own]) => [name, own.map(option("property"))]),
  );
  const criterion = (vocabulary.criterion ?? []).map(option("property"));
  const names = jinjaCompletionSource({
    variables,
    // A name that is no variable stands for an entry of the rubric: there is nothing else to go through.
    properties: (path) => (path.length === 1 ? (fields[path[0]] ?? (variables.some((each) => each.label === path[0]) ? [] : criterion)) : []),
  });
  const filters = (context) => {
    const word = context.matchBefore(/\|\s*\w*/);
    if (!word) return null;
    const from = word.from + /^\|\s*/.exec(word.text)[0].length;
    return { from, options: (vocabulary.filters ?? []).map((label) => ({ label, type: "function" })) };
  };
  const complete = (context) => filters(context) ?? names(context);
  return [new LanguageSupport(jinjaLanguage), closePercentBrace, autocompletion({ override: [complete] })];
};

const editorOver = (area, vocabulary) => {
  const label = document.querySelector(`label[for="${area.id}"]`)?.textContent ?? area.name;
  const place = document.createElement("div");
  place.className = "code";
  const root = place.attachShadow({ mode: "open" });
  const follow = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    area.value = update.state.doc.toString();
    if (update.transactions.some((each) => each.annotation(fromServer))) return;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const view = new EditorView({
    doc: area.value,
    root,
    parent: root,
    extensions: [
      basicSetup,
      area.dataset.editor === "toml" ? toml : template(vocabulary),
      colours,
      look,
      lintGutter(),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
      follow,
    ],
  });
  area.before(place);
  area.hidden = true;
  return view;
};

const told = (view, findings) =>
  findings.map(({ line, message, severity }) => {
    const place = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
    return { from: place.from, to: place.to, message, severity: SEVERITY[severity] ?? "info" };
  });

const tell = (file, view, findings) => {
  view.dispatch(setDiagnostics(view.state, told(view, findings)));
  const list = document.querySelector(`[data-problems="${CSS.escape(file)}"]`);
  const lines = findings
    .filter(({ severity }) => severity === "error")
    .map(({ line, message }) => {
      const item = document.createElement("li");
      item.className = "error";
      item.textContent = line ? `Line ${line}: ${message}` : message;
      return item;
    });
  list?.replaceChildren(...lines);
};

const goTo = (view, line) => {
  const place = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
  view.dispatch({ selection: { anchor: place.from }, effects: EditorView.scrollIntoView(place.from, { y: "center" }) });
  view.focus();
};

export const startCode = (vocabulary) => {
  const areas = [...document.querySelectorAll("textarea[data-editor]")];
  const editors = new Map(areas.map((area) => [area.name, editorOver(area, vocabulary)]));
  let sent = new Map();
  let deed = null;

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (!elt.closest?.("#draft-form, #draft-answer")) return;
    sent = new Map([...editors].map(([file, view]) => [file, view.state.doc.toString()]));
    deed = elt.matches("button[name=do]") ? elt.value : null;
  });

  const takeSaved = (root) => {
    const saved = root.querySelector("[data-saved-revision]");
    if (!saved) return;
    document.querySelectorAll("[data-revision]").forEach((field) => (field.value = saved.dataset.savedRevision));
    saved.querySelectorAll("[data-file]").forEach(({ dataset, textContent }) => {
      const view = editors.get(dataset.file);
      const now = view.state.doc.toString();
      if (now !== sent.get(dataset.file)) return; // what was typed meanwhile is sent next
      view.dispatch({ changes: { from: 0, to: now.length, insert: textContent }, annotations: fromServer.of(true) });
    });
  };

  const keepFocus = () => {
    if (!deed) return;
    const again = [...document.querySelectorAll("#criteria button[name=do]:not([disabled])")].find((each) => each.value === deed);
    const wanted = deed === "add" ? document.querySelector("#criteria li:last-child input[type=text]") : again;
    (wanted ?? document.querySelector("#criteria h2"))?.focus();
    deed = null;
  };

  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id === "draft-answer") {
      takeSaved(target);
      keepFocus();
      const form = document.getElementById("draft-form");
      if (requestConfig?.elt?.name === "over" && target.querySelector("[data-saved-revision]")) form.dispatchEvent(new Event("draft:changed"));
    }
    if (target.id === "preview-answer") {
      const all = JSON.parse(target.querySelector("[data-diagnostics]")?.dataset.diagnostics ?? "[]");
      editors.forEach((view, file) => tell(file, view, all.filter((each) => each.file === file)));
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-goto]");
    const view = link && editors.get(link.dataset.goto);
    if (!view) return;
    event.preventDefault();
    goTo(view, Number(link.dataset.line));
  });
  return editors;
};
