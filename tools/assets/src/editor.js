// The code editor of templates.
import { jinja } from "@codemirror/lang-jinja";
import { EditorView, basicSetup } from "codemirror";

for (const place of document.querySelectorAll("textarea[data-editor]")) {
  const view = new EditorView({ doc: place.value, extensions: [basicSetup, jinja()] });
  place.before(view.dom);
}
