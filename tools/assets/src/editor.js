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
