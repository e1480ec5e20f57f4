// The page that a pack is edited on: text editors, what is wrong at its line, inserting, shares of weights.
//
// The editors stand in shadow roots: there the styles that CodeMirror makes are allowed by the page's policy.
import { startCode } from "./editor_code.js";
import { startInserting } from "./editor_insert.js";
import { startShares } from "./editor_shares.js";

const vocabulary = JSON.parse(document.querySelector("[data-vocabulary]")?.dataset.vocabulary ?? "{}");
const editors = startCode(vocabulary);
startInserting(editors);
startShares();

// What is there for who has no scripts goes; the key that would press its first button saves instead.
document.querySelectorAll("[data-without-scripts]").forEach((each) => (each.hidden = true));
document.getElementById("draft-form")?.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("[data-without-scripts]")) return;
  event.preventDefault();
  event.target.dispatchEvent(new Event("draft:changed"));
});
